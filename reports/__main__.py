"""Command line: python3 -m reports VERB ..."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from reports import baseline as baselines
from reports.checks import parse_json
from reports.compare import Comparison, compare
from reports.errors import EXIT_OK, EXIT_TOOL_ERROR, ReportError
from reports.gate import decide
from reports.junit import comparison_junit
from reports.markdown import comparison_markdown
from reports.policy import DEFAULT_POLICY, Policy, load_policy
from reports.render.table import comparison_text, text_table, wants_colour
from reports.results import load
from reports.snapshot import Snapshot, snapshot
from reports.units import format_spread

EXIT_CODES = """\
exit codes of gate, the first that applies:
  1  usage or tool error; nothing was judged
  3  a regression, or an exact measure that was stable in the baseline and is not any more
  2  a case failed, or a case or a measure of the baseline is missing
  4  not comparable (machine class, input, kernel), or no baseline
  0  otherwise: improvements and cases that are new pass
Every other verb: 0 done, 1 usage or tool error; baseline save: 2 a case failed."""


class _Parser(argparse.ArgumentParser):
    """Usage errors leave with 1; argparse's own 2 means a failed case here."""

    def error(self, message: str):
        self.print_usage(sys.stderr)
        self.exit(EXIT_TOOL_ERROR, f"{self.prog}: {message}\n")


def _read_side(path: str) -> Snapshot:
    """Either side of a comparison may be results.json or a baseline."""
    if _is_baseline(path):
        return baselines.load_baseline(path)
    return snapshot(load(path))


def _is_baseline(path: str) -> bool:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False  # the loader says what is wrong
    document = parse_json(text, path)
    return isinstance(document, dict) and "baseline_version" in document


def _write(path: str | None, text: str) -> None:
    if not path:
        return
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportError(f"{path}: cannot be written: {error.strerror}") from None


def _classes(policy: Policy, only: list[str] | None) -> list[str]:
    for name in only or []:
        if name not in policy.class_names:
            raise ReportError(
                f"--only {name}: no such class of measures; the policy has "
                f"{', '.join(policy.class_names)}"
            )
    return only or []


def _show(comparison: Comparison, verbose: bool) -> None:
    sys.stdout.write(comparison_text(comparison, wants_colour(sys.stdout), verbose))


def run_report(args: argparse.Namespace) -> int:
    # Only this verb draws; the others start without the half second that matplotlib takes.
    from reports.render.html import write_report

    results = load(args.results)
    comparison = None
    if args.baseline:
        comparison = compare(
            _read_baseline(args.baseline), snapshot(results), load_policy(args.policy)
        )
    try:
        written = write_report(results, Path(args.out), comparison)
    except OSError as error:
        raise ReportError(f"{args.out}: cannot be written: {error.strerror}") from None
    print(f"{written[0]} and {len(written) - 1} pictures")
    return EXIT_OK


def _read_baseline(path: str) -> Snapshot:
    return _read_side(path) if Path(path).exists() else baselines.load_baseline(path)


def run_compare(args: argparse.Namespace) -> int:
    policy = load_policy(args.policy)
    comparison = compare(
        _read_side(args.baseline), _read_side(args.new), policy, _classes(policy, args.only)
    )
    _show(comparison, True)
    markdown = comparison_markdown(comparison)
    _write(args.markdown, markdown)
    if not args.markdown:
        print()
        print(markdown, end="")
    return EXIT_OK


def run_gate(args: argparse.Namespace) -> int:
    policy = load_policy(args.policy)
    only = _classes(policy, args.only)
    new = snapshot(load(args.results))
    try:
        old = _read_baseline(args.baseline)
    except ReportError as error:
        if Path(args.baseline).exists():
            raise
        return _gate_without_baseline(args, new, error)
    comparison = compare(old, new, policy, only)
    decision = decide(comparison)
    _write(args.markdown, comparison_markdown(comparison, decision, "splitscope gate"))
    _write(args.junit, comparison_junit(comparison))
    _show(comparison, args.verbose)
    print(f"\n{decision.headline}")
    return decision.exit_code


def _gate_without_baseline(args: argparse.Namespace, new: Snapshot, error: ReportError) -> int:
    """Says so in every report, because a CI job shows those and not the console."""
    nothing = Snapshot(args.baseline, "no baseline", new.machine_class, new.context, {})
    comparison = compare(nothing, new, load_policy(args.policy))
    decision = decide(comparison, no_baseline=str(error))
    _write(args.markdown, comparison_markdown(comparison, decision, "splitscope gate"))
    _write(args.junit, comparison_junit(comparison))
    _show(comparison, args.verbose)
    print(f"\n{decision.headline}")
    return decision.exit_code


