"""A result that was kept beside one computed now: what is the same, and what is not."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from clipdash.charts import format_count, format_interval, format_points, format_rate
from clipdash.report.rows import name_group

__all__ = ["recheck_rows", "say_recheck"]

_Data = Mapping[str, Any]
_SHOWN = 12  # characters of a digest


def recheck_rows(saved: _Data, now: _Data | None = None) -> list[dict[str, str]]:
    """Return the headline figures of a result that was kept, and those of today beside them.

    Parameters
    ----------
    saved : mapping
        What `to_json` returned then.
    now : mapping, optional
        What it returns today.

    Returns
    -------
    list of dict of str to str
        All images, then one row a group: what it is annotated as, n, and of either day "Rate", or of a comparison
        "Rates" before and after and "Shift" in points, each with its interval; with `now` also Figures, whether they
        are the same.
    """
    groups = _list_groups(saved)
    today = {} if now is None else _list_groups(now)
    rows = []
    for key in dict.fromkeys([*groups, *today]):
        then, other = groups.get(key), today.get(key)
        row = name_group(json.loads(key), saved["by"])
        if now is None:
            rows.append(row | {"n": _write_n(then)} | _write(saved, then, "saved"))
            continue
        n = _write_n(then) if _write_n(then) == _write_n(other) else f"{_write_n(then)}, now {_write_n(other)}"
        figures = {"Figures": "the same" if _agrees(then, other) else "differ"}
        rows.append(row | {"n": n} | _write(saved, then, "saved") | _write(saved, other, "today") | figures)
    return rows


def say_recheck(saved: _Data, now: _Data) -> tuple[str, ...]:
    """Say whether figures, store and versions are those of then: a sentence each, as plain text.

    Parameters
    ----------
    saved, now : mapping
        What `to_json` returned then and returns today.
    """
    return (_say_figures(saved, now), _say_store(saved["store"], now["store"]), _say_versions(saved, now))


def _list_groups(data: _Data) -> dict[str, _Data]:
    """Return every group by what it is annotated as; all images are the group without any."""
    return {json.dumps(group["group"], sort_keys=True): group for group in (data["overall"], *data["groups"])}


def _write_n(group: _Data | None) -> str:
    return "–" if group is None else format_count(group["n"])


def _write(saved: _Data, group: _Data | None, when: str) -> dict[str, str]:
    """Return the cells of a group on one of both days."""
    names = [f"Rate {when}"] if "label_set" in saved else [f"Rates {when}", f"Shift {when}"]
    if group is None or not group["n"]:
        return dict.fromkeys(names, "no images")
    if group["withheld"]:
        return dict.fromkeys(names, "withheld")
    return dict(zip(names, _write_rate(group) if len(names) == 1 else _write_shift(group), strict=True))


def _write_rate(group: _Data) -> tuple[str]:
    return (f"{format_rate(group['rate'])} ({format_rate(group['low'])} to {format_rate(group['high'])})",)


def _write_shift(group: _Data) -> tuple[str, str]:
    rates = " → ".join(format_rate(group[side]["rate"]) for side in ("before", "after"))
    shift = group["shift"]
    return rates, f"{format_points(shift['value'])} ({format_interval(shift['low'], shift['high'])})"


def _agrees(then: Any, now: Any) -> bool:
    """Say whether today's data hold all that was kept, to the last digit; a later version may add to it."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        return all(name in now and _agrees(value, now[name]) for name, value in then.items())
    if isinstance(then, Sequence) and isinstance(now, Sequence) and not isinstance(then, str):
        return len(then) == len(now) and all(map(_agrees, then, now))
    return bool(then == now)


def _say_figures(saved: _Data, now: _Data) -> str:
    then, today = _list_groups(saved), _list_groups(now)
    keys = {*then, *today}
    apart = sum(not _agrees(then.get(key), today.get(key)) for key in keys)
    if not apart:
        rest = _agrees(saved.get("gap"), now.get("gap")) and _agrees(saved.get("flows"), now.get("flows"))
        return "Every figure is the same to the last digit." if rest else "Every rate is the same; gap or flows differ."
    return f"Figures differ in {apart:,} of {len(keys):,} rows."


def _say_store(then: _Data | None, now: _Data | None) -> str:
    if then is None or now is None:
        return "No store was read."
    if then["digest"] == now["digest"]:
        return f"The store is the same, {now['name']} ({then['digest'][:_SHOWN]}…)."
    return (
        f"The store has changed: it was {then['name']} ({then['digest'][:_SHOWN]}…) and is {now['name']} "
        f"({now['digest'][:_SHOWN]}…)."
    )


def _say_versions(saved: _Data, now: _Data) -> str:
    then, today = saved["versions"], now["versions"]
    apart = [
        f"{name} was {then.get(name, 'absent')} and is {today.get(name, 'absent')}"
        for name in dict.fromkeys([*then, *today])
        if then.get(name) != today.get(name)
    ]
    return f"Versions differ: {'; '.join(apart)}." if apart else "The versions of all packages are the same."
