"""Adds up what CTest ran: every skip with its reason, how many there were of each reason, and one
line of totals at the end.

Reads the JUnit file that `ctest --output-junit` writes. Catch2 and pytest programs count by their
test cases, any other program as one test. A reason is what stands before the first ": " of what a
skipped test says; details follow it.
"""

import collections
import re
import sys
import xml.etree.ElementTree as ElementTree

CATCH_ALL = re.compile(r"All tests passed \([\d,]+ assertions? in ([\d,]+) test cases?\)")
CATCH_SOME = re.compile(r"test cases:\s*(\d+)(.*)")
# Ours begin "SKIPPED: reason", pytest's "SKIPPED [number] file:line: reason".
SKIP = re.compile(r"^SKIPPED(?:: | \[(\d+)\] (?:\S+:\d+: |\S+: )?)(.*)$", re.MULTILINE)
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
    return (max(1 - skips, 0), 0, skips) if ok else (0, 1, skips)


def skips_of(output: str) -> collections.Counter[str]:
    """How many were skipped for each reason."""
    reasons: collections.Counter[str] = collections.Counter()
    for number, words in SKIP.findall(output):
        reasons[words.split(": ")[0]] += int(number or 1)
    return reasons


def main(path: str) -> int:
    passed = failed = skipped = 0
    reasons: collections.Counter[str] = collections.Counter()
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        output = case.findtext("system-out") or ""
        for line in re.findall(r"^SKIPPED(?:: | \[).*$", output, re.MULTILINE):
            print(f"{case.get('name')}: {line}")
        reasons += skips_of(output)
        got = counts_of(output, case.get("status") == "run" and case.find("failure") is None)
        passed, failed, skipped = passed + got[0], failed + got[1], skipped + got[2]
    if reasons:
        print("skipped, by reason:")
    for reason, number in reasons.most_common():
        print(f"  {reason}: {number}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
