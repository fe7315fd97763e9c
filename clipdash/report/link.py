"""A question as an address: readable where it is short, compressed where it is long, and read back with care."""

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as DecodingError
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from pydantic import TypeAdapter, ValidationError

from clipdash.audit import parse_rule
from clipdash.errors import InputError, QueryError
from clipdash.report.question import Question

__all__ = [
    "DRAFT",
    "LONGEST_ADDRESS",
    "VERSION",
    "pack_address",
    "read_address",
    "read_state",
    "say_faults",
    "sign_address",
    "unpack_address",
    "write_address",
]

#: Raised when an old link could no longer mean the same.
VERSION = "1"
#: Characters, percent-encoded, up to which a link stays readable, and that browsers, mail programs and proxies carry.
READABLE_ADDRESS, LONGEST_ADDRESS = 2_000, 8_000
#: Characters of a store's digest that a link carries.
STATE = 16
#: Names the draft that keeps the lists of a link which they are too long for.
DRAFT = "draft"

_EVERY = "*"
_FILTER = "where."
_PACKED, _STATE, _SUM = "z", "state", "sum"
#: Bytes of an unpacked link: more is no link of ours.
_MOST = 256 * 1024
_SINGLE = ("store", "before", "after", "rule", "min_n")
_ASKED = frozenset({*_SINGLE, "by", "template", "flagged", "cluster", "together"})
_KNOWN = _ASKED | {"v", _SUM}
_MOST_FAULTS = 4
_ADDRESS = TypeAdapter(dict[str, list[str]])


def write_address(question: Question, digest: str = "") -> dict[str, list[str]]:
    r"""Return the query parameters of a link to a question: a version, a sum of the rest and every value, defaults too.

    Parameters
    ----------
    question : Question
        What the link is to show.
    digest : str
        Of the store as it is now; the link carries its first `STATE` characters, so that a change can be told.

    Returns
    -------
    dict of str to list of str
        ``flagged=*`` stands for every category; a category that is itself ``*`` or begins with ``\`` gets a ``\``.

    Examples
    --------
    >>> write_address(Question(store="emoji", where={"art": ("3D",)}))["where.art"]
    ['3D']
    """
    flagged = [_EVERY] if question.flagged is None else [_escape(category) for category in question.flagged]
    return sign_address(
        {
            "v": [VERSION],
            "store": [question.store],
            "before": [question.before],
            "after": [question.after],
            "by": list(question.by) or [""],
            **{f"{_FILTER}{name}": list(values) for name, values in sorted(question.where.items()) if values},
            "rule": [question.rule],
            "min_n": [str(question.min_n)],
            "template": list(question.templates) or [""],
            "flagged": flagged or [""],
            **({"cluster": [question.cluster]} if question.cluster else {}),
            **({"together": ["1"]} if question.together else {}),
            **({_STATE: [digest[:STATE]]} if digest else {}),
        }
    )


