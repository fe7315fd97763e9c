"""Builds in words: how far they are, how long they still take, and how they ended."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clipdash.build import BuildProgress

__all__ = ["say_built", "say_progress", "say_time_left"]

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def say_time_left(seconds: float | None) -> str:
    """Say about how long something still takes; None where that is not known yet.

    Examples
    --------
    >>> say_time_left(170), say_time_left(20), say_time_left(None)
    ('about 3 minutes left', 'less than a minute left', 'the time left is not known yet')
    """
    if seconds is None:
        return "the time left is not known yet"
    if seconds < 0.75 * _MINUTE:
        return "less than a minute left"
    for unit, word, below in ((_MINUTE, "minute", 0.95 * _HOUR), (_HOUR, "hour", 1.5 * _DAY)):
        if seconds < below:
            return f"about {_count(round(seconds / unit) or 1, word)} left"
    return f"about {_count(round(seconds / _DAY), 'day')} left"


def say_progress(progress: "BuildProgress | None") -> str:
    """Say how far a build under way is."""
    if progress is None:
        return "It is under way, and has not said yet how far it is."
    if progress.done >= progress.rows:
        return f"All {_count(progress.rows, 'image')} are done; the store is being put together."
    return f"{progress.done:,} of {_count(progress.rows, 'image')} done, {say_time_left(progress.seconds_left)}."


def say_built(report: Mapping[str, Any]) -> str:
    """Say what a build or an import did, from what ``clipdash build --json`` or ``import --json`` prints."""
    if "built" not in report:
        return _say_imported(report)
    skipped, twice = (len(report.get(name, ())) for name in ("skipped", "duplicates"))
    strange = report.get("unmatched", 0)
    parts = [
        _count(report["built"], "image"),
        f"{_count(skipped, 'row')} of the metadata left out" if skipped else "no row of the metadata left out",
        f"{_count(twice, 'picture')} the same file as another" if twice else "",
        f"{_count(strange, 'picture')} in the folder without a row" if strange else "",
    ]
    note = f" {report['note']}" if report.get("note") else ""
    return f"Finished: {', '.join(part for part in parts if part)}.{note}"


def _say_imported(report: Mapping[str, Any]) -> str:
    left_out = report["left_out"]["count"]
    rest = f", {_count(left_out, 'annotated image')} without scores left out" if left_out else ""
    return " ".join([f"Finished: {_count(report['images'], 'image')} imported{rest}.", *report["notes"]])


def _count(count: int, one: str) -> str:
    return f"{count:,} {one if count == 1 else one + 's'}"
