"""Every verb and option of the program, as it describes itself.

The program says what its own verbs take (`splitscope describe-commands`); those that read results are
the Python program's, whose parser is asked.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import pathlib
import re
import subprocess
import sys
from collections import defaultdict


@dataclasses.dataclass(frozen=True)
class Option:
    """`names` is empty for what stands on the line without a name; `value` for a switch."""

    names: tuple[str, ...]
    value: str
    about: str
    default: str = ""
    required: bool = False
    repeatable: bool = False

    @property
    def long(self) -> str:
        return max(self.names, key=len, default="")


@dataclasses.dataclass(frozen=True)
class Verb:
    """`name` has a space in it for the part of a verb, as in "baseline save"."""

    name: str
    about: str
    options: tuple[Option, ...]
    operands: tuple[Option, ...]
    footer: str = ""


@dataclasses.dataclass(frozen=True)
class Program:
    about: str
    options: tuple[Option, ...]
    verbs: tuple[Verb, ...]
    # What `splitscope list` knows, by topic.
    choices: dict[str, tuple[str, ...]]

    def parts_of(self, verb: Verb) -> list[Verb]:
        return [other for other in self.verbs if other.name.startswith(verb.name + " ")]


def read_commands(program: pathlib.Path) -> Program:
    described = json.loads(_output(program, "describe-commands"))
    theirs = _verbs_of_reports(program.parent.parent / "share/splitscope/reports")
    verbs: list[Verb] = []
    for verb in described["verbs"]:
        name = verb["name"]
        if verb["foreign"]:
            about = verb["about"]
            verbs += [dataclasses.replace(other, about=about if other.name == name else other.about)
                      for other in theirs if other.name.split()[0] == name]
            continue
        options = [_option(each) for each in verb["options"]]
        verbs.append(Verb(name, verb["about"], tuple(o for o in options if o.names),
                          tuple(o for o in options if not o.names), verb["footer"]))
    own = [_option(each) for each in described["options"]]
    return Program(described["about"], tuple(own), tuple(verbs), _choices(program))


def _output(program: pathlib.Path, *words: str) -> str:
    return subprocess.run([program, *words], check=True, capture_output=True, text=True).stdout


def _choices(program: pathlib.Path) -> dict[str, tuple[str, ...]]:
    lists: dict[str, list[str]] = {}
    for line in _output(program, "list").splitlines():
        if line.startswith(" "):
            lists[topic].append(line.split()[0])
        else:
            topic = line.strip()
            lists[topic] = []
    # The machine is not listed with the rest: it would have to be measured.
    lists["topics"] = [*lists, "machine"]
    profiles = program.parent.parent / "share/splitscope/profiles"
    lists["profiles"] = sorted(path.stem for path in profiles.glob("*.json"))
    return {name: tuple(words) for name, words in lists.items()}


def _option(given: dict) -> Option:
    names = [] if given["positional"] else given["names"]
    # A type as "INT in [1 - 100]" or "PATH(existing)" is for the parser; people know it by its word.
    value = re.split(r"[:( ]", given["value"])[0] if not given["positional"] else given["positional"]
    if given["value"].endswith("}") and "false" in given["value"]:
        value = ""
    return Option(tuple(name.removesuffix("{false}") for name in names), value, given["about"],
                  given["default"], given["required"], given["repeatable"])


def _verbs_of_reports(folder: pathlib.Path) -> list[Verb]:
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    parser = importlib.import_module("splitscope_reports.options").make_parser(
        defaultdict(lambda: None))
    return list(_verbs_below(parser, ""))


def _verbs_below(parser: argparse.ArgumentParser, before: str):
    for action in parser._actions:  # argparse has no other way to ask
        if not isinstance(action, argparse._SubParsersAction):
            continue
        for name, verb in action.choices.items():
            yield _verb_of_parser(before + name, verb)
            yield from _verbs_below(verb, before + name + " ")


def _verb_of_parser(name: str, parser: argparse.ArgumentParser) -> Verb:
    options, operands = [], []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            continue
        word = action.metavar or action.dest
        if not action.option_strings:
            operands.append(Option((), str(word), action.help or "", required=True,
                                   repeatable=action.nargs == "+"))
            continue
        value = "" if action.nargs == 0 else str(word if action.metavar else word.upper())
        options.append(Option(tuple(action.option_strings), value, action.help or "",
                              required=action.required,
                              repeatable=isinstance(action, argparse._AppendAction)))
    return Verb(name, parser.description or "", tuple(options), tuple(operands), parser.epilog or "")
