"""The command line of `splitscope report|compare|gate|baseline|validate`."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable
from typing import NoReturn

from splitscope_reports import console
from splitscope_reports.errors import EXIT_TOOL_ERROR
from splitscope_reports.policy import DEFAULT_POLICY

EXIT_CODES = """\
exit codes of gate, the first that applies:
  1  usage or tool error, or the self-check failed; no verdict
  4  the results are of a run that did not finish (see --allow-incomplete)
  3  a regression, or an exact measure that was stable in the baseline and is not any more
  2  a case failed, or a case or a measure of the baseline is missing
  4  not comparable (machine class, input, kernel), nothing to compare, or no baseline
  0  otherwise: improvements and cases that are new pass
What cannot be written (--markdown, --junit, the console) is said and never changes a verdict.
Every other verb: 0 done, 1 usage or tool error; baseline save: 2 a case failed."""

Run = Callable[[argparse.Namespace], int]


class _Parser(argparse.ArgumentParser):
    """Usage errors leave with 1, argparse's own 2 means a failed case here; they are one line, and a
    mistyped option is what is said first: the one that is missing is missing because of it."""

    _words: list[str] = []

    def parse_known_args(self, args=None, namespace=None):
        self._words = list(sys.argv[1:] if args is None else args)
        found, more = super().parse_known_args(args, namespace)
        if more:
            self.error("unexpected arguments: " + " ".join(more))
        return found, more

    def _mistyped(self) -> str | None:
        options = list(self._option_string_actions)
        for word in self._words:
            name = word.partition("=")[0]
            if name == "--":
                break
            if name.startswith("--") and not any(one.startswith(name) for one in options):
                near = difflib.get_close_matches(name, options, 1)
                return f"there is no option '{name}'" + (f" (did you mean '{near[0]}'?)" if near else "")
        return None

    def error(self, message: str) -> NoReturn:
        message = self._mistyped() or message
        console.warn(f"error: {self.prog}: {message}; see {self.prog} --help")
        raise SystemExit(EXIT_TOOL_ERROR)

    def print_help(self, file: object = None) -> None:
        console.say(self.format_help())


def make_parser(runs: dict[str, Run]) -> argparse.ArgumentParser:
    """`runs` has a function for every verb, for the two of baseline as "baseline save" and so on."""
    parser = _Parser(
        prog="splitscope",
        description="Reads splitscope results.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=_Parser)

    def add(name: str, text: str, to=verbs, epilog: str | None = None) -> argparse.ArgumentParser:
        verb = to.add_parser(
            name.rpartition(" ")[2],
            help=text,
            description=text,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.set_defaults(run=runs[name], judges=name == "gate")
        return verb

    report = add("report", "Write a self-contained page with pictures and tables.")
    report.add_argument("results")
    report.add_argument(
        "-o", "--out", required=True, metavar="DIR",
        help="a new or empty folder, or an earlier report, which is replaced",
    )  # fmt: skip
    report.add_argument(
        "--baseline", metavar="F", help="a baseline or other results to compare with"
    )
    _add_policy(report)

    both = add("compare", "Print two results side by side; judges, but never fails.")
    both.add_argument("baseline", metavar="A.json")
    both.add_argument("new", metavar="B.json")
    _add_markdown(both)
    _add_policy(both)
    _add_only(both)

    gate = add("gate", "Fail when a figure got worse than the baseline.", epilog=EXIT_CODES)
    gate.add_argument("results")
    gate.add_argument("--baseline", required=True, metavar="F", help="a baseline or other results")
    _add_markdown(gate)
    gate.add_argument("--junit", metavar="F", help="write JUnit XML there")
    gate.add_argument("-v", "--verbose", action="store_true", help="also list what passed")
    gate.add_argument(
        "--allow-incomplete",
        action="store_true",
        help="judge what is there of a run that did not finish",
    )
    _add_policy(gate)
    _add_only(gate)

    baseline = verbs.add_parser("baseline", help="Save or show a baseline.")
    actions = baseline.add_subparsers(
        dest="action", required=True, metavar="ACTION", parser_class=_Parser
    )
    save = add("baseline save", "Store the gated figures of a run.", actions)
    save.add_argument("results")
    save.add_argument("-o", "--out", required=True, metavar="F")
    save.add_argument("--name", help="default: the file name without its ending")
    save.add_argument(
        "--strict",
        action="store_true",
        help="refuse when an exact measure differs between repetitions",
    )
    _add_policy(save)
    _add_only(save)
    show = add("baseline show", "Print a baseline.", actions)
    show.add_argument("baseline")

    validate = add("validate", "Check results against the schema.")
    validate.add_argument("results", nargs="+")
    return parser


def _add_policy(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--policy",
        default=str(DEFAULT_POLICY),
        metavar="F",
        help="rules of the gate (default: reports/policy/gate.toml)",
    )


def _add_markdown(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--markdown", metavar="F", help="write Markdown there; - is the console")


def _add_only(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--only",
        action="append",
        metavar="CLASS",
        help="look at this class of measures only, such as exact; repeatable",
    )
