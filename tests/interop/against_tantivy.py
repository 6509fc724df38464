"""Merges the same generated splits with tantivy and with splitscope under each strategy, in turn, and
compares time and memory. scripts/bench --against-tantivy runs it.

Every sample is a whole process, measured from outside by `splitscope exec`: its start, opening the
inputs, the merge and its end. Both read the same splits from a warm page cache and neither waits for
the disk. tantivy writes an index directory; splitscope writes a split, that is it also copies the
merged files into one and adds the hotcache. Times are believed only after the outputs are equal.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

from comparison import Sample, rotated, sample_of, summarize, table

TANTIVY = "tantivy 0.26.1"


def strategy_names(splitscope: str) -> list[str]:
    listed = subprocess.run([splitscope, "list", "strategies"], capture_output=True, text=True, check=True)
    return [line.split()[0] for line in listed.stdout.splitlines()[1:]]


class Bench:
    """The two programs, the inputs and a folder for outputs."""

    def __init__(self, splitscope: str, oracle: str, splits: list[pathlib.Path],
                 work: pathlib.Path):
        self.splitscope = splitscope
        self.oracle = oracle
        self.splits = splits
        self.work = work

    def output_of(self, way: str) -> pathlib.Path:
        return self.work / way.replace("/", "-").replace(" ", "-")

    def command(self, way: str) -> list[str]:
        inputs = list(map(str, self.splits))
        output = str(self.output_of(way))
        if way == TANTIVY:
            return [self.oracle, "merge", "--no-sync", output, *inputs]
        return [self.splitscope, "merge", *inputs, "-o", output, "--strategy", way,
                "--dictionaries", "zstd"]

    def remove_output(self, way: str):
        output = self.output_of(way)
        if output.is_dir():
            shutil.rmtree(output)
        output.unlink(missing_ok=True)

    def output_bytes(self, way: str) -> int:
        output = self.output_of(way)
        if output.is_dir():
            return sum(file.stat().st_size for file in output.iterdir())
        return output.stat().st_size

    def sample(self, way: str) -> Sample:
        """Runs one merge. Leaves its output."""
        self.remove_output(way)
        results = self.work / "results"
        os.sync()  # what the run before left to write
        subprocess.run([self.splitscope, "exec", "--name", way, "--out", results, "--",
                        *self.command(way)], check=True, capture_output=True)
        told = json.loads((results / "results.json").read_text("utf-8"))
        return sample_of(told, self.output_bytes(way))

    def listing(self, way: str) -> bytes:
        return subprocess.run([self.oracle, "list", self.output_of(way)], check=True,
                              stdout=subprocess.PIPE).stdout


def generate(splitscope: str, folder: pathlib.Path, options) -> list[pathlib.Path]:
    """The inputs; kept for the next time."""
    label = f"{options.profile}-{options.count}x{options.size}-{options.seed}"
    done = folder / label
    if not done.is_dir():
        partial = folder / (label + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        subprocess.run([splitscope, "generate", "--profile", options.profile, "--size",
                        options.size, "--count", str(options.count), "--seed", str(options.seed),
                        "-o", partial], check=True, stdout=subprocess.DEVNULL)
        partial.rename(done)
    return sorted(done.glob("*.split"))


def verify(bench: Bench, ways: list[str]):
    """Merges once each way, which also warms the page cache, and compares what tantivy reads in the
    outputs. Raises ValueError where they differ."""
    expected, first = b"", ""
    for way in ways:
        bench.sample(way)
        if way == TANTIVY:
            expected = bench.listing(way)
        else:
            digest = hashlib.sha256(bench.output_of(way).read_bytes()).hexdigest()
            if not first and bench.listing(way) != expected:
                raise ValueError(f"{way}: the merged split does not hold what tantivy's merge holds")
            if first and digest != first:
                raise ValueError(f"{way}: the merged split is not that of {ways[1]}")
            first = digest
        bench.remove_output(way)
        print(f"  verified {way}", file=sys.stderr)


def parse_options(words: list[str]):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--splitscope", required=True, help="the program")
    parser.add_argument("--oracle", required=True, help="the program on tantivy")
    parser.add_argument("--profile", default="logs")
    parser.add_argument("--size", default="50MB", help="of each input")
    parser.add_argument("--count", type=int, default=5, help="inputs")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--rounds", type=int, default=5, help="samples of each way")
    parser.add_argument("--strategy", action="append", help="only this one; may be repeated")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/against-tantivy"))
    options = parser.parse_args(words)
    if options.rounds < 1 or options.count < 1:
        parser.error("--rounds and --count are at least 1")
    return options


def main(words: list[str]) -> int:
    options = parse_options(words)
    options.out.mkdir(parents=True, exist_ok=True)
    work = options.out / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    splits = generate(options.splitscope, options.out, options)
    bench = Bench(options.splitscope, options.oracle, splits, work)
    ways = [TANTIVY, *(options.strategy or strategy_names(options.splitscope))]
    try:
        verify(bench, ways)
        samples: dict[str, list[Sample]] = {way: [] for way in ways}
        for number in range(options.rounds):
            for way in rotated(ways, number):
                samples[way].append(bench.sample(way))
                bench.remove_output(way)
            print(f"  round {number + 1} of {options.rounds}", file=sys.stderr)
    except (ValueError, subprocess.CalledProcessError) as error:
        print(f"against-tantivy: {error}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(work, ignore_errors=True)
    rows = summarize(samples, TANTIVY)
    input_bytes = sum(split.stat().st_size for split in splits)
    result = {
        "about": "merge of the same splits; whole processes, measured from outside; page cache warm",
        "profile": options.profile, "inputs": len(splits), "input_bytes": input_bytes,
        "rounds": options.rounds, "cpus": os.cpu_count(), "load_average": os.getloadavg()[0],
        "outputs_verified": True, "rows": rows,
    }
    (options.out / "against-tantivy.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(f"merge of {len(splits)} x {options.size} of {options.profile}, medians of "
          f"{options.rounds}, whole processes, outputs equal\n")
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
