"""The rows of a grid editor: labels as cells, with claims written as in the text form."""

from collections.abc import Iterable, Mapping

from clipdash.labels.grammar import format_claims, parse_claims
from clipdash.labels.label_set import Label
from clipdash.labels.lines import place_fault, refuse_repeat


def label_rows(labels: Iterable[Label]) -> list[dict[str, str]]:
    """Return labels as the rows of a grid editor.

    Parameters
    ----------
    labels : iterable of Label
        The labels.

    Returns
    -------
    list of dict
        One a label, with ``text`` and ``category`` as they are (no escapes; no category is ``""``) and ``claims`` as
        :func:`format_claims` writes them.
    """
    return [
        {"text": label.text, "category": label.category or "", "claims": format_claims(label.claims)}
        for label in labels
    ]


def labels_from_rows(rows: Iterable[Mapping[str, object]]) -> tuple[Label, ...]:
    """Read labels from the rows of a grid editor: the inverse of :func:`label_rows`.

    Parameters
    ----------
    rows : iterable of mapping
        With ``text``, ``category`` and ``claims``; a cell that is absent, None or NaN is empty, and a row without any
        content is left out.

    Returns
    -------
    tuple of Label
        In the order of the rows; there may be none, or one.

    Raises
    ------
    LabelError
        If a row cannot be read or repeats an earlier text; its `line` is the row, counted from 1.
    """
    labels = []
    numbers = []
    for number, row in enumerate(rows, 1):
        text, category, claims = (_read_cell(row.get(column)) for column in ("text", "category", "claims"))
        if not (text + category + claims).strip():
            continue
        with place_fault("Row", number):
            labels.append(Label(text=text, category=category.strip() or None, claims=parse_claims(claims)))
        numbers.append(number)
    refuse_repeat("Rows", labels, numbers)
    return tuple(labels)


def _read_cell(value: object) -> str:
    # NaN, by which data frames mark an empty cell, is the one value that differs from itself.
    return "" if value is None or value != value else str(value)  # noqa: PLR0124
