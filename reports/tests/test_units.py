"""Figures as people read them."""

import pytest

from splitscope_reports.errors import ReportError
from splitscope_reports.units import (
    format_bytes,
    format_delta,
    format_measure,
    format_ms,
    format_ratio,
    format_spread,
    parse_size,
)


@pytest.mark.parametrize("value, text", [
    (0, "0 B"), (999, "999 B"), (1000, "0.98 KiB"), (1024, "1.00 KiB"), (2**20 - 1, "1.00 MiB"),
    (12_345_678, "11.8 MiB"), (524 * 2**20, "524 MiB"), (3 * 2**30, "3.00 GiB"),
    (-2048, "-2.00 KiB"),
])  # fmt: skip
def test_bytes(value, text):
    assert format_bytes(value) == text


@pytest.mark.parametrize("value, text", [
    (0, "0.00 ms"), (0.0123, "12.3 µs"), (0.9999, "1.00 ms"), (12.34, "12.3 ms"), (1234, "1.23 s"),
    (90_000, "1.50 min"),
])  # fmt: skip
def test_times(value, text):
    assert format_ms(value) == text


def test_each_measure_in_its_own_unit():
    assert format_measure("bytes_copied", 2048) == "2.00 KiB"
    assert format_measure("heap_allocations", 12345) == "12,345"
    assert format_measure("wall_ms", 5.0) == "5.00 ms"
    assert format_measure("throughput_mb_per_s", 123.4) == "123 MB/s"
    assert format_measure("peak_rss_bytes", None) == "–"
    assert format_ratio(0.0423) == "0.042×"


def test_delta_has_its_own_scale_and_sign():
    assert format_delta("peak_heap_bytes", 16) == "+16 B"
    assert format_delta("peak_heap_bytes", -2048) == "−2.00 KiB"
    assert format_delta("reads", 0) == "0"


def test_spread():
    assert format_spread("peak_rss_bytes", 2**20, 2 * 2**20, 3 * 2**20) == "2.00 MiB [1.00 .. 3.00]"
    assert format_spread("reads", 5, 5, 5) == "5"
    # Differs, but not at three digits: the reader must see that it does.
    assert format_spread("peak_rss_bytes", 2**30, 2**30 + 8, 2**30 + 16) == "1.00 GiB [spread 16 B]"
    # An end in another unit: then every figure shows its own.
    assert format_spread("wall_ms", 900, 1100, 1300) == "1.10 s [900 ms .. 1.30 s]"


@pytest.mark.parametrize("text, value", [("2MiB", 2**21), ("512 kB", 512_000), ("7", 7), ("0B", 0),
                                         ("1.5GiB", 3 * 2**29)])  # fmt: skip
def test_parse_size(text, value):
    assert parse_size(text) == value


@pytest.mark.parametrize("text", ["", "MiB", "2 miles", "-1", "1e3"])
def test_parse_size_refuses(text):
    with pytest.raises(ReportError, match="expected a number with a unit"):
        parse_size(text)
