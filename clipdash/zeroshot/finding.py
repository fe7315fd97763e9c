"""Images found again: those of a store that are nearest to a text, to a picture, or to one of its own images."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from clipdash.encoders import Encoder, read_encoder
from clipdash.errors import LabelError, QueryError, suggest
from clipdash.store import (
    SearchSpec,
    Store,
    StoreRef,
    list_annotations,
    list_values,
    read_filter,
    search_rows,
)
from clipdash.zeroshot.scores import find_columns
from clipdash.zeroshot.texts import check_encoder, check_lengths, open_texts

__all__ = ["USUAL_K", "Found", "find_images"]

#: So many images are found where nothing else is asked for, and the store has as many.
USUAL_K = 50
_WAYS = "a text, a picture, or an image of the store"
_NAMES_AROUND = 200
_WHAT = "What to look for was"

Reader: TypeAlias = Callable[[str], Encoder]


@dataclass(frozen=True)
class Found:
    """The images nearest to what was looked for, nearest first.

    Parameters
    ----------
    store : StoreRef
        Where it was looked.
    variant : str
        The variant of the store.
    by : {"text", "image", "like"}
        Whether a text, a picture or an image of the store was looked for.
    sought : str
        The text; the size of the picture in pixels; the image_id.
    measure : {"cosine", "score"}
        What the scores are: cosines of embeddings, or a label's column in a table of scores.
    where : mapping of str to tuple of str
        The filter.
    k : int
        How many were asked for.
    images : int
        How many images the filter leaves; of these the nearest k.
    rows : tuple of int
        Rows of the store; of equal scores the smaller row first.
    ids : tuple of str
        Their image_id.
    scores : tuple of float
        As `measure` says.
    annotations : tuple of mapping of str to (str or None)
        What each image is annotated as; None where it is not.
    proposed_by : SearchSpec, optional
        The approximate index that proposed them; None where all images were looked at.
    """

    store: StoreRef
    variant: str
    by: Literal["text", "image", "like"]
    sought: str
    measure: Literal["cosine", "score"]
    where: Mapping[str, tuple[str, ...]]
    k: int
    images: int
    rows: tuple[int, ...]
    ids: tuple[str, ...]
    scores: tuple[float, ...]
    annotations: tuple[Mapping[str, str | None], ...]
    proposed_by: SearchSpec | None = None


def find_images(
    store: Store,
    *,
    text: str | None = None,
    picture: Image | None = None,
    like: str | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    k: int | None = None,
    variant: str | None = None,
    exact: bool = False,
    read: Reader = read_encoder,
) -> Found:
    """Find the images of a store that are nearest to a text, to a picture, or to one of its own images.

    Parameters
    ----------
    store : Store
        N images.
    text : str, optional
        Embedded as it stands, without a template; looked up where the variant has a label bank or a table of scores.
    picture : PIL.Image.Image, optional
        In RGB and upright.
    like : str, optional
        The image_id of an image of the store, which is itself left out.
    where : mapping of str to str or sequence of str, optional
        The filter: values of one attribute are or-ed, attributes and-ed.
    k : int, optional
        How many, from 1 to N; by default `USUAL_K`, or N where that is smaller. Fewer are found where the filter
        leaves fewer.
    variant : str, optional
        The variant of the store; its first one by default.
    exact : bool
        Whether to look at all images also where the variant has an approximate index.
    read : callable
        Loads the encoder that the store names, where one is needed.

    Returns
    -------
    Found

    Raises
    ------
    EncoderError
        The encoder cannot be loaded, or is not the one that embedded the images.
    LabelError
        The text is blank or too long, or the label bank or table of scores does not have it.
    QueryError
        Not exactly one of text, picture and like is given, or one that the variant cannot answer; or there is no such
        image, attribute, value or variant; or k is not from 1 to N.
    """
    sought = _read_sought(text, picture, like)
    chosen = store.variant(variant)
    count = min(USUAL_K, store.manifest.images) if k is None else k
    _check_count(count, store.manifest.images)
    people = store.people
    kept = read_filter(where, list_values(people))
    allowed = store.keep_images(kept).copy()
    place = None if sought.like is None else _find_row(sought.like, people.index)
    if place is not None:
        allowed[place] = False
    rows, scores = _search(store, sought, chosen.name, allowed=allowed, k=count, place=place, exact=exact, read=read)
    return Found(
        store=store.ref,
        variant=chosen.name,
        by=sought.by,
        sought=sought.name,
        measure="score" if chosen.encoder.kind == "scores" else "cosine",
        where=kept,
        k=count,
        images=int(np.count_nonzero(allowed)),
        rows=tuple(rows.tolist()),
        ids=tuple(str(people.index[row]) for row in rows),
        scores=tuple(scores.tolist()),
        annotations=list_annotations(people, rows.tolist()),
        proposed_by=None if exact else chosen.search,
    )


class _Sought(NamedTuple):
    """What is looked for; exactly one is not None."""

    text: str | None
    picture: Image | None
    like: str | None

    @property
    def by(self) -> Literal["text", "image", "like"]:
        return "text" if self.text is not None else "image" if self.picture is not None else "like"

    @property
    def name(self) -> str:
        if self.picture is not None:
            return f"{self.picture.width} x {self.picture.height} pixels"
        return str(self.like if self.text is None else self.text)


def _read_sought(text: str | None, picture: Image | None, like: str | None) -> _Sought:
    sought = _Sought(text, picture, like)
    given = sum(what is not None for what in sought)
    if not given:
        raise QueryError(f"Nothing to look for was given; name {_WAYS}.")
    if given > 1:
        raise QueryError(f"{given} things to look for were given; name only one: {_WAYS}.")
    if text is not None and not text.strip():
        raise LabelError("The text to look for is blank; type what the images should show.")
    return sought


def _check_count(k: int, images: int) -> None:
    if not 1 <= k <= images:
        raise QueryError(f"The nearest {k:,} images were asked for; ask for 1 to {images:,}, as many as there are.")


def _search(
    store: Store,
    sought: _Sought,
    variant: str,
    *,
    allowed: NDArray[np.bool_],
    k: int,
    place: int | None,
    exact: bool,
    read: Reader,
) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
    """Return the rows, shape (k',), and their scores; `place` is the row of the image that is looked for."""
    if store.variant(variant).encoder.kind == "scores":
        return _rank_scores(store, sought.text, variant, allowed, k)
    vector = _embed(store, sought, variant, read) if place is None else np.asarray(store.vectors(variant)[place])
    rows, scores = search_rows(store, vector[None], k=k, allowed=allowed, variant=variant, exact=exact)
    return rows[0], scores[0]


def _rank_scores(
    store: Store, text: str | None, variant: str, allowed: NDArray[np.bool_], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rank by the scores of a label; of equal ones the smaller row comes first."""
    if text is None:
        raise QueryError(
            f'Variant "{variant}" of store "{store.name}" holds scores and no embeddings, so it cannot be searched by '
            "a picture or an image. Search by the text of one of its labels."
        )
    (column,) = find_columns(store, [text], variant)
    rows = np.flatnonzero(allowed)
    scores = np.asarray(column)[rows]
    best = np.argsort(-scores, kind="stable")[:k]
    return rows[best], scores[best]


def _embed(store: Store, sought: _Sought, variant: str, read: Reader) -> NDArray[np.float32]:
    """Return the embedding of the text or the picture, shape (D,)."""
    chosen = store.variant(variant)
    if chosen.encoder.kind == "bank":
        if sought.text is None:
            raise QueryError(
                f'Variant "{variant}" of store "{store.name}" has a label bank and no encoder, so it cannot be '
                "searched by a picture. Search by the text of one of its labels, or by an image of the store."
            )
        return np.asarray(store.bank(variant).find_labels([sought.text])[0])
    if sought.picture is not None:
        encoder = read(store.encoder_reference(variant))
        check_encoder(store, chosen, encoder.spec, _WHAT)
        return np.asarray(encoder.encode_images([sought.picture.convert("RGB")])[0])
    text, texts = str(sought.text), open_texts(store, _WHAT, variant=variant, read=read)
    check_lengths([text], [[text]], texts)
    return np.asarray(texts.encode_texts([text])[0])


def _find_row(image_id: str, names: Any) -> int:
    """Return the row of an image; a wrong name is held against those alone, of maybe a million, that begin alike."""
    (row,) = names.get_indexer([image_id])
    if row >= 0:
        return int(row)
    ordered = sorted(map(str, names))
    place = bisect_left(ordered, image_id)
    near = ordered[max(place - _NAMES_AROUND, 0) : place + _NAMES_AROUND]
    raise QueryError(f'The store has no image "{image_id}". {suggest(image_id, near)}')
