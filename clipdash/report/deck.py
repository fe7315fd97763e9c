"""Decks of Stage: prepared comparisons as TOML, read and checked."""

import os
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from clipdash.audit import parse_rule
from clipdash.errors import FileError, InputError, LabelError, QueryError, suggest
from clipdash.labels import LabelSet, read_labels, read_preset
from clipdash.labels.faults import describe_fault, name_kind
from clipdash.labels.files import list_files
from clipdash.labels.wording import check_text, quote_text

__all__ = [
    "Comparison",
    "Deck",
    "Published",
    "PublishedRow",
    "list_decks",
    "load_sets",
    "parse_deck",
    "pick_slide",
    "read_deck",
]

MAX_BYTES = 1024 * 1024
_EXPECTED = {
    "version": "a whole number, 1 or more",
    "before": "the key of a preset, or the path of a label file",
    "after": "the key of a preset, or the path of a label file",
    "by": 'a list of attributes, such as ["age"]',
    "where": 'a table, such as {kind = "person"}',
    "min_n": "a whole number, 1 or more",
    "names": 'two texts, such as ["before", "with *child*"]',
    "rows": 'a list of rows, such as {group = "0-2", before = 0.303, after = 0.023}',
}
_RATES = dict.fromkeys(("before", "after"), "a rate from 0 to 1")
_Texts = Annotated[tuple[str, ...], Field(strict=False)]


def _listify(where: Any) -> Any:
    if not isinstance(where, Mapping):
        return where
    return {attribute: (values,) if isinstance(values, str) else values for attribute, values in where.items()}


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    @field_validator("title", "measure", "source", "group", "name", check_fields=False)
    @classmethod
    def _check_line(cls, text: str) -> str:
        return check_text(text.strip(), "A text of the slide")


_Model = TypeVar("_Model", bound=_Read)


class _Slide(_Read):
    title: str = ""
    measure: str = ""
    names: Annotated[tuple[str, ...], Field(strict=False, min_length=2, max_length=2)] = ("before", "after")


class Comparison(_Slide):
    """A slide that is computed from a store.

    Parameters
    ----------
    title : str
        The headline; empty for that of the finding. Words between asterisks are set in italics, as labels are.
    measure : str
        What the figures are; empty for what the rule says.
    names : tuple of str
        What the key calls the two lists.
    before, after : str
        Key of a preset, or path of a label file from the deck's folder. Without `after` the slide shows one list.
    store : str
        Name of a store; empty for that of the session.
    by : tuple of str
        Attributes to group by; empty for what the list suggests.
    where : mapping of str to tuple of str, optional
        The images kept; None for what the list suggests.
    rule : str
        What counts as misclassified.
    min_n : int, optional
        Groups with fewer judged images are withheld.
    """

    before: str
    after: str | None = None
    store: str = ""
    by: _Texts = ()
    where: Annotated[Mapping[str, _Texts] | None, BeforeValidator(_listify)] = None
    rule: str = "misclassified"
    min_n: int | None = Field(default=None, ge=1, le=1_000_000)

    @field_validator("rule")
    @classmethod
    def _check_rule(cls, rule: str) -> str:
        parse_rule(rule)
        return rule


class PublishedRow(_Read):
    """One published group: rates from 0 to 1."""

    group: str
    before: float = Field(ge=0, le=1)
    after: float = Field(ge=0, le=1)


class Published(_Slide):
    """A slide of printed figures, whose group sizes nobody gave.

    Parameters
    ----------
    title, measure, names
        As of `Comparison`; the title is needed.
    rows : tuple of PublishedRow
        The groups.
    source : str
        Where they were printed.
    """

    title: str
    rows: Annotated[tuple[PublishedRow, ...], Field(strict=False, min_length=1)]
    source: str


class Deck(_Read):
    """Prepared comparisons in the order of showing; `folder` is where its label files lie, None if it may name none."""

    name: str
    version: int = Field(default=1, ge=1)
    note: str = ""
    slides: tuple[Comparison | Published, ...]
    folder: Path | None = None


