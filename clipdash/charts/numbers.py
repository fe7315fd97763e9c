"""How numbers and annotations are written: once, for charts, sentences and tables."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from math import isnan

__all__ = [
    "MISSING",
    "format_annotation",
    "format_count",
    "format_group",
    "format_interval",
    "format_p",
    "format_percent",
    "format_points",
    "format_rate",
    "format_signed",
    "format_size",
    "format_value",
    "round_points",
]

#: Stands where a number is undefined.
MISSING = "–"

_MINUS, _JOINER = "\u2212", "\u2060"
_RANGE = re.compile(r"(\d+)\s*[-–]\s*(\d+)")


def format_rate(rate: float | None) -> str:
    """Write a rate from 0 to 1 with one decimal and a percent sign.

    Exactly none and exactly all alone read 0.0% and 100.0%: what only rounds there is "< 0.1%" or "> 99.9%".

    Examples
    --------
    >>> format_rate(0.2865), format_rate(0.0001)
    ('28.7%', '< 0.1%')
    """
    if rate is None:
        return MISSING
    text = f"{_round_half(100 * rate, 1):.1f}%"
    if text == "0.0%" and rate > 1e-9:
        return "< 0.1%"
    return "> 99.9%" if text == "100.0%" and rate < 1 - 1e-9 else text


def round_points(difference: float) -> float:
    """Return a difference of two rates in points, rounded to what is written; never minus zero."""
    return _round_half(100 * difference, 1) + 0.0


def format_percent(rate: float) -> str:
    """Write a rate as a whole number of percent, without the sign."""
    return f"{_round_half(100 * rate, 0):.0f}"


def _round_half(number: float, digits: int) -> float:
    """Round a half away from 0, as readers do; the detour takes the error of binary fractions away first."""
    exact = Decimal(repr(round(number, 9)))
    return float(exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))


def format_points(difference: float | None) -> str:
    """Write a difference of two rates in points, with its sign (a true minus, U+2212).

    Examples
    --------
    >>> format_points(0.066), format_points(-0.0001)
    ('+6.6', '0.0')
    """
    if difference is None:
        return MISSING
    points = round_points(difference)
    sign = "+" if points > 0 else _MINUS if points < 0 else ""
    return f"{sign}{abs(points):,.1f}"


def format_size(difference: float | None) -> str:
    """Write the size of a difference of two rates in points, without a sign."""
    return MISSING if difference is None else f"{abs(round_points(difference)):,.1f}"


def format_interval(low: float | None, high: float | None) -> str:
    """Write an interval of a difference in points; "to" and no dash, since either end may be negative."""
    return MISSING if low is None or high is None else f"{format_points(low)} to {format_points(high)}"


def format_signed(number: float, digits: int) -> str:
    """Write a number with so many decimals and its sign (a true minus, U+2212); a dash where it is NaN.

    Examples
    --------
    >>> format_signed(0.123, 2), format_signed(-0.001, 2)
    ('+0.12', '0.00')
    """
    if isnan(number):
        return MISSING
    text = f"{abs(number):.{digits}f}"
    sign = "" if float(text) == 0 else "+" if number > 0 else _MINUS
    return f"{sign}{text}"


def format_count(count: int) -> str:
    """Write a count with a comma every three digits."""
    return f"{count:,}"


def format_p(p: float | None) -> str:
    """Write a p value with three decimals, or "< 0.001"."""
    if p is None:
        return MISSING
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def format_value(value: str) -> str:
    r"""Write an annotated value: a range of numbers gets an en dash that no line break can part.

    Examples
    --------
    >>> format_value("10-19").replace("\u2060", "")
    '10–19'
    """
    found = _RANGE.fullmatch(value.strip())
    return f"{found[1]}{_JOINER}–{_JOINER}{found[2]}" if found else " ".join(value.split())


def format_group(group: Mapping[str, str]) -> str:
    """Write a group as its values: "0–2", or "Female · 0–2" for an intersection."""
    return " · ".join(map(format_value, group.values())) or "all images"


def format_annotation(group: Mapping[str, str]) -> str:
    """Write a group with its attributes: "annotated as age 0–2 and skin tone dark"; never that anyone is so."""
    pairs = [f"{attribute.replace('_', ' ')} {format_value(value)}" for attribute, value in group.items()]
    return f"annotated as {' and '.join(pairs)}" if pairs else "all images"
