"""The figures as a table for reading: every cell is text as it is shown, not yet escaped for any markup."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from clipdash.audit import Audit
from clipdash.charts import format_count, format_interval, format_p, format_points, format_rate, format_value
from clipdash.report.phrase import escape_markdown

if TYPE_CHECKING:
    from clipdash.audit import GroupRate, GroupShift, Shift
    from clipdash.charts.frame import Named

__all__ = ["audit_rows", "markdown_table", "name_group", "name_row", "result_rows", "say_missing", "shift_rows"]

_RULERS = {"l": ":--", "r": "--:", "c": ":-:"}


def result_rows(result: "Audit | Shift") -> list[dict[str, str]]:
    """Return the table of either kind of result, with all images in its first row; so it is never empty."""
    if isinstance(result, Audit):
        return [_write_rate(row, result) for row in (result.overall, *result.rows)]
    return [_write_shift(row, result.by) for row in (result.overall, *result.rows)]


def shift_rows(result: "Shift") -> list[dict[str, str]]:
    """Return the table of a comparison, one row a group in the order of the result.

    Parameters
    ----------
    result : Shift
        The comparison.

    Returns
    -------
    list of dict of str to str
        Columns: "Annotated X" for each attribute grouped by, n, Before, After, Shift, 95% interval, No longer, Newly,
        "p, Holm". A withheld row says so under Before and is empty after it.
    """
    return [_write_shift(row, result.by) for row in result.rows]


def audit_rows(result: "Audit") -> list[dict[str, str]]:
    """Return the table of one label set, one row a group: "Annotated X", n, Rate, 95% interval, Misclassified.

    Under a rule that counts something else the last column is named Counted.
    """
    return [_write_rate(row, result) for row in result.rows]


def name_row(row: "Named", by: Sequence[str]) -> dict[str, str]:
    """Return the first cells of a row: what its images are annotated as, and n."""
    return name_group(row.group, by) | {"n": format_count(row.n)}


def name_group(group: Mapping[str, str], by: Sequence[str]) -> dict[str, str]:
    """Return the cells that say what the images of a group are annotated as."""
    names = {f"Annotated {attribute.replace('_', ' ')}": format_value(group.get(attribute, "")) for attribute in by}
    if not group:
        names[next(iter(names))] = "all images"
    return names


def _write_shift(row: "GroupShift", by: Sequence[str]) -> dict[str, str]:
    cells = dict.fromkeys(("Before", "After", "Shift", "95% interval", "No longer", "Newly", "p, Holm"), "")
    if row.before is None or row.after is None or row.shift is None:
        return name_row(row, by) | cells | {"Before": say_missing(row)}
    p = "one way" if row.one_way else format_p(row.p_adjusted)
    return name_row(row, by) | {
        "Before": format_rate(row.before.rate),
        "After": format_rate(row.after.rate),
        "Shift": format_points(row.shift.value),
        "95% interval": format_interval(row.shift.low, row.shift.high),
        "No longer": format_count(row.fixed or 0),
        "Newly": format_count(row.broken or 0),
        "p, Holm": p if row.group else "",
    }


def _write_rate(row: "GroupRate", result: "Audit") -> dict[str, str]:
    counted = "Misclassified" if result.rule.kind == "misclassified" else "Counted"
    if row.side is None:
        return name_row(row, result.by) | {"Rate": say_missing(row), "95% interval": "", counted: ""}
    return name_row(row, result.by) | {
        "Rate": format_rate(row.side.rate),
        "95% interval": f"{format_rate(row.side.low)} to {format_rate(row.side.high)}",
        counted: format_count(row.side.misclassified),
    }


def say_missing(row: "Named") -> str:
    """Return why a row has no figures."""
    return "withheld" if row.n else "no images"


def markdown_table(
    rows: Sequence[Mapping[str, str]], align: str | None = None, links: Sequence[Mapping[str, str]] = ()
) -> str:
    """Write rows as a Markdown table, every cell escaped.

    Parameters
    ----------
    rows : sequence of mapping of str to str
        All with the same columns.
    align : str, optional
        One letter a column, "l", "r" or "c"; by default the columns before "n" left, all others right.
    links : sequence of mapping of str to str, optional
        One mapping a row: the addresses, percent-encoded, that the cells of some columns lead to.

    Returns
    -------
    str
        Empty without rows.

    Raises
    ------
    ValueError
        If `align` does not have a letter for each column.
    """
    if not rows:
        return ""
    columns = list(rows[0])
    left = columns.index("n") if "n" in columns else 1
    letters = align if align is not None else "l" * left + "r" * (len(columns) - left)
    if len(letters) != len(columns):
        raise ValueError(f"{len(letters)} letters of alignment for {len(columns)} columns")
    found = [*links, *[{}] * (len(rows) - len(links))]
    body = [[_write_cell(row[name], found[place].get(name)) for name in columns] for place, row in enumerate(rows)]
    ruler = [_RULERS[letter] for letter in letters]
    return "\n".join(
        f"| {' | '.join(cells)} |" for cells in ([escape_markdown(name) for name in columns], ruler, *body)
    )


def _write_cell(text: str, address: str | None) -> str:
    said = escape_markdown(text)
    return f"[{said}]({address})" if said and address else said