def run_baseline_save(args: argparse.Namespace) -> int:
    policy = load_policy(args.policy)
    results = load(args.results)
    name = args.name or Path(args.out).stem
    document = baselines.make_baseline(results, policy, name, _classes(policy, args.only))
    unstable = baselines.unstable_measures(document)
    for case_id, key, stat in unstable:
        spread = format_spread(key, stat.min, stat.median, stat.max)
        print(
            f"unstable: {case_id}: {key}: {spread} over {stat.samples} repetitions", file=sys.stderr
        )
    if unstable and args.strict:
        raise ReportError(
            f"{len(unstable)} exact measures differ between repetitions; not saved (--strict)"
        )
    single = baselines.single_sample_cases(document)
    if single:
        print(
            f"note: {len(single)} case(s) ran once, so that nobody knows whether their exact "
            "measures repeat; run with --benchmark_repetitions=3",
            file=sys.stderr,
        )
    _write(args.out, baselines.to_text(document))
    measures = sum(len(entry["measures"]) for entry in document["cases"].values())
    print(
        f"{args.out}: {len(document['cases'])} cases, {measures} figures"
        + (f", {len(unstable)} of them unstable and gated by their spread" if unstable else "")
    )
    return EXIT_OK


def run_baseline_show(args: argparse.Namespace) -> int:
    stored = baselines.load_baseline(args.baseline)
    print(f"{stored.label}")
    for key, value in sorted(stored.machine_class.items()):
        print(f"  {key}: {value}")
    for case_id, case in stored.cases.items():
        rows = [
            [key, format_spread(key, stat.min, stat.median, stat.max)]
            for key, stat in case.stats.items()
        ]
        print(f"\n{case_id} ({case.samples} repetitions)")
        print("  " + text_table(("measure", "median"), rows).replace("\n", "\n  "))
    return EXIT_OK


def run_validate(args: argparse.Namespace) -> int:
    for path in args.results:
        results = load(path)
        samples = sum(len(case.samples) for case in results.cases.values())
        failed = f", {len(results.failed_cases)} failed" if results.failed_cases else ""
        print(f"{path}: valid, {len(results.cases)} cases, {samples} samples{failed}")
    return EXIT_OK


def make_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python3 -m reports",
        description="Reads splitscope results.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=_Parser)

    def add(
        name: str, run, text: str, to=verbs, epilog: str | None = None
    ) -> argparse.ArgumentParser:
        verb = to.add_parser(
            name,
            help=text,
            description=text,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.set_defaults(run=run)
        return verb

    def add_policy(verb: argparse.ArgumentParser) -> None:
        verb.add_argument(
            "--policy",
            default=str(DEFAULT_POLICY),
            metavar="F",
            help="rules of the gate (default: reports/policy/gate.toml)",
        )

    def add_only(verb: argparse.ArgumentParser) -> None:
        verb.add_argument(
            "--only",
            action="append",
            metavar="CLASS",
            help="look at this class of measures only, such as exact; repeatable",
        )

    report = add("report", run_report, "Write a self-contained page with pictures and tables.")
    report.add_argument("results")
    report.add_argument("-o", "--out", required=True, metavar="DIR")
    report.add_argument(
        "--baseline", metavar="F", help="a baseline or other results to compare with"
    )
    add_policy(report)

    both = add("compare", run_compare, "Print two results side by side; judges, but never fails.")
    both.add_argument("baseline", metavar="A.json")
    both.add_argument("new", metavar="B.json")
    both.add_argument(
        "--markdown", metavar="F", help="write the Markdown there, not to the console"
    )
    add_policy(both)
    add_only(both)

    gate = add(
        "gate", run_gate, "Fail when a figure got worse than the baseline.", epilog=EXIT_CODES
    )
    gate.add_argument("results")
    gate.add_argument("--baseline", required=True, metavar="F", help="a baseline or other results")
    gate.add_argument("--markdown", metavar="F")
    gate.add_argument("--junit", metavar="F")
    gate.add_argument("-v", "--verbose", action="store_true", help="also list what passed")
    add_policy(gate)
    add_only(gate)

    baseline = verbs.add_parser("baseline", help="Save or show a baseline.")
    actions = baseline.add_subparsers(
        dest="action", required=True, metavar="ACTION", parser_class=_Parser
    )
    save = add("save", run_baseline_save, "Store the gated figures of a run.", actions)
    save.add_argument("results")
    save.add_argument("-o", "--out", required=True, metavar="F")
    save.add_argument("--name", help="default: the file name without its ending")
    save.add_argument(
        "--strict",
        action="store_true",
        help="refuse when an exact measure differs between repetitions",
    )
    add_policy(save)
    add_only(save)
    show = add("show", run_baseline_show, "Print a baseline.", actions)
    show.add_argument("baseline")

    validate = add("validate", run_validate, "Check results against the schema.")
    validate.add_argument("results", nargs="+")
    return parser


def main(arguments: list[str] | None = None) -> int:
    args = make_parser().parse_args(arguments)
    try:
        return args.run(args)
    except ReportError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader of a pipe left; nothing more can be said, not even at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_TOOL_ERROR


if __name__ == "__main__":
    sys.exit(main())
