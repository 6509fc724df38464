"""A comparison as JUnit XML: one test case per case of the results."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from splitscope_reports.compare import CaseComparison, Comparison
from splitscope_reports.gate import Decision
from splitscope_reports.names import visible
from splitscope_reports.verdicts import FAILED, INCOMPARABLE, MISSING


def comparison_junit(comparison: Comparison, decision: Decision | None = None) -> str:
    """`failure`: regressed or missing. `error`: a failed case, or one that cannot be compared; also
    a run that was refused as a whole. Any name makes valid XML."""
    suite = ET.Element(
        "testsuite", name="splitscope gate", tests=str(len(comparison.cases)), time="0", skipped="0"
    )
    failures = errors = 0
    silent = not any(_is_red(case) for case in comparison.cases)
    if decision and decision.exit_code and (decision.refused or silent):
        # Where no case says why the gate failed, the gate does.
        element = ET.SubElement(
            suite, "testcase", classname="splitscope", name="gate", time="0"
        )
        ET.SubElement(element, "error", type="gate", message=visible(decision.headline))
        errors += 1
    for case in () if decision and decision.refused else comparison.cases:
        element = ET.SubElement(
            suite,
            "testcase",
            classname=visible(_class_name(case)),
            name=visible(case.case_id),
            time="0",
        )
        details = "\n".join(
            visible(f"{measure.key}: {measure.verdict}: {measure.reason}")
            for measure in case.measures
            if measure.rule and measure.rule.gated
        )
        if case.verdict in (FAILED, INCOMPARABLE):
            errors += 1
            child = ET.SubElement(element, "error", type=case.verdict, message=visible(case.reason))
        elif case.failing or case.verdict == MISSING:
            failures += 1
            child = ET.SubElement(
                element, "failure", type=case.verdict, message=visible(case.reason)
            )
        else:
            child = ET.SubElement(element, "system-out")
            details = visible(f"{case.verdict}: {case.reason}") + f"\n{details}"
        child.text = details
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suite.set("errors", str(errors))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _is_red(case: CaseComparison) -> bool:
    return case.verdict in (FAILED, INCOMPARABLE, MISSING) or bool(case.failing)


def _class_name(case: CaseComparison) -> str:
    # Readers take dots in a class name for packages; options hold none that matter.
    return "splitscope." + case.case_id.split("/")[0].replace(".", "_")
