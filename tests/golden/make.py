#!/usr/bin/env python3
"""Makes what lies in tests/golden; scripts/golden runs it.

    make.py --judge PROGRAM --fst-judge PROGRAM --splitscope PROGRAM --out FOLDER

writes every index of cases.py with tantivy, what tantivy lists of it, what tantivy answers to queries
over it, and what tantivy lists of the corpora that splitscope generates. Without --fst-judge the index
with FST dictionaries is left out, without --splitscope the corpora are.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]

import cases  # noqa: E402
import corpora  # noqa: E402
from folding import fold  # noqa: E402
from listings import Listing  # noqa: E402
from queries import QueryMaker, read_answers, write_queries  # noqa: E402


def run(program, *words) -> str:
    return subprocess.run([program, *map(str, words)], check=True, text=True, timeout=600,
                          stdout=subprocess.PIPE).stdout


def write_lines(path: pathlib.Path, lines: list[str]):
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines), "utf-8")


class Maker:
    """Programs and folders. `work` keeps the index folder of every case."""

    def __init__(self, judge: str, fst_judge: str | None, out: pathlib.Path, work: pathlib.Path):
        self.judge, self.fst_judge, self.out, self.work = judge, fst_judge, out, work

    def judge_of(self, case: cases.Case) -> str | None:
        return self.fst_judge if case.fst else self.judge

    def write(self, case: cases.Case) -> bool:
        """False where the program for it is not there."""
        judge = self.judge_of(case)
        if judge is None:
            return False
        lines = self.work / f"{case.name}.jsonl"
        lines.write_text("".join(json.dumps(each) + "\n" for each in case.make()), "utf-8")
        schema = self.work / f"{case.name}.json"
        schema.write_text(json.dumps(case.schema), "utf-8")
        folder = self.work / case.name
        run(judge, "write", folder, lines, "--schema", schema, *case.options)
        self.keep(folder, case.file_name, case.shape)
        self.describe(case.name, judge)
        return True

    def merge(self, merge: cases.Merge):
        folder = self.work / merge.name
        run(self.judge, "merge", "--steady", folder, *(self.work / name for name in merge.of))
        self.keep(folder, merge.file_name, cases.SPLIT)
        self.describe(merge.name, self.judge)

    def keep(self, folder: pathlib.Path, name: str, shape: str):
        if shape == cases.SPLIT:
            run(self.judge, "pack", self.out / name, folder)
            return
        (self.out / name).mkdir()
        for file in sorted(folder.iterdir()):
            if not file.name.startswith(".tantivy"):
                shutil.copyfile(file, self.out / name / file.name)

    def describe(self, name: str, judge: str):
        """What tantivy makes of the file that is kept."""
        kept = self.out / cases.file_name_of(name)
        listing = Listing(run(judge, "list", kept))
        write_lines(self.out / "listings" / f"{name}.txt", fold(listing.lines))
        if name in cases.ASKED:
            self.ask(name, kept, listing, cases.ASKED[name], cases.TOP)
        for lock in kept.glob(".tantivy*"):  # of who read it
            lock.unlink()

    def ask(self, name: str, index: pathlib.Path, listing: Listing, asked, top: int):
        """Notes tantivy's answers to queries of the fields and numbers `asked`."""
        queries = [query for field, count in asked
                   for query in QueryMaker(listing, field, seed=7).queries(count)]
        file = write_queries(self.work / "queries.jsonl", queries)
        answers = read_answers(run(self.judge, "query", index, file, top))
        write_lines(self.out / "answers" / f"{name}.jsonl",
                    [json.dumps({"query": query, "answer": answer})
                     for query, answer in zip(queries, answers, strict=True)])

    def describe_corpus(self, splitscope: str, profile: str):
        corpus = corpora.generate(splitscope, profile, self.work / profile)
        run(self.judge, "merge", corpus.merged_by_tantivy, *corpus.indexes)
        for key, index in corpus.judged().items():
            listing = Listing(run(self.judge, "list", index))
            write_lines(self.out / "listings" / f"{key}.txt", fold(listing.lines))
        if profile in cases.ASKED_OF_CORPORA:  # `listing` is that of the merge
            self.ask(key, index, listing, cases.ASKED_OF_CORPORA[profile], cases.TOP_OF_CORPORA)
        shutil.rmtree(self.work / profile)


def make(judge: str, fst_judge: str | None, splitscope: str | None, out: pathlib.Path) -> list[str]:
    """Fills the new folder `out`; gives the names of what was left out."""
    out.mkdir()
    with tempfile.TemporaryDirectory(prefix="golden-") as work:
        maker = Maker(judge, fst_judge, out, pathlib.Path(work))
        left_out = [case.name for case in cases.CASES if not maker.write(case)]
        for merge in cases.MERGES:
            maker.merge(merge)
        if splitscope is None:
            return [*left_out, "the corpora"]
        for profile in corpora.SIZES:
            maker.describe_corpus(splitscope, profile)
        return left_out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--judge", required=True)
    parser.add_argument("--fst-judge")
    parser.add_argument("--splitscope")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    for name in make(options.judge, options.fst_judge, options.splitscope, options.out):
        print(f"left out: {name}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
