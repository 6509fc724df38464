"""The commands that the documents show are run; what they promise must happen.

A fenced block whose language is `sh` is run line by line in one shell, in an empty folder with the
program on the path; a block that needs more (a suite's minutes, a package manager) is `console`.
"""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from conftest import ROOT

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/guide.md", "docs/architecture.md", "docs/floor.md",
             "docs/phases.md",
             "strategies/README.md", "reports/README.md", "s3/README.md"]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks_of(document: str) -> list[str]:
    path = ROOT / document
    return BLOCK.findall(path.read_text(encoding="utf-8")) if path.exists() else []


def scripts_of(document: str) -> set[str]:
    """What of scripts/ its blocks call, those that are not run here included."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return {name for block in re.findall(r"^```(?:sh|console)\n(.*?)^```", text, re.M | re.S)
            for name in re.findall(r"(?:^|[\s/])scripts/([\w-]+)", block)}


def test_there_are_commands_to_run():
    assert blocks_of("README.md") and blocks_of("docs/guide.md")


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if blocks_of(name)])
def test_commands_of(document, splitscope, tmp_path):
    if document == "docs/phases.md" and shutil.which("cc") is None:
        pytest.skip("cc is not installed")
    script = "set -e\n" + "\n".join(blocks_of(document))
    folder = pathlib.Path(splitscope.binary).parent
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=300,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}",
             "PHASES": str(ROOT / "examples" / "phases")}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if (ROOT / name).exists()])
def test_scripts_that_it_calls_can_be_run(document):
    for name in scripts_of(document):
        assert os.access(ROOT / "scripts" / name, os.X_OK), name


def test_the_two_commands_stand_first():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.index("./scripts/bench") < text.index("./scripts/test") < 1200
    for command in ("bench", "test"):
        assert os.access(ROOT / "scripts" / command, os.X_OK)


def test_pictures_that_the_readme_shows_are_here():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert pictures
    for picture in pictures:
        assert (ROOT / picture).is_file(), picture
