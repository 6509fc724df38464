"""Figures as people read them, and sizes as people write them."""

from __future__ import annotations

import re

from splitscope_reports.errors import ReportError
from splitscope_reports.measures import measure
from splitscope_reports.names import shortened, visible

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_SIZE_UNITS = {
    "": 1, "B": 1,
    "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*")
_GREATEST_SIZE = 2.0**64
MIB = 2**20
NOT_MEASURED = "–"


def parse_size(text: str) -> int:
    """`2MiB`, `512 kB`, `4096`: the same spellings as on splitscope's command line."""
    match = _SIZE.fullmatch(text)
    if not match or match[2] not in _SIZE_UNITS:
        raise ReportError(
            f"size '{shortened(visible(text), 60)}': expected a number with a unit such as 4096, 64KiB or 2MiB"
        )
    size = float(match[1]) * _SIZE_UNITS[match[2]]
    if size > _GREATEST_SIZE:
        raise ReportError(f"size '{shortened(text, 60)}': expected at most 2^64 bytes")
    return round(size)


def three_digits(value: float) -> str:
    """Three significant digits without an exponent, and no digits lost before the point."""
    size = abs(value)
    if size >= 99.95:
        return f"{value:,.0f}"
    if size >= 9.995:
        return f"{value:.1f}"
    return f"{value:.2f}"


def format_bytes(value: float) -> str:
    scaled, unit = float(value), 0
    # 999.5 would print as 1,000: move on to the next unit before that.
    while abs(scaled) >= 999.5 and unit + 1 < len(_BINARY):
        scaled /= 1024
        unit += 1
    if unit == 0:
        return f"{scaled:.1f} B" if scaled % 1 else f"{scaled:.0f} B"
    return f"{three_digits(scaled)} {_BINARY[unit]}"


def format_ms(value: float) -> str:
    if abs(value) >= 60_000:
        return f"{three_digits(value / 60_000)} min"
    if abs(value) >= 1000:
        return f"{three_digits(value / 1000)} s"
    if value and abs(value) < 0.9995:
        return f"{three_digits(value * 1000)} µs"
    return f"{three_digits(value)} ms"


def format_count(value: float) -> str:
    return f"{value:,.1f}" if isinstance(value, float) and value % 1 else f"{value:,.0f}"


def format_ratio(value: float) -> str:
    return f"{three_digits(value)}×" if value >= 0.0995 or value == 0 else f"{value:.3f}×"


_FORMATS = {"bytes": format_bytes, "ms": format_ms, "count": format_count, "ratio": format_ratio}


def format_percent(fraction: float) -> str:
    percent = fraction * 100
    if percent and abs(percent) < 0.05:
        return f"{percent:+.3f} %"
    return f"{percent:+,.1f} %"


def format_measure(key: str, value: float | None) -> str:
    """The value of one measure in its own unit."""
    if value is None:
        return NOT_MEASURED
    unit = measure(key).unit
    if unit == "mb_per_s":
        return f"{three_digits(value)} MB/s"
    if unit == "byte_s":
        return f"{format_bytes(value)} s"
    return _FORMATS[unit](value)


def format_delta(key: str, delta: float) -> str:
    if delta == 0:
        return "0"
    sign = "+" if delta > 0 else "−"
    return sign + format_measure(key, abs(delta))


def format_spread(key: str, low: float, middle: float, high: float) -> str:
    """`12.1 MiB [11.9 .. 12.4]`; the median alone when nothing varies at this precision."""
    texts = [format_measure(key, value) for value in (low, middle, high)]
    if texts[0] == texts[1] == texts[2]:
        return texts[1] if low == high else f"{texts[1]} [spread {format_measure(key, high - low)}]"
    unit = texts[1].partition(" ")[2]
    ends = (texts[0], texts[2])
    if unit and all(text.endswith(" " + unit) for text in ends):
        return (
            f"{texts[1]} [{ends[0].removesuffix(' ' + unit)} .. {ends[1].removesuffix(' ' + unit)}]"
        )
    return f"{texts[1]} [{ends[0]} .. {ends[1]}]"
