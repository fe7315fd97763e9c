"""What a page asks: the settings and both lists of labels, as one frozen value, and its form in an address."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from clipdash.audit import parse_rule
from clipdash.errors import InputError, QueryError
from clipdash.labels import DEFAULT_TEMPLATES

__all__ = ["LONGEST_ADDRESS", "VERSION", "Question", "measure_address", "read_address", "write_address"]

#: Raised when an old link could no longer mean the same.
VERSION = "1"
#: Characters, percent-encoded, that browsers, mail programs and proxies still carry.
LONGEST_ADDRESS = 8_000

_EVERY = "*"
_FILTER = "where."
_SINGLE = ("store", "before", "after", "rule", "min_n")
#: Stands in a link that leaves its lists out, since they are too long for one.
LEFT_OUT = "lists"
_KNOWN = frozenset({"v", *_SINGLE, "by", "template", "flagged", "cluster", "together", LEFT_OUT})


class Question(BaseModel):
    """Everything that decides what a page shows.

    Parameters
    ----------
    store : str
        Name of the store; empty until one is chosen.
    before, after : str
        Both lists of labels as typed, one label a line. A page that shows one set shows `before`.
    by : tuple of str
        Attributes to group by.
    where : mapping of str to tuple of str
        Attribute to the values of the images kept.
    rule : str
        What counts as misclassified.
    min_n : int
        Groups with fewer judged images are withheld.
    templates : tuple of str
        The prompt templates of both lists.
    flagged : tuple of str, optional
        The flagged categories of both lists; None means every category that is typed.
    cluster : str
        The attribute by which images hang together; empty where each counts by itself.
    together : bool
        Whether the intervals of all groups are to hold together.
    """

    model_config = ConfigDict(frozen=True)

    store: str = ""
    before: str = ""
    after: str = ""
    by: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = {}
    rule: str = "misclassified"
    min_n: Annotated[int, Field(ge=1, le=1_000_000)] = 30
    templates: tuple[str, ...] = DEFAULT_TEMPLATES
    flagged: tuple[str, ...] | None = None
    cluster: str = ""
    together: bool = False

    def change(self, **fields: Any) -> "Question":
        """Return a question with some fields changed."""
        return Question(**(dict(self) | fields))


def write_address(question: Question) -> dict[str, list[str]]:
    r"""Return the query parameters of a link to a question: a version and every value, defaults too.

    Parameters
    ----------
    question : Question
        What the link is to show.

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
    return {
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
    }


def _escape(category: str) -> str:
    return f"\\{category}" if category == _EVERY or category.startswith("\\") else category


def measure_address(address: Mapping[str, Sequence[str]]) -> int:
    """Return the length of a query string in characters, percent-encoded."""
    return len(urlencode(address, doseq=True))


def read_address(address: Mapping[str, Sequence[str]], default: Question) -> tuple[Question, str | None]:
    """Read the question that a link asks; what the link does not say, or says wrongly, is taken from `default`.

    Parameters
    ----------
    address : mapping of str to sequence of str
        Query parameters; unknown ones are left alone, since Streamlit has some of its own.
    default : Question
        The opening question.

    Returns
    -------
    question : Question
    fault : str or None
        What could not be read, and what stands in its place, in one or two sentences.

    Raises
    ------
    QueryError
        If the link is of another version.
    """
    if not any(name in _KNOWN or name.startswith(_FILTER) for name in address):
        return default, None
    version = next(iter(address.get("v", ())), VERSION)
    if version != VERSION:
        raise QueryError(f'This link is of version "{version}" and this clipdash reads version {VERSION}.')
    found, faults = dict(_read_fields(address)), []
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
    return default.change(**found), next(iter(faults), None)


def _read_fields(address: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Any]]:
    for name in ("store", "before", "after", "rule"):
        if address.get(name):
            yield name, address[name][-1]
    if address.get("min_n"):
        yield "min_n", address["min_n"][-1]
    if address.get("by"):
        yield "by", tuple(dict.fromkeys(filter(None, address["by"])))
    filters = {name.removeprefix(_FILTER): values for name, values in address.items() if name.startswith(_FILTER)}
    if filters or "v" in address:
        yield "where", {name: tuple(dict.fromkeys(values)) for name, values in filters.items() if values}
    if address.get("template"):
        yield "templates", tuple(filter(None, address["template"]))
    if "v" in address or address.get("cluster"):
        yield "cluster", next(iter(address.get("cluster", ())), "")
    if "v" in address or address.get("together"):
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
