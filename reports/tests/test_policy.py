"""The gate's rules as data."""

import pytest

from splitscope_reports.errors import ReportError
from splitscope_reports.measures import TABLE
from splitscope_reports.policy import load_policy


def policy_of(tmp_path, text):
    path = tmp_path / "gate.toml"
    path.write_text(text, encoding="utf-8")
    return load_policy(path)


BASE = """
[class.exact]
measures = ["peak_heap_bytes", "reads"]
relative = 0.0
absolute = "0B"
unstable = "fail"
[class.kernel]
measures = ["peak_*"]
relative = 0.10
absolute = "2MiB"
same_context = ["kernel"]
[class.time]
measures = ["*_ms"]
gate = false
"""


def test_shipped_policy_has_the_documented_classes():
    policy = load_policy()
    assert policy.class_names == ["exact", "kernel", "time"]
    for key in (
        "peak_heap_bytes",
        "heap_allocations",
        "heap_requested_bytes",
        "bytes_requested",
        "bytes_copied",
        "reads",
    ):
        rule = policy.rule("merge/streaming/x/system/c1/warm", key)
        assert rule.measure_class == "exact" and rule.exact and rule.gated, key
    for key in ("peak_rss_bytes", "net_peak_rss_bytes", "peak_rss_anon_bytes"):
        rule = policy.rule("merge/streaming/x/system/c1/warm", key)
        assert rule.measure_class == "kernel" and rule.gated
        assert rule.tolerance(10 * 2**20) == 2 * 2**20
        assert rule.tolerance(100 * 2**20) == 10 * 2**20
    assert not policy.rule("merge/streaming/x/system/c1/warm", "wall_ms").gated
    assert policy.rule("merge/streaming/x/system/c1/warm", "minor_faults") is None


def test_the_first_class_that_matches_counts(tmp_path):
    policy = policy_of(tmp_path, BASE)
    assert policy.rule("a/b", "peak_heap_bytes").measure_class == "exact"
    assert policy.rule("a/b", "peak_rss_bytes").measure_class == "kernel"


def test_overrides_by_glob_and_the_last_wins(tmp_path):
    policy = policy_of(
        tmp_path,
        BASE
        + """
[[override]]
case = "upload*"
measure = "reads"
relative = 0.5
reason = "network"
[[override]]
case = "upload/streaming/*"
absolute = "8"
unstable = "warn"
reason = "threads"
""",
    )
    assert policy.rule("merge/x", "reads").exact
    rule = policy.rule("upload/full-copy/x", "reads")
    assert (rule.relative, rule.absolute, rule.override_reason) == (0.5, 0, "network")
    rule = policy.rule("upload/streaming/x", "reads")
    assert (rule.relative, rule.absolute, rule.override_reason) == (0.5, 8, "threads")
    assert not rule.fail_when_unstable


def test_a_class_without_patterns_has_what_the_table_has(tmp_path):
    policy = policy_of(tmp_path, '[class.mine]\nmeasures = ["reads"]\n[class.exact]\nrelative = 0.5\n')
    assert policy.rule("a/b", "reads").measure_class == "mine"
    rule = policy.rule("a/b", "bytes_copied")
    assert (rule.measure_class, rule.relative) == ("exact", 0.5)
    assert policy.rule("a/b", "peak_rss_bytes") is None
    # What the table has may well be in no result; what somebody wrote is a typing error then.
    assert policy.idle_patterns([("a/b", "bytes_copied")]) == [
        "class.mine: 'reads' matches no measure"
    ]


def test_the_shipped_policy_has_every_class_of_the_table():
    policy = load_policy()
    for entry in TABLE.values():
        rule = policy.rule("merge/x", entry.key)
        assert (rule.measure_class if rule else "none") == entry.gate, entry.key


VARIES = '[[varies]]\nconcurrency = 2\nreason = "r"\n'


@pytest.mark.parametrize("text, message", [
    (BASE + VARIES + 'groups = ["heaps"]\n', "varies[0].groups: 'heaps' is no group"),
    (BASE + VARIES, "varies[0]: expected one of groups, measures"),
    ("", "at least one"),
    ("x = 1\n" + BASE, "unknown key 'x'"),
    (BASE + "[class.more]\nrelative = 0.1\n", "class.more.measures"),
    (BASE + "[class.more]\nmeasures = []\nrelativ = 1\n", "unknown key 'relativ'"),
    (BASE + '[[override]]\ncase = "a"\nrelative = 0.1\n', "reason: expected this key, found none; say why"),
    (BASE + '[[override]]\ncase = "a"\nrelative = 0.1\nreason = " "\n', "say why this case may differ"),
    (BASE + '[[override]]\ncase = "a"\nreason = "r"\n', "changes nothing"),
    (BASE + '[[override]]\nrelative = 0.1\nreason = "r"\n', "override[0].case: expected this key"),
    (BASE + '[[override]]\ncase = "a"\nrelative = 10\nreason = "r"\n', "fraction"),
    (BASE + '[[override]]\ncase = "a"\nabsolute = 10\nreason = "r"\n', "absolute"),
    (BASE + '[[override]]\ncase = "a"\nunstable = "maybe"\nreason = "r"\n', "unstable"),
    (BASE + '[[override]]\ncase = "a"\ngate = 0\nreason = "r"\n', "true or false"),
    ("[class", "not TOML"),
])  # fmt: skip
def test_mistakes_are_named(tmp_path, text, message):
    with pytest.raises(ReportError) as caught:
        policy_of(tmp_path, text)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_missing_file():
    with pytest.raises(ReportError, match="none.toml: cannot be read"):
        load_policy("none.toml")