def list_decks() -> dict[str, Path]:
    """Return the file of every deck by key: of those that come along, and of those in ``$CLIPDASH_DECKS``."""
    with resources.as_file(resources.files("clipdash") / "decks") as folder:
        folders = [folder, *([Path(own)] if (own := os.environ.get("CLIPDASH_DECKS")) else [])]
        return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def read_deck(key: str) -> Deck:
    """Return the deck of that key.

    Raises
    ------
    QueryError
        If there is none; the message names the nearest.
    FileError
        If its file holds no deck; the message names the file, the key and what was expected.
    """
    known = list_decks()
    if key not in known:
        raise QueryError(f'There is no deck "{key}" here. {suggest(key, known)}')
    try:
        content = known[key].read_bytes()
    except OSError as error:
        raise FileError(f"{known[key].name} cannot be read ({error.strerror}).") from None
    return parse_deck(content, known[key].name, known[key].parent)


def parse_deck(content: bytes, name: str, folder: Path | None = None) -> Deck:
    """Read a deck from the content of a file.

    Parameters
    ----------
    content : bytes
        TOML in UTF-8.
    name : str
        Of the file, without its folder: faults are shown on a screen that many see.
    folder : Path, optional
        Where label files named by the deck lie; without it the deck may name presets only.

    Returns
    -------
    Deck

    Raises
    ------
    FileError
        If it is no TOML, or no deck.
    """
    if len(content) > MAX_BYTES:
        raise FileError(f"{name} is larger than {MAX_BYTES // 1024**2} MiB; a deck is a small TOML text.")
    try:
        data = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise FileError(f"{name} is not UTF-8 text; save it as UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise FileError(f"{name} is malformed TOML: {error}.") from None
    try:
        slides = _read_slides(data.pop("slide", []))
        return _check(Deck, {"name": Path(name).stem, **data}, "", slides=slides, folder=folder)
    except InputError as fault:
        raise FileError(f"{name}: {fault}") from None


def _read_slides(entries: Any) -> tuple[Comparison | Published, ...]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise FileError(f'"slide" is {name_kind(entries)}; begin each slide with [[slide]], in two brackets.')
    if not entries:
        raise FileError("There is no slide; begin each one with [[slide]], in two brackets.")
    return tuple(_read_slide(entry, f"Slide {number}: ") for number, entry in enumerate(entries, 1))


def _read_slide(entry: Mapping[str, Any], where: str) -> Comparison | Published:
    return _check(Published, entry, where) if "rows" in entry else _check(Comparison, entry, where)


def _check(model: type[_Model], fields: Mapping[str, Any], where: str, **own: Any) -> _Model:
    """Return the model of what a file says, and of what the file has no say in."""
    keys = [name for name in model.model_fields if name not in own]
    for key in fields:
        if key not in keys:
            raise FileError(f"{where}The key {quote_text(key)} is unknown. {suggest(key, keys)}")
    try:
        return model.model_validate({**fields, **own})
    except ValidationError as error:
        inside = "rows" in error.errors()[0]["loc"][:-1]
        expected = _EXPECTED | (_RATES if inside else {})
        raise FileError(f"{where}{describe_fault(error, [*PublishedRow.model_fields], expected)}") from None
    except InputError as fault:
        raise FileError(f"{where}{fault}") from None


def pick_slide(deck: Deck, number: int) -> Comparison | Published:
    """Return a slide, counted from 1.

    Raises
    ------
    QueryError
        If the deck has no such slide.
    """
    if not 1 <= number <= len(deck.slides):
        count = f"{len(deck.slides)} slide{'' if len(deck.slides) == 1 else 's'}"
        raise QueryError(f"This deck has {count}; slides are numbered from 1 to {len(deck.slides)}.")
    return deck.slides[number - 1]


def load_sets(deck: Deck, slide: Comparison) -> tuple[LabelSet, ...]:
    """Return the one or two label sets of a slide.

    Raises
    ------
    LabelError
        If there is no such preset or file, or it holds no label set.
    """
    keys = [key for key in (slide.before, slide.after) if key is not None]
    if deck.folder is None:
        return tuple(read_preset(key).label_set for key in keys)
    return tuple(_load(deck.folder, key) for key in keys)


def _load(folder: Path, reference: str) -> LabelSet:
    if not reference.endswith(".toml"):
        return read_preset(reference).label_set
    path = folder / reference
    if not path.exists():
        near = suggest(path.name, list_files(path.parent))
        raise LabelError(f"There is no label file {quote_text(reference)} beside the deck. {near}")
    try:
        return read_labels(path)
    except LabelError as fault:  # it begins with the whole path, and many see the screen
        raise LabelError(str(fault).replace(str(path), reference)) from None
