r"""The text form of labels: one label a line, as typed in the app.

Grammar::

    line   = text { "|" field }          blank lines are left out
    field  = category | claim { "," claim }
    claim  = attribute "=" value { "/" value }

A field with an unescaped ``=`` holds claims, a field without one is the category (at most one a line); they may come in
any order. ``\`` before ``|``, ``=``, ``/`` or ``\`` takes that character as it is; before any other it is
itself, with two additions inside claims: ``\,`` is a comma, and ``\`` before a space keeps that space at an end of an
attribute or value, which are trimmed otherwise.

The text is everything before the first ``|``, so a ``=`` or ``/`` in it needs no escape. In a field with several
``=``, the last unescaped comma before each further ``=`` parts two claims; every other comma belongs to the value
(``born=Paris, France, age=3-9`` are two claims). :func:`format_labels` writes text, category and then all claims in one
field, and :func:`parse_lines` reads that back to equal labels.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from clipdash.errors import LabelError
from clipdash.labels.grammar import add_claims, escape_text, format_claims, has_claim, split_text, unescape_text
from clipdash.labels.label_set import Label, LabelSet, check_most
from clipdash.labels.template import DEFAULT_TEMPLATES
from clipdash.labels.wording import find_repeat, quote_text

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


def parse_labels(
    text: str,
    *,
    name: str = "typed",
    templates: Sequence[str] = DEFAULT_TEMPLATES,
    flagged: Sequence[str] | None = None,
) -> LabelSet:
    r"""Read a label set from typed text, one label a line.

    Parameters
    ----------
    text : str
        Lines such as ``man | gender=Male``, ``thief | crime``, ``girl | gender=Female, age=0-2/3-9``; blank lines are
        left out. The module's documentation gives the grammar.
    name : str
        The set's name.
    templates : sequence of str
        The prompt templates, since the text form carries none.
    flagged : sequence of str, optional
        The flagged categories; by default every category typed.

    Returns
    -------
    LabelSet
        The set, with labels in the order of the lines.

    Raises
    ------
    LabelError
        If a line cannot be read, or the set is none; its `line` counts from 1, or is None if no line is at fault.

    Examples
    --------
    >>> parse_labels("man | gender=Male\nthief | crime").flagged
    ('crime',)
    """
    labels = parse_lines(text)
    if flagged is None:
        flagged = [label.category for label in labels if label.category is not None]
    return LabelSet(name=name, templates=tuple(templates), flagged=tuple(flagged), labels=labels)


def parse_lines(text: str) -> tuple[Label, ...]:
    """Read the labels of typed text, without asking that they make a set: there may be none, or one.

    Parameters
    ----------
    text : str
        One label a line, as for :func:`parse_labels`.

    Returns
    -------
    tuple of Label
        In the order of the lines.

    Raises
    ------
    LabelError
        If a line cannot be read or repeats an earlier text, or there are more than 4,096.
    """
    numbered = [(number, line) for number, line in enumerate(_LINE_BREAK.split(text), 1) if line.strip()]
    check_most(len(numbered))
    labels = []
    for number, line in numbered:
        with place_fault("Line", number):
            labels.append(_parse_line(line))
    refuse_repeat("Lines", labels, [number for number, _ in numbered])
    return tuple(labels)


def format_labels(labels: Iterable[Label]) -> str:
    r"""Write labels as text, one a line: the inverse of :func:`parse_lines`.

    Parameters
    ----------
    labels : iterable of Label
        The labels.

    Returns
    -------
    str
        One line a label, without a line break at the end.

    Examples
    --------
    >>> format_labels([Label(text="thief", category="crime"), Label(text="girl", claims={"age": ("0-2", "3-9")})])
    'thief | crime\ngirl | age=0-2/3-9'
    """
    return "\n".join(_format_line(label) for label in labels)


@contextmanager
def place_fault(unit: str, number: int) -> Iterator[None]:
    """Say in a LabelError raised inside at which line or row it happened."""
    try:
        yield
    except LabelError as fault:
        raise LabelError(f"{unit} {number}: {fault}", number) from None


def refuse_repeat(unit: str, labels: Sequence[Label], numbers: Sequence[int]) -> None:
    """Raise LabelError if two labels have the same text, naming the lines or rows that `numbers` gives them."""
    repeat = find_repeat(label.text for label in labels)
    if repeat:
        first, second = (numbers[position] for position in repeat)
        text = quote_text(labels[repeat[0]].text)
        raise LabelError(f"{unit} {first} and {second} are both {text}; a text can be in a set only once.", second)


def _parse_line(line: str) -> Label:
    text, *fields = split_text(line, "|")
    if not text.strip():
        raise LabelError("There is no label before the first |; write the label's text there.")
    category: str | None = None
    claims: dict[str, tuple[str, ...]] = {}
    for field in fields:
        if not field.strip():
            raise LabelError("There is nothing after a |; write a category or a claim there, or leave the | out.")
        if has_claim(field):
            add_claims(claims, field)
        elif category is not None:
            found = quote_text(unescape_text(field))
            raise LabelError(
                f"There are two categories, {quote_text(category)} and {found}; "
                "a label has at most one, and a claim is written attribute=value."
            )
        else:
            category = unescape_text(field)
    return Label(text=unescape_text(text), category=category, claims=claims)


def _format_line(label: Label) -> str:
    fields = [escape_text(label.text, "=")]
    if label.category is not None:
        fields.append(escape_text(label.category, "="))
    if label.claims:
        fields.append(format_claims(label.claims))
    return " | ".join(fields)
