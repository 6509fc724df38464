"""Flips single bits of splits and index folders, and sees what each verb makes of them.

    python3 tests/e2e/damage.py build/release/bin/splitscope [--flips 240] [--seed 1]

prints the table of the whole experiment: for a generated split, a golden one of tests/golden, two of
third parties where those are there, and every verb, by component, how many flips were refused in one line that names the input, how many were harmless
(the output is what the undamaged input gives), how many were passed on as they came (a byte of a file
without any checksum or copy, in a verb that copies files), and how many were missed. Missed must be 0.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
REFUSED, HARMLESS, AS_IT_CAME, MISSED = "refused", "harmless", "as it came", "missed"
OUTCOMES = (REFUSED, HARMLESS, AS_IT_CAME, MISSED)
# Of these nothing else in an index folder holds a copy, and the format gives them no checksum.
WITHOUT_CHECKSUM = ("meta.json", ".managed.json", "split_fields")


@dataclasses.dataclass
class Layout:
    """Where the parts of a split lie."""

    files: dict[str, tuple[int, int]]
    metadata: tuple[int, int]
    hotcache: tuple[int, int]
    size: int

    def components(self) -> dict[str, tuple[int, int]]:
        """Ranges by the name that the table gives them; every byte lies in one."""
        parts = {name if name in WITHOUT_CHECKSUM else name.rsplit(".", 1)[-1]: place
                 for name, place in self.files.items()}
        parts["bundle metadata"] = self.metadata
        parts["hotcache"] = self.hotcache
        parts["length of metadata"] = (self.metadata[1], self.hotcache[0])
        parts["length of hotcache"] = (self.hotcache[1], self.size)
        return {name: place for name, place in parts.items() if place[1] > place[0]}


def layout_of(data: bytes) -> Layout:
    """Of a split without a trailer."""
    (hotcache_bytes,) = struct.unpack("<I", data[-4:])
    hotcache = (len(data) - 4 - hotcache_bytes, len(data) - 4)
    (metadata_bytes,) = struct.unpack("<I", data[hotcache[0] - 4:hotcache[0]])
    metadata = (hotcache[0] - 4 - metadata_bytes, hotcache[0] - 4)
    files = json.loads(data[metadata[0] + 8:metadata[1]])["files"]
    return Layout({name: (place["start"], place["end"]) for name, place in files.items()},
                  metadata, hotcache, len(data))


def flipped(data: bytes, offset: int, bit: int) -> bytes:
    return data[:offset] + bytes([data[offset] ^ (1 << bit)]) + data[offset + 1:]


def contents(folder: pathlib.Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class Subject:
    """One split, a partner to merge it with, and what the verbs make of the two undamaged."""

    def __init__(self, binary: str, split: pathlib.Path, partner: pathlib.Path, work: pathlib.Path):
        self.binary, self.name, self.work = binary, split.name, work
        self.data = split.read_bytes()
        self.layout = layout_of(self.data)
        self.bad = work / "in" / split.name
        self.bad.parent.mkdir(parents=True)
        self.partner = pathlib.Path(shutil.copy(partner, work / "in" / f"partner-{partner.name}"))
        self.folder = work / "in" / "index"
        self.bad.write_bytes(self.data)
        self.queries = work / "queries.jsonl"
        self.queries.write_text("".join(json.dumps(query) + "\n" for query in self.make_queries()))
        self.run("extract", self.bad, "-o", self.folder)
        self.files = contents(self.folder)
        self.good = {verb: self.outcome(verb)[1] for verb in VERBS}
        for verb, output in self.good.items():
            assert output is not None, (verb, self.outcome(verb))

    def make_queries(self) -> list[dict]:
        told = json.loads(self.run("inspect", self.bad, "--json").stdout)
        texts = {field["name"]: field["record"] for field in told["schema"]
                 if field["type"] == "text" and field["indexed"]}
        listing = self.run("inspect", self.bad, "--listing").stdout.decode()
        found = collections.defaultdict(list)
        for line in listing.splitlines():
            words = line.split(" ")
            if words[0] == "term" and words[1] in texts:
                found[words[1]].append(bytes.fromhex(words[2]).decode())
        queries = []
        for field, terms in sorted(found.items()):
            step = max(1, len(terms) // 4)
            queries += [{"term": {"field": field, "text": term}} for term in terms[::step]]
            if texts[field] == "position" and len(terms) > 1:
                queries.append({"phrase": {"field": field, "terms": terms[:2]}})
        assert queries, "a split without a text field"
        return queries

    def run(self, *arguments) -> subprocess.CompletedProcess:
        return subprocess.run([self.binary, *map(str, arguments)], capture_output=True, timeout=120,
                              check=False)

    def outcome(self, verb: str) -> tuple[subprocess.CompletedProcess, object]:
        """The finished process and, when it ended well, what it made."""
        out = self.work / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        made = out / "made"
        done = self.run(*VERBS[verb](self, made))
        if done.returncode != 0:
            assert done.returncode == 1, (verb, done)
            assert not list(out.iterdir()), f"{verb} left something: {list(out.iterdir())}"
            return done, None
        if verb in ("search", "listing"):
            return done, done.stdout
        return done, contents(made) if made.is_dir() else made.read_bytes()

    def judge(self, verb: str, component: str, name: str) -> str:
        done, output = self.outcome(verb)
        if output is None:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            assert len(lines) == 1, (verb, lines)
            named = self.folder.name if verb == "convert" else self.name
            return REFUSED if named in lines[0] else MISSED
        if output == self.good[verb]:
            return HARMLESS
        if component in WITHOUT_CHECKSUM and self.came_as_it_was(verb, output, name):
            return AS_IT_CAME
        return MISSED

    def came_as_it_was(self, verb: str, output, name: str) -> bool:
        """Whether the output holds the damaged file byte for byte and is as it was otherwise."""
        if verb == "extract":
            place = self.layout.files[name]
            damaged = self.bad.read_bytes()[place[0]:place[1]]
            return output == {**self.good[verb], name: damaged}
        if verb != "convert":
            return False
        written = layout_of(output)
        place = written.files[name]
        return output[place[0]:place[1]] == (self.folder / name).read_bytes()

    def flip_split(self, component: str, offset: int, bit: int, verbs) -> dict[str, str]:
        self.bad.write_bytes(flipped(self.data, offset, bit))
        name = next((name for name, (start, end) in self.layout.files.items()
                     if start <= offset < end), "")
        try:
            return {verb: self.judge(verb, component, name) for verb in verbs}
        finally:
            self.bad.write_bytes(self.data)

    def flip_file(self, name: str, offset: int, bit: int) -> str:
        component = name if name in WITHOUT_CHECKSUM else name.rsplit(".", 1)[-1]
        (self.folder / name).write_bytes(flipped(self.files[name], offset, bit))
        try:
            return self.judge("convert", component, name)
        finally:
            (self.folder / name).write_bytes(self.files[name])


# How each is called. What reads a split is given the damaged one, convert the damaged folder.
VERBS = {
    "merge": lambda s, out: ["merge", s.bad, s.partner, "-o", out, "--verify"],
    "extract": lambda s, out: ["extract", s.bad, "-o", out, "--verify"],
    "search": lambda s, out: ["search", s.bad, "--queries", s.queries, "--documents"],
    "listing": lambda s, out: ["inspect", s.bad, "--listing"],
    "convert": lambda s, out: ["convert", s.folder, "-o", out, "--verify"],
}
OF_SPLITS = ("merge", "extract", "search", "listing")


def places(parts: dict[str, tuple[int, int]], count: int, dice: random.Random):
    """`count` bits: as many of each part, and never one twice."""
    chosen = []
    each = -(-count // len(parts))
    for part, (start, end) in sorted(parts.items()):
        bits = (end - start) * 8
        for bit in sorted(dice.sample(range(bits), min(each, bits))):
            chosen.append((part, start + bit // 8, bit % 8))
    return chosen


def experiment(subject: Subject, flips: int, seed: int):
    """Yields (verb, component, offset, bit, outcome)."""
    dice = random.Random(f"{seed} {subject.name}")
    for part, offset, bit in places(subject.layout.components(), flips, dice):
        for verb, outcome in subject.flip_split(part, offset, bit, OF_SPLITS).items():
            yield verb, part, offset, bit, outcome
    files = {name: (0, len(data)) for name, data in subject.files.items() if data}
    for name, offset, bit in places(files, flips, dice):
        part = name if name in WITHOUT_CHECKSUM else name.rsplit(".", 1)[-1]
        yield "convert", part, offset, bit, subject.flip_file(name, offset, bit)


def subjects(binary: str, fixtures: pathlib.Path, work: pathlib.Path) -> list[Subject]:
    subprocess.run([binary, "generate", "--profile", "logs", "--size", "100kB", "--count", "2",
                    "--seed", "7", "-o", work / "generated"], check=True, capture_output=True)
    pairs = [(work / "generated" / "split-0.split", work / "generated" / "split-1.split"),
             (GOLDEN / "kinds-0.split", GOLDEN / "kinds-1.split")]
    if fixtures.is_dir():
        group = sorted((fixtures / "splits" / "merge_group").glob("part-*.split"))
        large = sorted((fixtures / "splits" / "single").glob("*.split"),
                       key=lambda path: path.stat().st_size)[-2:]
        pairs += [(group[0], group[1]), (large[1], large[0])]
    return [Subject(binary, split, partner, work / str(i)) for i, (split, partner) in enumerate(pairs)]


def table(counts: collections.Counter) -> str:
    components = sorted({component for _, component, _ in counts})
    verbs = sorted({verb for verb, _, _ in counts}, key=list(VERBS).index)
    lines = ["| flipped in | " + " | ".join(verbs) + " |", "| --- |" + " ---: |" * len(verbs)]

    def cell(verb: str, chosen: list[str]) -> str:
        numbers = {outcome: sum(counts[verb, component, outcome] for component in chosen)
                   for outcome in OUTCOMES}
        tried = sum(numbers.values())
        if not tried:
            return ""
        rest = ", ".join(f"{numbers[outcome]} {outcome}" for outcome in OUTCOMES[1:]
                         if numbers[outcome])
        return f"{numbers[REFUSED]} of {tried}" + (f" ({rest})" if rest else "")

    for component in components:
        lines.append(f"| {component} | " + " | ".join(cell(verb, [component]) for verb in verbs) + " |")
    lines.append("| all | " + " | ".join(cell(verb, components) for verb in verbs) + " |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--flips", type=int, default=240, help="of each split, and of each folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fixtures", type=pathlib.Path,
                        default=os.environ.get("SPLITSCOPE_FIXTURES")
                        or ROOT.parent / "shared" / "fixtures")
    options = parser.parse_args()
    counts: collections.Counter = collections.Counter()
    flips = set()
    with tempfile.TemporaryDirectory(prefix="damage-") as work:
        for subject in subjects(options.binary, pathlib.Path(options.fixtures), pathlib.Path(work)):
            for verb, component, offset, bit, outcome in experiment(subject, options.flips,
                                                                    options.seed):
                counts[verb, component, outcome] += 1
                flips.add((subject.name, verb == "convert", component, offset, bit))
                if outcome == MISSED:
                    print(f"missed: {verb} {subject.name} {component} byte {offset} bit {bit}")
    print(f"seed {options.seed}, {len(flips)} flips\n\n{table(counts)}")
    return 1 if any(outcome == MISSED for _, _, outcome in counts.elements()) else 0


if __name__ == "__main__":
    sys.exit(main())
