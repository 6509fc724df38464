"""What the verbs do. Every input is read once; outputs are checked before they are made."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from splitscope_reports import baseline as baselines
from splitscope_reports import console
from splitscope_reports.checks import parse_json
from splitscope_reports.compare import Comparison, compare
from splitscope_reports.errors import EXIT_OK, EXIT_REGRESSION, EXIT_TOOL_ERROR, ReportError
from splitscope_reports.gate import Decision, decide
from splitscope_reports.names import shortened, visible
from splitscope_reports.options import make_parser
from splitscope_reports.outputs import check_text, write_text
from splitscope_reports.policy import DEFAULT_POLICY, Policy, load_policy
from splitscope_reports.render.junit import comparison_junit
from splitscope_reports.render.markdown import comparison_markdown
from splitscope_reports.render.table import comparison_text, text_table, wants_colour
from splitscope_reports.report_folder import report_folder
from splitscope_reports.results import Results, from_document
from splitscope_reports.selfcheck import SelfCheck, self_check
from splitscope_reports.snapshot import Snapshot, snapshot
from splitscope_reports.sources import NoSuchSource, Source, read_source, reason
from splitscope_reports.units import format_spread

# Of a shell for a program whose reader left.
_CLOSED_PIPE = 128 + 13


@dataclass(frozen=True)
class _Side:
    source: Source
    document: Any
    snapshot: Snapshot


def _read_side(path: str) -> _Side:
    """Either side of a comparison may be results.json or a baseline."""
    source = read_source(path)
    document = parse_json(source.text, source.name)
    if isinstance(document, dict) and "baseline_version" in document:
        return _Side(source, document, baselines.from_document(document, source.name))
    return _Side(source, document, snapshot(from_document(document, source.name)))


def _read_results(path: str) -> tuple[Source, Any, Results]:
    source = read_source(path)
    document = parse_json(source.text, source.name)
    return source, document, from_document(document, source.name)


def _classes(policy: Policy, only: list[str] | None) -> list[str]:
    for name in only or []:
        if name not in policy.class_names:
            raise ReportError(
                f"--only {name}: no such class of measures; the policy has "
                f"{', '.join(policy.class_names)}"
            )
    return only or []


def _show(comparison: Comparison, verbose: bool) -> None:
    console.say(comparison_text(comparison, wants_colour(), verbose))


def run_report(args: argparse.Namespace) -> int:
    _, _, results = _read_results(args.results)
    comparison = None
    if args.baseline:
        old = _baseline_or_hint(args.baseline)
        comparison = compare(old.snapshot, snapshot(results), load_policy(args.policy))
    with report_folder(args.out) as (folder, scratch, commit):
        # Only this verb draws; the others start without the half second that matplotlib takes.
        from splitscope_reports.render.own_matplotlib import own_matplotlib, wholly_drawn

        with own_matplotlib(scratch):
            from splitscope_reports.render.html import write_report

        with wholly_drawn():
            written = write_report(results, Path(folder), comparison)
        commit()
    if not results.complete:
        console.warn(f"note: {results.name} is of a run that did not finish: {results.progress}")
    index = os.path.join(args.out, "index.html")
    console.say(f"{visible(index)}, summary.md and {len(written) - 2} pictures\n")
    return EXIT_OK


def _baseline_or_hint(path: str) -> _Side:
    try:
        return _read_side(path)
    except NoSuchSource:
        raise baselines.no_baseline(path) from None


def run_compare(args: argparse.Namespace) -> int:
    policy = load_policy(args.policy)
    only = _classes(policy, args.only)
    old, new = _read_side(args.baseline), _read_side(args.new)
    inputs = [old.source, new.source, policy.source]
    if args.markdown:
        check_text(args.markdown, inputs)
    comparison = compare(old.snapshot, new.snapshot, policy, only)
    for side in (old.snapshot, new.snapshot):
        if side.incomplete:
            console.warn(f"note: {side.name} is of a run that did not finish: {side.incomplete}")
    markdown = comparison_markdown(comparison)
    if args.markdown:
        write_text(args.markdown, markdown, inputs)
        _show(comparison, True)
        return EXIT_OK
    _show(comparison, True)
    console.say("\n" + markdown)
    return EXIT_OK


def run_gate(args: argparse.Namespace) -> int:
    policy = load_policy(args.policy)
    only = _classes(policy, args.only)
    source, document, results = _read_results(args.results)
    new = snapshot(results)
    inputs, missing = [source, policy.source], None
    try:
        side = _read_side(args.baseline)
        old = side.snapshot
        inputs.append(side.source)
    except NoSuchSource:
        missing = str(baselines.no_baseline(args.baseline))
        # Said in every report, because a CI job shows those and not the console.
        old = Snapshot(args.baseline, "no baseline", new.machine_class, new.context, {})
    comparison = compare(old, new, policy, only)
    decision = decide(comparison, missing, args.allow_incomplete)
    check = None
    if not missing and not decision.refused:
        check = self_check(document, comparison, policy)
        # A gate that cannot see what it should does not get to say that all is well.
        if check.ok is False and decision.exit_code != EXIT_REGRESSION:
            decision = Decision(EXIT_TOOL_ERROR, check.text)
    if args.policy != str(DEFAULT_POLICY):
        for line in policy.idle_patterns(_figures(comparison)):
            console.warn(f"note: {args.policy}: {line}")
    _deliver(args, comparison, decision, check, inputs)
    return decision.exit_code


def _figures(comparison: Comparison) -> list[tuple[str, str]]:
    sides = (comparison.baseline, comparison.new)
    return [(case_id, key) for side in sides for case_id, case in side.cases.items()
            for key in case.stats]  # fmt: skip


def _deliver(
    args: argparse.Namespace,
    comparison: Comparison,
    decision: Decision,
    check: SelfCheck | None,
    inputs: list[Source],
) -> None:
    """Tells the verdict in every way that was asked for. It stands: what goes wrong here is a line."""

    def markdown() -> None:
        _write(args.markdown, lambda: comparison_markdown(comparison, decision, "splitscope gate"))

    def junit() -> None:
        if args.junit and args.markdown and _is_one_file(args.junit, args.markdown):
            raise ReportError(f"{args.junit}: is where --markdown goes; name another output")
        _write(args.junit, lambda: comparison_junit(comparison, decision))

    def _write(target: str | None, text: Callable[[], str]) -> None:
        if target:
            check_text(target, inputs)
            write_text(target, text(), inputs)

    def show() -> None:
        if not decision.refused:
            _show(comparison, args.verbose)
            console.say("\n")
        if check is not None and check.text != decision.headline:
            console.say(f"{check.text}\n")
        console.say(f"{decision.headline}\n")

    for tell in (markdown, junit, show):
        try:
            tell()
        except Exception as error:
            text = str(error) if isinstance(error, ReportError) else f"{type(error).__name__}: {error}"
            console.warn(f"error: {text}")


def _is_one_file(a: str, b: str) -> bool:
    return os.path.realpath(a) == os.path.realpath(b)


def run_baseline_save(args: argparse.Namespace) -> int:
    policy = load_policy(args.policy)
    source, _, results = _read_results(args.results)
    inputs = [source, policy.source]
    check_text(args.out, inputs)
    if not results.complete:
        raise ReportError(
            f"{results.name}: is of a run that did not finish ({results.progress}) and cannot become "
            "a baseline; finish it with run --resume"
        )
    name = args.name or Path(args.out).stem
    document = baselines.make_baseline(results, policy, name, _classes(policy, args.only))
    unstable = baselines.unstable_measures(document)
    for case_id, key, stat in unstable:
        spread = format_spread(key, stat.min, stat.median, stat.max)
        console.warn(
            f"unstable: {shortened(case_id, 300)}: {key}: {spread} over {stat.samples} repetitions"
        )
    if unstable and args.strict:
        raise ReportError(
            f"{len(unstable)} exact measures differ between repetitions; not saved (--strict)"
        )
    single = baselines.single_sample_cases(document)
    if single:
        console.warn(
            f"note: {len(single)} case(s) ran once, so that nobody knows whether their exact "
            "measures repeat; run with --benchmark_repetitions=3"
        )
    write_text(args.out, baselines.to_text(document), inputs)
    measures = sum(len(entry["measures"]) for entry in document["cases"].values())
    if args.out != "-":
        console.say(
            f"{visible(args.out)}: {len(document['cases'])} cases, {measures} figures"
            + (f", {len(unstable)} of them unstable and gated by their spread" if unstable else "")
            + "\n"
        )
    return EXIT_OK


def run_baseline_show(args: argparse.Namespace) -> int:
    stored = baselines.load_baseline(args.baseline)
    console.say(f"{visible(stored.label)}\n")
    for key, value in sorted(stored.machine_class.items()):
        console.say(f"  {visible(key)}: {visible(value)}\n")
    for case_id, case in stored.cases.items():
        rows = [
            [key, format_spread(key, stat.min, stat.median, stat.max)]
            for key, stat in case.stats.items()
        ]
        console.say(f"\n{visible(case_id)} ({case.samples} repetitions)\n")
        table = text_table(("measure", "median"), rows).replace("\n", "\n  ")
        console.say(f"  {table}\n")
    return EXIT_OK


def run_validate(args: argparse.Namespace) -> int:
    for path in args.results:
        _, _, results = _read_results(path)
        samples = sum(len(case.samples) for case in results.cases.values())
        failed = f", {len(results.failed_cases)} failed" if results.failed_cases else ""
        partly = "" if results.complete else f", incomplete: {results.progress}"
        console.say(
            f"{visible(path)}: valid, {len(results.cases)} cases, {samples} samples{failed}{partly}\n"
        )
    return EXIT_OK


_RUNS = {
    "report": run_report,
    "compare": run_compare,
    "gate": run_gate,
    "baseline save": run_baseline_save,
    "baseline show": run_baseline_show,
    "validate": run_validate,
}


def main(arguments: list[str] | None = None) -> int:
    """The exit code. Says every error itself, in one line; a signal goes through as Interrupted."""
    judges = False
    try:
        args = make_parser(_RUNS).parse_args(arguments)
        judges = args.judges
        code = args.run(args)
    except ReportError as error:
        console.warn(f"error: {error}")
        code = error.exit_code
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    lost = console.lost()
    if lost is None:
        return code
    if console.is_closed_pipe(lost):
        return code if judges else _CLOSED_PIPE
    console.warn(f"error: standard output: cannot be written: {reason(lost)}")
    return code if judges or code else EXIT_TOOL_ERROR
