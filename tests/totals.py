"""Adds up what CTest ran: one line of totals, and every skip with its reason.

Reads the JUnit file that `ctest --output-junit` writes. Catch2 and pytest programs count by their
test cases, any other program as one test.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree

CATCH_ALL = re.compile(r"All tests passed \([\d,]+ assertions? in ([\d,]+) test cases?\)")
CATCH_SOME = re.compile(r"test cases:\s*(\d+)(.*)")
PYTEST = re.compile(r"(\d+) (passed|failed|skipped|errors?)\b")


def number_before(word: str, text: str) -> int:
    match = re.search(rf"(\d+) {word}", text)
    return int(match.group(1)) if match else 0


def counts_of(output: str, ok: bool) -> tuple[int, int, int]:
    """(passed, failed, skipped) test cases of one program's output."""
    skips = len(re.findall(r"^SKIPPED: ", output, re.MULTILINE))
    if match := CATCH_ALL.search(output):
        return max(int(match.group(1).replace(",", "")) - skips, 0), 0 if ok else 1, skips
    if match := CATCH_SOME.search(output):
        failed = number_before("failed", match.group(2))
        skips = max(skips, number_before("skipped", match.group(2)))
        passed = number_before("passed", match.group(2))
        return passed, max(failed, 0 if ok else 1), skips
    summary = next((line for line in reversed(output.splitlines()) if PYTEST.search(line)), "")
    found = {word.rstrip("s"): int(n) for n, word in PYTEST.findall(summary)}
    if found:
        failed = found.get("failed", 0) + found.get("error", 0)
        return found.get("passed", 0), max(failed, 0 if ok else 1), found.get("skipped", 0)
    return (1, 0, skips) if ok else (0, 1, skips)


def main(path: str) -> int:
    passed = failed = skipped = 0
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        output = case.findtext("system-out") or ""
        # Ours begin "SKIPPED: reason", pytest's "SKIPPED [1] file: reason".
        for line in re.findall(r"^SKIPPED(?:: | \[).*$", output, re.MULTILINE):
            print(f"{case.get('name')}: {line}")
        got = counts_of(output, case.get("status") == "run" and case.find("failure") is None)
        passed, failed, skipped = passed + got[0], failed + got[1], skipped + got[2]
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
