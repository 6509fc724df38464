"""Two generated inputs of a profile, as many tests here take them."""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess

# Of each of the two inputs; test_listing.py asserts what these sizes are for.
SIZES = {"logs": "10MB", "wide": "5MB", "text": "5MB", "skewed": "3MB", "tiny-docs": "5MB"}


@dataclasses.dataclass(frozen=True)
class Corpus:
    """Where the inputs lie, and where both programs' merges of them belong."""

    profile: str
    indexes: tuple[pathlib.Path, ...]
    splits: tuple[pathlib.Path, ...]
    merged: pathlib.Path
    merged_by_tantivy: pathlib.Path

    def judged(self) -> dict[str, pathlib.Path]:
        """Of what tests/golden keeps tantivy's listing, by the listing's name."""
        return {f"corpus-{self.profile}-0": self.splits[0],
                f"corpus-{self.profile}-1": self.splits[1],
                f"corpus-{self.profile}-merged": self.merged_by_tantivy}


def generate(splitscope: str, profile: str, folder: pathlib.Path) -> Corpus:
    """Makes the inputs, and no merge."""
    subprocess.run([splitscope, "generate", "--profile", profile, "--size", SIZES[profile],
                    "--count", "2", "-o", folder], check=True, stdout=subprocess.DEVNULL)
    return Corpus(profile, tuple(sorted(folder.glob("index-*"))),
                  tuple(sorted(folder.glob("*.split"))), folder / "merged.split",
                  folder / "merged-by-tantivy")
