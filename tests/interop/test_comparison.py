"""How samples become a table, and the whole of it once, small."""

import json

import pytest

import against_tantivy
from comparison import Sample, rotated, sample_of, summarize, table


def sample(wall_ms, peak=10 << 20) -> Sample:
    return Sample(wall_ms, wall_ms / 2, peak, peak // 2, peak // 4, 3 << 20)


def result(**changes) -> dict:
    row = {"name": "exec/x", "run_type": "iteration", "status": "ok", "message": None,
           "wall_ms": 12.5, "user_ms": 7, "system_ms": 2, "peak_rss_bytes": 100,
           "peak_rss_anon_bytes": 60, "peak_rss_file_bytes": 40, **changes}
    return {"benchmarks": [row, {"run_type": "aggregate"}]}


def test_a_sample_is_read_from_results():
    assert sample_of(result(), 5) == Sample(12.5, 9, 100, 60, 40, 5)


def test_a_failed_command_is_no_sample():
    with pytest.raises(ValueError, match="died of SIGKILL"):
        sample_of(result(status="crashed", message="died of SIGKILL"), 5)


def test_what_was_never_measured_is_told():
    unsampled = sample_of(result(peak_rss_anon_bytes=None, peak_rss_file_bytes=None), 5)
    assert unsampled.peak_rss_bytes == 100
    rows = summarize({"tantivy": [sample(100)], "ours": [unsampled]}, "tantivy")
    assert rows[1]["peak_rss_anon_bytes"] is None
    assert table(rows).splitlines()[2].split()[-4:] == ["-", "-", "0.0", "MiB"]
    both = summarize({"tantivy": [sample(100, peak=200), unsampled]}, "tantivy")
    assert both[0]["peak_rss_anon_bytes"]["median"] == 100


def test_every_way_goes_first_in_turn():
    orders = [rotated(["a", "b", "c"], number) for number in range(4)]
    assert orders == [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"]]


def test_medians_and_ratios():
    rows = summarize({"tantivy": [sample(100), sample(900), sample(200)],
                      "ours": [sample(100), sample(50)]}, "tantivy")
    assert [row["way"] for row in rows] == ["tantivy", "ours"]
    assert rows[0]["wall_ms"] == {"median": 200, "min": 100, "max": 900}
    assert [row["time_ratio"] for row in rows] == [1, 0.375]
    assert rows[1]["samples"] == 2


def test_the_table_has_a_line_for_each():
    text = table(summarize({"tantivy": [sample(2000)], "streaming": [sample(1000)]}, "tantivy"))
    lines = text.splitlines()
    assert lines[0].split() == ["time", "x", "CPU", "x", "peak", "RSS", "peak", "anon", "peak", "file",
                                "output"]
    assert lines[2].split() == ["streaming", "1.00", "s", "0.50", "0.50", "s", "0.50", "10.0",
                                "MiB", "5.0", "MiB", "2.5", "MiB", "3.0", "MiB"]
    assert len({len(line) for line in lines}) == 1


def test_a_small_comparison(oracle, splitscope, tmp_path, capsys):
    words = ["--oracle", oracle.binary, "--splitscope", splitscope.binary, "--size", "500KB",
             "--count", "2", "--rounds", "2", "--strategy", "streaming", "--strategy", "full-copy"]
    assert against_tantivy.main([*words, "--out", str(tmp_path / "out")]) == 0
    told = json.loads((tmp_path / "out" / "against-tantivy.json").read_text("utf-8"))
    ways = [row["way"] for row in told["rows"]]
    assert ways == [against_tantivy.TANTIVY, "streaming", "full-copy"]
    assert all(row["samples"] == 2 and row["wall_ms"]["min"] > 0 for row in told["rows"])
    assert told["outputs_verified"] is True
    assert "streaming" in capsys.readouterr().out


def test_unequal_outputs_are_not_timed(oracle, splitscope, tmp_path, capsys):
    """A splitscope that merges one input too few."""
    liar = tmp_path / "liar"
    liar.write_text(f"""#!/bin/sh
if [ "$1" = merge ]; then shift 2; set -- merge "$@"; fi
exec {splitscope.binary} "$@"
""", encoding="utf-8")
    liar.chmod(0o755)
    words = ["--oracle", oracle.binary, "--splitscope", str(liar), "--size", "500KB", "--count",
             "3", "--rounds", "1", "--strategy", "streaming", "--out", str(tmp_path / "out")]
    assert against_tantivy.main(words) == 2
    assert "does not hold" in capsys.readouterr().err
    assert not (tmp_path / "out" / "against-tantivy.json").exists()
