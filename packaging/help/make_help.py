"""Makes manual pages and completions: make_help.py PROGRAM TEXT FOLDER."""

import pathlib
import subprocess
import sys

from commands import read_commands
from completion import write_completions
from manual import write_manual


def main(program: str, text: str, folder: str) -> None:
    binary, out = pathlib.Path(program), pathlib.Path(folder)
    version = subprocess.run([binary, "--version"], check=True, capture_output=True, text=True).stdout
    commands = read_commands(binary)
    # The number alone: the rest of the line is about this build.
    write_manual(commands, version.split()[-1] if version.split() else "",
                 pathlib.Path(text).read_text(encoding="utf-8"), out / "man")
    write_completions(commands, out / "completions")


if __name__ == "__main__":
    main(*sys.argv[1:])
