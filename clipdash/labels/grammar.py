"""The marks of the text form: splitting at them, escaping them, and the claims written with them.

The grammar itself is stated in `clipdash.labels.lines`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from clipdash.errors import LabelError
from clipdash.labels.claims import Claims, freeze_claims
from clipdash.labels.wording import quote_text

_PLAIN_ESCAPE = re.compile(r"\\([\\|=/])")
_CLAIM_ESCAPE = re.compile(r"\\([\\|=/,]|\s)")


def parse_claims(text: str) -> Claims:
    """Read claims alone, as in a cell of a grid editor.

    Parameters
    ----------
    text : str
        Such as ``gender=Female, age=0-2/3-9``; the parts may be separated by ``|`` too. Blank text is no claim.

    Returns
    -------
    Claims
        In the order written.

    Raises
    ------
    LabelError
        If a part has no ``=``, a name or a value is empty, or an attribute is claimed twice.
    """
    claims: dict[str, tuple[str, ...]] = {}
    for field in split_text(text, "|") if text.strip() else ():
        if not has_claim(field):
            raise LabelError(f"{quote_text(field.strip())} is no claim; write it as attribute=value.")
        add_claims(claims, field)
    return freeze_claims(claims)


def format_claims(claims: Mapping[str, Sequence[str]]) -> str:
    """Write claims as :func:`parse_claims` reads them, such as ``gender=Female, age=0-2/3-9``; none gives ``""``."""
    return ", ".join(
        f"{_escape_claim(attribute, '=,')}={'/'.join(_escape_claim(value, '=/') for value in values)}"
        for attribute, values in claims.items()
    )


def add_claims(claims: dict[str, tuple[str, ...]], field: str) -> None:
    """Add the claims of one field to `claims`; LabelError if one is incomplete or about an attribute already there."""
    for raw_attribute, raw_values in _part_claims(field):
        attribute = _unescape_claim(raw_attribute)
        values = tuple(_unescape_claim(value) for value in split_text(raw_values, "/"))
        if not attribute:
            raise LabelError(f"There is no attribute before the = in {quote_text(field.strip())}.")
        if not all(values):
            raise LabelError(
                f"The claim about {quote_text(attribute)} has an empty value; write one after each = and /."
            )
        if attribute in claims:
            raise LabelError(
                f"There are two claims about {quote_text(attribute)}; "
                f"write one, with its values separated by /, as in {attribute}=one/two."
            )
        claims[attribute] = values


def _part_claims(field: str) -> Iterator[tuple[str, str]]:
    """Part a field into raw (attribute, values); the last comma before each further ``=`` separates two claims."""
    attribute, *rest = split_text(field, "=")
    for part in rest[:-1]:
        *values, following = split_text(part, ",")
        if not values:
            raise LabelError(
                f'The claim {quote_text(field.strip())} has two "="; part two claims by a comma, '
                "or write \\= for one that belongs to a value."
            )
        yield attribute, ",".join(values)
        attribute = following
    yield attribute, rest[-1]


def has_claim(field: str) -> bool:
    """Return whether a field holds claims: whether it has an unescaped ``=``."""
    return len(split_text(field, "=")) > 1


def split_text(raw: str, mark: str) -> list[str]:
    """Split at every `mark` that no backslash escapes, without unescaping."""
    if "\\" not in raw:
        return raw.split(mark)
    found = re.finditer(rf"\\.|{re.escape(mark)}", raw)
    starts = [0, *(match.end() for match in found if match.group() == mark)]
    ends = [start - 1 for start in starts[1:]] + [len(raw)]
    return [raw[start:end] for start, end in zip(starts, ends, strict=True)]


def unescape_text(raw: str) -> str:
    """Return a raw text or category without its escapes, trimmed."""
    return _PLAIN_ESCAPE.sub(r"\1", raw.strip())


def _unescape_claim(raw: str) -> str:
    end = len(raw.rstrip())
    backslashes = end - len(raw[:end].rstrip("\\"))
    # After an odd number of backslashes the space that follows is escaped: it belongs to the value.
    return _CLAIM_ESCAPE.sub(r"\1", raw[: end + backslashes % 2].lstrip())


def escape_text(text: str, marks: str) -> str:
    """Return `text` with a backslash before every backslash, ``|`` and character of `marks`."""
    return re.sub(rf"[\\|{marks}]", r"\\\g<0>", text)


def _escape_claim(text: str, marks: str) -> str:
    escaped = escape_text(text, marks)
    if escaped[-1].isspace():
        escaped = f"{escaped[:-1]}\\{escaped[-1]}"
    return f"\\{escaped}" if escaped[0].isspace() else escaped
