"""Options of each image's own, read from a file: one truth, and others that may be close to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NoReturn, get_args

import numpy as np
from numpy.typing import NDArray

from clipdash.errors import FileError, LabelError, suggest
from clipdash.labels import check_text, fold_text
from clipdash.store import IMAGE_ID, UTF8, Readable, Rows, open_rows

__all__ = ["ROLES", "TRUTH", "Options", "Role", "read_options"]

Role = Literal["truth", "close", "other"]
ROLES: tuple[Role, ...] = get_args(Role)
TRUTH = ROLES.index("truth")

_COLUMNS = (IMAGE_ID, "option", "role")


@dataclass(frozen=True, eq=False)
class Options:
    """P pairs of an image and an option of its own, image by image in the order of the file.

    Parameters
    ----------
    name : str
        The file's.
    rows : ndarray of int64, shape (I,)
        Row of each image in the store.
    starts : ndarray of int64, shape (I + 1,)
        Where each image's pairs begin, and P at the end.
    texts : tuple of T str
        The distinct options.
    places : ndarray of int64, shape (P,)
        The option of each pair, in `texts`.
    roles : ndarray of int64, shape (P,)
        The role of each pair, in `ROLES`.
    """

    name: str
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    texts: tuple[str, ...]
    places: NDArray[np.int64]
    roles: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many options each image has, shape (I,)."""
        return np.diff(self.starts)

    @cached_property
    def offered(self) -> NDArray[np.bool_]:
        """Whether each image has an option of each role, shape (I, 3)."""
        image = np.repeat(np.arange(len(self.rows)), self.sizes)
        found = np.zeros((len(self.rows), len(ROLES)), dtype=bool)
        found[image, self.roles] = True
        return found


def read_options(path: Readable, known: Sequence[str], encoding: str = UTF8) -> Options:
    """Read the options of each image.

    Parameters
    ----------
    path : Path or Upload
        CSV with the columns image_id, option and role (truth, close or other), one row an option. The rows of an image
        need not stand together, and not every image of the store needs any.
    known : sequence of N str
        The ids of the store's images, in its order.
    encoding : str
        Of the file.

    Returns
    -------
    Options

    Raises
    ------
    FileError
        The message names the file and the line: a column is missing, an image is not in the store, a role is none of
        the three, an option is blank or repeated, or an image has fewer than two options or not exactly one truth.
    """
    with open_rows(path, encoding, ", ".join(_COLUMNS)) as file:
        texts, pairs = _read_pairs(file, {image_id: row for row, image_id in enumerate(known)})
    _, first, place = np.unique(pairs[:, 0], return_index=True, return_inverse=True)
    image = np.argsort(np.argsort(first))[place]  # images as they first occur in the file
    pairs = pairs[np.argsort(image, kind="stable")]
    starts = np.concatenate([[0], np.cumsum(np.bincount(image))])
    options = Options(path.name, pairs[starts[:-1], 0], starts, texts, pairs[:, 1], pairs[:, 2])
    _check_images(options, path, pairs[:, 3], known)
    return options


def _read_pairs(file: Rows, rows: dict[str, int]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the distinct options, and row, option, role and line of each pair, shape (P, 4)."""
    for name in _COLUMNS:
        if name not in file.names:
            raise FileError(
                f'{file.path} has no column "{name}"; expected {", ".join(_COLUMNS)}. {suggest(name, file.names)}'
            )
    at = [file.names.index(name) for name in _COLUMNS]
    texts: list[str] = []
    known: dict[str, int] = {}
    pairs: list[tuple[int, int, int, int]] = []
    for line, cells in file.rows:
        image_id, text, role = (cells[place] for place in at)
        where = f"{file.path}: line {line}"
        if image_id not in rows:
            raise FileError(f'{where} names the image "{image_id}", which the store does not have.')
        if role.strip() not in ROLES:
            raise FileError(f'{where} has the role "{role}"; expected {", ".join(ROLES[:-1])} or {ROLES[-1]}.')
        place = known.setdefault(fold_text(_check_option(text, where)), len(texts))
        if place == len(texts):
            texts.append(text.strip())
        pairs.append((rows[image_id], place, ROLES.index(role.strip()), line))
    if not pairs:
        raise FileError(f"{file.path} has a head line and no row.")
    return tuple(texts), np.array(pairs, dtype=np.int64)


def _check_option(text: str, where: str) -> str:
    if not text.strip():
        raise FileError(f"{where} has a blank option; write the text that the image may be given.")
    try:
        return check_text(text, f"{where}: the option")
    except LabelError as error:
        raise FileError(str(error)) from None


def _check_images(options: Options, path: Readable, lines: NDArray[np.int64], known: Sequence[str]) -> None:
    """Refuse the first image in the file that cannot be asked."""
    image = np.repeat(np.arange(len(options.rows)), options.sizes)
    truths = np.bincount(image[options.roles == TRUTH], minlength=len(options.rows))
    repeated = _find_repeats(image, options.places)
    faulty = (options.sizes < 2) | (truths != 1) | np.isin(np.arange(len(options.rows)), image[repeated])
    if not faulty.any():
        return
    first = int(np.flatnonzero(faulty)[0])
    pairs = slice(options.starts[first], options.starts[first + 1])
    own, name = lines[pairs], f'the image "{known[options.rows[first]]}"'

    def refuse(line: int, what: str, remedy: str) -> NoReturn:
        raise FileError(f"{path}: line {line}: {name} has {what}; {remedy}.")

    again = np.flatnonzero(repeated[pairs])
    if again.size:
        text = options.texts[options.places[pairs][again[0]]]
        refuse(own[again[0]], f'the option "{text}" twice', "once is enough")
    true = own[options.roles[pairs] == TRUTH]
    if len(true) > 1:
        refuse(true[1], f"another truth in line {true[0]}", "expected exactly one")
    if not len(true):
        refuse(own[0], "no truth among its options", "expected exactly one")
    refuse(own[0], "one option", "expected two or more to choose among")


def _find_repeats(image: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which pairs, shape (P,), were there before."""
    _, first = np.unique(image * (places.max() + 1) + places, return_index=True)
    repeated = np.ones(len(image), dtype=bool)
    repeated[first] = False
    return repeated
