"""A comparison as JUnit XML: one test case per case of the results."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from reports.compare import FAILED, INCOMPARABLE, MISSING, CaseComparison, Comparison

# Characters that XML 1.0 cannot hold in any spelling.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def comparison_junit(comparison: Comparison) -> str:
    """`failure`: regressed or missing. `error`: a failed case, or one that cannot be compared."""
    suite = ET.Element(
        "testsuite", name="splitscope gate", tests=str(len(comparison.cases)), time="0", skipped="0"
    )
    failures = errors = 0
    for case in comparison.cases:
        element = ET.SubElement(
            suite,
            "testcase",
            classname=_clean(_class_name(case)),
            name=_clean(case.case_id),
            time="0",
        )
        details = "\n".join(
            f"{measure.key}: {measure.verdict}: {measure.reason}"
            for measure in case.measures
            if measure.rule and measure.rule.gated
        )
        if case.verdict in (FAILED, INCOMPARABLE):
            errors += 1
            child = ET.SubElement(element, "error", type=case.verdict, message=_clean(case.reason))
        elif case.failing or case.verdict == MISSING:
            failures += 1
            child = ET.SubElement(
                element, "failure", type=case.verdict, message=_clean(case.reason)
            )
        else:
            child = ET.SubElement(element, "system-out")
            details = f"{case.verdict}: {case.reason}\n{details}"
        child.text = _clean(details)
    suite.set("failures", str(failures))
    suite.set("errors", str(errors))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _class_name(case: CaseComparison) -> str:
    # Readers take dots in a class name for packages; options hold none that matter.
    return "splitscope." + case.case_id.split("/")[0].replace(".", "_")
