"""A label bank: embeddings of some labels that were made elsewhere, where no encoder is at hand."""

import hashlib
import zipfile
import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from clipdash.errors import FileError, LabelError, suggest
from clipdash.labels import fold_text

_ARRAYS = ("labels", "embeddings")
_NAMED = 3
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


class BankSpec(BaseModel):
    """Identity of a label bank: the part of it that a store's manifest keeps.

    Parameters
    ----------
    kind : {"bank"}
        What the spec is of.
    reference : str
        Name of the file that it was read from.
    labels : tuple of str
        The labels that have an embedding.
    dim : int
        Width D of an embedding.
    sha256 : str
        Checksum of labels and embeddings, in hexadecimal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["bank"] = "bank"
    reference: str
    labels: tuple[str, ...] = Field(min_length=1)
    dim: int = Field(ge=1)
    sha256: str

    @property
    def digest(self) -> str:
        """Checksum of everything that scores depend on."""
        return self.sha256


class LabelBank:
    """Embeddings of L labels, looked up by text.

    Parameters
    ----------
    reference : str
        Name of the file.
    labels : sequence of L str
        Texts, no two the same after trimming and Unicode NFC.
    embeddings : ndarray of shape (L, D)
        Of any float type; rows are normalised in float32.

    Raises
    ------
    FileError
        The parts do not fit, a text is repeated, or a row has no direction.
    """

    def __init__(self, reference: str, labels: Sequence[str], embeddings: NDArray[Any]) -> None:
        self._places = _index_labels(reference, labels)
        if embeddings.ndim != 2 or len(embeddings) != len(labels):
            raise FileError(
                f"{reference} holds {len(labels)} labels and embeddings of shape {embeddings.shape}; "
                "expected one row a label."
            )
        rows = embeddings.astype(np.float32)
        lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
        bad = np.flatnonzero(~(np.isfinite(lengths[:, 0]) & (lengths[:, 0] > 0)))
        if bad.size:
            raise FileError(f'{reference}: the embedding of "{labels[bad[0]]}" is zero or not finite.')
        self.vectors: NDArray[np.float32] = np.ascontiguousarray(rows / lengths, dtype=np.float32)
        content = hashlib.sha256("\0".join(labels).encode())
        content.update(self.vectors.astype("<f4").tobytes())
        self.spec = BankSpec(reference=reference, labels=tuple(labels), dim=rows.shape[1], sha256=content.hexdigest())

    def find_labels(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the embeddings of some labels.

        Returns
        -------
        ndarray of float32, shape (C, D)
            Unit rows, in the order of `texts`.

        Raises
        ------
        LabelError
            A text is not in the bank; the nearest that is, is named.
        """
        return self.vectors[find_places(texts, self._places, self.spec.labels, "label bank")]


def find_places(texts: Sequence[str], places: dict[str, int], known: Sequence[str], what: str) -> NDArray[np.intp]:
    """Return the places of label texts in a fixed collection of labels; `LabelError` names what is not in it."""
    missing = [text for text in texts if fold_text(text) not in places]
    if missing:
        named = ", ".join(f'"{text}"' for text in missing[:_NAMED])
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        near = suggest(missing[0], known)
        hint = near if len(missing) == 1 else f'For "{missing[0]}": {near[0].lower()}{near[1:]}'
        raise LabelError(f"The {what} of this store does not have {named}{more}. {hint}")
    return np.array([places[fold_text(text)] for text in texts], dtype=np.intp)


def _index_labels(reference: str, labels: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, label in enumerate(labels):
        if not fold_text(label):
            raise FileError(f"{reference}: label {place + 1} is blank.")
        if places.setdefault(fold_text(label), place) != place:
            raise FileError(f'{reference}: the label "{label}" occurs more than once.')
    if not places:
        raise FileError(f"{reference} holds no label.")
    return places


def read_bank(path: Path) -> LabelBank:
    """Read a label bank.

    Parameters
    ----------
    path : Path
        ``.npz`` with ``labels`` (L,) str and ``embeddings`` (L, D).

    Returns
    -------
    LabelBank

    Raises
    ------
    FileError
        The file cannot be read, holds pickled objects, or its parts do not fit.
    """
    try:
        return parse_bank(path.read_bytes(), path)
    except OSError as error:
        raise FileError(f"The label bank {path} cannot be read ({error.strerror or error}).") from None


def parse_bank(content: bytes, path: Path) -> LabelBank:
    """Return the label bank that the bytes of the file `path` hold; errors as in `read_bank`."""
    try:
        with np.load(BytesIO(content), allow_pickle=False) as file:  # numpy leaves a file open that it cannot read
            missing = [name for name in _ARRAYS if name not in file]
            if missing:
                raise FileError(f'{path} has no array "{missing[0]}"; expected labels (L,) and embeddings (L, D).')
            labels, embeddings = (file[name] for name in _ARRAYS)
    except (ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise FileError(
            f"{path} is not a label bank that can be read ({error}); expected an .npz of text and numbers, not pickled."
        ) from None
    if labels.dtype.kind != "U" or labels.ndim != 1:
        raise FileError(f"{path}: labels are {labels.dtype} of shape {labels.shape}; expected text, one a row.")
    if embeddings.dtype.kind != "f":
        raise FileError(f"{path}: embeddings are {embeddings.dtype}; expected floats.")
    return LabelBank(path.name, labels.tolist(), embeddings)


def dump_bank(bank: LabelBank) -> bytes:
    """Return a bank as the content of an ``.npz`` file; the same bank gives the same bytes."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in zip(_ARRAYS, (np.array(bank.spec.labels), bank.vectors), strict=True):
            with archive.open(zipfile.ZipInfo(f"{name}.npy", _FIRST_DAY), "w") as part:
                np.lib.format.write_array(part, array, allow_pickle=False)
    return content.getvalue()