def sign_address(address: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return an address with the sum of what it asks right after its version, so that what is cut off is missed.

    Parameters
    ----------
    address : mapping of str to sequence of str
        Query parameters, not compressed; a sum that is there is replaced.

    Returns
    -------
    dict of str to list of str
    """
    rest = {name: list(values) for name, values in address.items() if name not in ("v", _SUM)}
    return {"v": list(address.get("v", (VERSION,))), _SUM: [_sum_up(rest)], **rest}


def _sum_up(address: Mapping[str, Sequence[str]]) -> str:
    """Return eight digits that change with anything that a link says of its question, in whatever order it does."""
    said = sorted((name, list(values)) for name, values in address.items() if _asks(name) or name == _STATE)
    return sha256(json.dumps(said).encode()).hexdigest()[:8]


def _asks(name: str) -> bool:
    return name in _ASKED or name.startswith(_FILTER)


def _escape(category: str) -> str:
    return f"\\{category}" if category == _EVERY or category.startswith("\\") else category


def pack_address(address: Mapping[str, Sequence[str]]) -> dict[str, list[str]] | None:
    """Return a link that fits: as it is where it is short, else compressed into one parameter.

    Parameters
    ----------
    address : mapping of str to sequence of str
        Query parameters, as `write_address` gives them.

    Returns
    -------
    dict of str to list of str, or None
        None where even compressed (zlib, base64url of JSON) it is longer than `LONGEST_ADDRESS` characters.
    """
    plain = {name: list(values) for name, values in address.items()}
    if _measure(plain) <= READABLE_ADDRESS:
        return plain
    content = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    packed = {"v": [VERSION], _PACKED: [urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")]}
    fitting = packed if _measure(packed) < _measure(plain) else plain
    return fitting if _measure(fitting) <= LONGEST_ADDRESS else None


def _measure(address: Mapping[str, Sequence[str]]) -> int:
    return len(urlencode(address, doseq=True))


def unpack_address(address: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """Return the query parameters of a link, compressed or not; parameters that stand beside count first.

    Raises
    ------
    QueryError
        If what is compressed is damaged, or is longer than any question.
    """
    if not address.get(_PACKED):
        return address
    text = address[_PACKED][-1]
    try:
        reader = zlib.decompressobj()
        content = reader.decompress(urlsafe_b64decode(text + "=" * (-len(text) % 4)), _MOST)
        if not reader.eof:
            raise ValueError("too long, or cut off")
        found = _ADDRESS.validate_json(content, strict=True)
    except (ValueError, DecodingError, zlib.error, ValidationError):
        raise QueryError("This link is damaged: a part of it is missing or was changed. Ask for it anew.") from None
    return found | {name: values for name, values in address.items() if name != _PACKED}


def read_state(address: Mapping[str, Sequence[str]]) -> str:
    """Return the digest of the store that a link was made on, as far as the link carries it; else nothing."""
    return next(iter(address.get(_STATE, ())), "")


def read_address(address: Mapping[str, Sequence[str]], default: Question) -> tuple[Question, tuple[str, ...]]:
    """Read the question that a link asks; what the link does not say, or says wrongly, is taken from `default`.

    Parameters
    ----------
    address : mapping of str to sequence of str
        Query parameters, unpacked; unknown ones are left alone, since Streamlit has some of its own.
    default : Question
        The opening question.

    Returns
    -------
    question : Question
    faults : tuple of str
        What could not be read, and what stands in its place, in one or two sentences each.

    Raises
    ------
    QueryError
        If the link is of another version.
    """
    if not any(name in _KNOWN or name.startswith(_FILTER) for name in address):
        return default, ()
    version = next(iter(address.get("v", ())), VERSION)
    if version != VERSION:
        raise QueryError(f'This link is of version "{version}" and this clipdash reads version {VERSION}.')
    broken = _SUM in address and list(address[_SUM]) != [_sum_up(address)]
    faults = [_say_broken(address)] if broken else []
    found = dict(_read_fields(address, whole="v" in address and not broken))
    if "rule" in found:
        try:
            parse_rule(found["rule"])
        except InputError as error:
            faults.append(f'{error} The rule "{default.rule}" is used instead.')
            del found["rule"]
    if "min_n" in found:
        count = _read_count(found["min_n"])
        if count is None:
            faults.append(
                f'This link asks for a minimum n of "{found["min_n"]}"; it must be a whole number from 1 to 1,000,000. '
                f"{default.min_n} is used instead."
            )
        found["min_n"] = count or default.min_n
    return default.change(**found), tuple(faults)


def _say_broken(address: Mapping[str, Sequence[str]]) -> str:
    kept = ", or the lists that were kept for it have changed" if address.get(DRAFT) else ""
    return (
        f"This link was cut short or edited since it was made{kept}. What it says is shown; the rest is as it would be "
        "without the link."
    )


def say_faults(faults: Sequence[str]) -> str | None:
    """Put what is wrong with a link into one text: the first four, and how many more there are; None without any."""
    told = [*dict.fromkeys(faults)]
    more = [f"And {len(told) - _MOST_FAULTS:,} more."] if len(told) > _MOST_FAULTS else []
    return " ".join([*told[:_MOST_FAULTS], *more]) or None


def _read_fields(address: Mapping[str, Sequence[str]], whole: bool) -> Iterator[tuple[str, Any]]:
    """Yield what a link says; of one that is known to be whole, what it does not say is said too."""
    for name in ("store", "before", "after", "rule"):
        if address.get(name):
            yield name, address[name][-1]
    if address.get("min_n"):
        yield "min_n", address["min_n"][-1]
    if address.get("by"):
        yield "by", tuple(dict.fromkeys(filter(None, address["by"])))
    filters = {name.removeprefix(_FILTER): values for name, values in address.items() if name.startswith(_FILTER)}
    if filters or whole:
        yield "where", {name: tuple(dict.fromkeys(values)) for name, values in filters.items() if values}
    if address.get("template"):
        yield "templates", tuple(filter(None, address["template"]))
    if whole or address.get("cluster"):
        yield "cluster", next(iter(address.get("cluster", ())), "")
    if whole or address.get("together"):
        yield "together", list(address.get("together", ())) == ["1"]
    if address.get("flagged"):
        yield "flagged", _read_flagged(address["flagged"])


def _read_flagged(values: Sequence[str]) -> tuple[str, ...] | None:
    if list(values) == [_EVERY]:
        return None
    return tuple(value.removeprefix("\\") if value.startswith("\\") else value for value in values if value)


def _read_count(text: str) -> int | None:
    try:
        count = int(text)
    except ValueError:
        return None
    return count if 1 <= count <= 1_000_000 else None
