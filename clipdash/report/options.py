"""Options of each image's own as plain data, as a table, as a sheet and in words."""

from typing import TYPE_CHECKING, Any

from clipdash.charts import format_annotation, format_count, format_p, format_rate
from clipdash.report.figures import SCHEMA, read_versions
from clipdash.report.rows import name_group, say_missing
from clipdash.report.sheet import Sheet, gather_rows

if TYPE_CHECKING:
    from clipdash.audit import OptionGroup, OptionResult

__all__ = ["options_json", "options_rows", "options_sheet", "say_options"]

_CALLED = 0.05


def options_json(result: "OptionResult", *, command: str = "") -> dict[str, Any]:
    """Return what images chose among their own options as plain data.

    Parameters
    ----------
    result : OptionResult
        What `measure_options` returned.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        ``options`` says how many pairs there are; every group has ``roles`` (``count``, ``rate``, ``low``, ``high``,
        ``offered``), ``chance``, ``p`` and ``p_adjusted``.
    """
    choices, options = result.choices, result.choices.options
    return {
        "schema": SCHEMA,
        "store": {"name": choices.store.name, "digest": choices.store.digest},
        "variants": [choices.variant],
        "templates": list(choices.templates),
        "templates_apply": bool(choices.templates),
        "options": {
            "name": options.name,
            "pairs": len(options.places),
            "distinct": len(options.texts),
            "fewest": result.fewest,
            "most": result.most,
        },
        "by": list(result.by),
        "n": result.overall.n,
        "ungrouped": result.ungrouped,
        "groups": [_group_json(row) for row in result.rows],
        "overall": _group_json(result.overall),
        "min_n": result.min_n,
        "command": command,
        "versions": dict(read_versions()),
    }


def _group_json(row: "OptionGroup") -> dict[str, Any]:
    head = {"group": dict(row.group), "n": row.n, "withheld": row.withheld}
    if row.withheld:
        return head
    roles = {role: vars(share).copy() for role, share in row.roles.items()}
    return head | {"roles": roles, "chance": row.chance, "p": row.p, "p_adjusted": row.p_adjusted}


def options_rows(result: "OptionResult") -> list[dict[str, str]]:
    """Return the table: all images, then the groups, with the share of each role, chance and p."""
    return [_write_row(row, result) for row in (result.overall, *result.rows)]


def _write_row(row: "OptionGroup", result: "OptionResult") -> dict[str, str]:
    head = (name_group(row.group, result.by) if result.by else {"Images": "all"}) | {"n": format_count(row.n)}
    if row.withheld:
        return head | {"Truth": say_missing(row)}
    shares = {
        role.capitalize(): f"{format_rate(share.rate)} ({format_rate(share.low)} to {format_rate(share.high)})"
        for role, share in row.roles.items()
    }
    tests = {"Chance": format_rate(row.chance), "p": format_p(row.p), "p, Holm": format_p(row.p_adjusted)}
    return head | shares | tests


def options_sheet(result: "OptionResult") -> Sheet:
    """Return a row for each group and role; all images have no annotation named."""
    data = options_json(result)
    rows = []
    for row in (data["overall"], *data["groups"]):
        named = {f"annotated:{name}": value for name, value in row["group"].items()}
        named |= {name: row.get(name) for name in ("n", "withheld", "chance", "p", "p_adjusted")}
        rows += [named | {"role": role} | share for role, share in row.get("roles", {}).items()] or [named]
    return gather_rows(rows, [f"annotated:{name}" for name in result.by])


def say_options(result: "OptionResult") -> list[str]:
    """Say what the images chose, one sentence a line."""
    whole, options = result.overall, result.choices.options
    number = f"{result.fewest:,}" if result.fewest == result.most else f"{result.fewest:,} to {result.most:,}"
    truth, close = whole.roles["truth"], whole.roles["close"]
    said = [
        f"{format_rate(truth.rate)} of {whole.n:,} images (exact interval {format_rate(truth.low)} to "
        f"{format_rate(truth.high)}) score highest with the truth among {number} options of their own."
    ]
    if close.offered:
        said.append(
            f"{close.count:,} of the {close.offered:,} images that have a close option choose one "
            f"({format_rate(close.rate)} of all, {format_rate(close.low)} to {format_rate(close.high)})."
        )
    said += [_say_chance(row) for row in (whole, *result.rows) if not row.withheld]
    said.append(
        f"Only the options of {options.name} compete, each image's own; of equal scores the option listed first counts."
    )
    return said


def _say_chance(row: "OptionGroup") -> str:
    p = row.p if row.p_adjusted is None else row.p_adjusted
    name = f"Images {format_annotation(row.group)}" if row.group else "All images"
    truth = row.roles["truth"].rate
    apart = p is not None and p <= _CALLED
    side = ("above" if truth > (row.chance or 0) else "below") if apart else "not told apart from"
    test = "exact binomial p" if row.p_adjusted is None else "exact binomial p, Holm,"
    blind = f"the {format_rate(row.chance)} of a blind choice"
    return f"{name}: {format_rate(truth)} is {side} {blind} ({test} {format_p(p)})."
