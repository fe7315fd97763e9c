"""The images that a probe may learn from and be tested on, and which of them hang together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipdash.audit import check_question
from clipdash.audit.accuracy import code_claims
from clipdash.audit.selection import Selection, select_images
from clipdash.audit.tally import list_groups
from clipdash.encoders import Encoder, read_encoder
from clipdash.errors import QueryError
from clipdash.labels import LabelSet
from clipdash.store import Store, StoreRef, check_attribute, list_values
from clipdash.zeroshot import predict

__all__ = ["LEAST_UNITS", "MOST_IMAGES", "Sample", "check_classes", "gather_sample"]

#: A class needs so many images (or clusters of them) to be in all three parts with some to learn from.
LEAST_UNITS = 10
#: Above this many images a sample is drawn: 20,000 of 1,024 numbers are 80 MB.
MOST_IMAGES = 20_000


@dataclass(frozen=True, eq=False)
class Sample:
    """N images with vectors, classes and groups, to learn from and to be tested on.

    Parameters
    ----------
    vectors : ndarray of float32, shape (N, D)
        Unit rows.
    ids : sequence of str
        The images.
    attribute : str
        What is to be learned.
    values : tuple of str
        Its classes.
    truth : ndarray of int64, shape (N,)
        Place of each image's class.
    by : tuple of str
        The attributes grouped by.
    groups : tuple of mapping
        Attribute to value, one a group.
    member : ndarray of int64, shape (N,)
        Place of each image's group, -1 without one.
    units : ndarray of int64, shape (N,)
        Equal for images that hang together (one drawing, one picture that is there twice).
    zero_shot : ndarray of int64, shape (N,), optional
        Place of the class that the zero-shot label claims; the one after the last for none.
    seed : int
        Of the sample, and of the split to come.
    available, unannotated : int
        Images that the filter leaves with the attribute (N, or more if this is a sample), and without it.
    store, variant, where, label_set, cluster
        As `ProbeSplit` has them.
    """

    vectors: NDArray[np.float32]
    ids: Sequence[str]
    attribute: str
    values: tuple[str, ...]
    truth: NDArray[np.int64]
    by: tuple[str, ...]
    groups: tuple[Mapping[str, str], ...]
    member: NDArray[np.int64]
    units: NDArray[np.int64]
    zero_shot: NDArray[np.int64] | None = None
    seed: int = 0
    available: int = 0
    unannotated: int = 0
    store: StoreRef | None = None
    variant: str = ""
    where: Mapping[str, tuple[str, ...]] | None = None
    label_set: LabelSet | None = None
    cluster: str | None = None


def gather_sample(
    store: Store,
    attribute: str,
    *,
    by: str | Sequence[str],
    where: Mapping[str, str | Sequence[str]] | None = None,
    label_set: LabelSet | None = None,
    variant: str | None = None,
    most: int = MOST_IMAGES,
    seed: int = 0,
    read: Callable[[str], Encoder] = read_encoder,
) -> Sample:
    """Read the images of a store that are annotated with an attribute.

    Parameters
    ----------
    store : Store
        The store; its cluster attribute, and its list of pictures that are there twice, say what hangs together.
    attribute : str
        What is to be learned.
    by : str or sequence of str
        The attributes to group by.
    where : mapping of str to str or sequence of str, optional
        Keep only these images: values of one attribute are or-ed, attributes and-ed.
    label_set : LabelSet, optional
        A set that claims the attribute, one value a label, for zero-shot answers of the same images.
    variant : str, optional
        Whose embeddings; by default the store's first.
    most : int
        Of more images so many are drawn, whole clusters at a time.
    seed : int
        Of that draw, and of the split to come.
    read : callable
        Loads the encoder, where the label set needs one.

    Returns
    -------
    Sample

    Raises
    ------
    QueryError
        There is no such attribute or value, the variant has scores and no embeddings, the set claims nothing of the
        attribute, or a class has too few images.
    EncoderError, LabelError
        As `clipdash.zeroshot.predict`.
    """
    people, cluster = store.people, store.manifest.cluster
    known = list_values(people)
    check_attribute(attribute, known)
    grouped, chosen, _ = check_question(known, by, [label_set] if label_set else [], where=where)
    vectors, name = store.vectors(variant), store.variant(variant).name
    names = dict.fromkeys([*grouped, attribute, *([] if cluster is None else [cluster])])
    selection = select_images(people, tuple(names), chosen, store.keep_images(where))
    place = selection.attributes.index(attribute)
    annotated = np.flatnonzero(selection.codes[:, place] >= 0)
    units = _tie_images(store, selection)[annotated]
    kept = annotated[_draw_units(units, most, seed)]
    rows, (values, truth) = selection.rows[kept], _name_classes(selection, place, kept)
    groups, member = list_groups(selection.attributes, selection.values, grouped, selection.codes[kept])
    answers = None
    if label_set is not None:
        claims = code_claims(label_set, attribute, values)
        answers = claims[predict(store, label_set, variant=variant, read=read).top[rows]]
    sample = Sample(
        vectors=np.ascontiguousarray(vectors[rows]),
        ids=people.index[rows].tolist(),
        attribute=attribute,
        values=values,
        truth=truth,
        by=grouped,
        groups=groups,
        member=member,
        units=units[np.searchsorted(annotated, kept)],
        zero_shot=answers,
        seed=seed,
        available=len(annotated),
        unannotated=len(selection.rows) - len(annotated),
        store=store.ref,
        variant=name,
        where=chosen,
        label_set=label_set,
        cluster=cluster,
    )
    check_classes(sample)
    return sample


def _name_classes(
    selection: Selection, place: int, kept: NDArray[np.int64]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the classes that some image has, and each image's place in them."""
    seen, truth = np.unique(selection.codes[kept, place], return_inverse=True)
    return tuple(selection.values[place][code] for code in seen), truth.astype(np.int64)


def _tie_images(store: Store, selection: Selection) -> NDArray[np.int64]:
    """Return a number for each selected image, equal where images hang together."""
    units = np.arange(store.manifest.images, dtype=np.int64)
    if store.manifest.cluster is not None:
        codes = selection.codes[:, selection.attributes.index(store.manifest.cluster)]
        found = codes >= 0
        units[selection.rows[found]] = codes[found] + len(units)
    twice = store.read_notes()[1]
    if twice:
        places = {image: row for row, image in enumerate(store.people.index)}
        _join_units(units, [(places[a], places[b]) for a, b in twice if a in places and b in places])
    return units[selection.rows]


def _join_units(units: NDArray[np.int64], pairs: Sequence[tuple[int, int]]) -> None:
    """Give the units of two images that are the same picture one number, in place."""
    joined: dict[int, int] = {}

    def follow(unit: int) -> int:
        while unit in joined:
            unit = joined[unit]
        return unit

    for one, other in pairs:
        ends = follow(int(units[one])), follow(int(units[other]))
        if ends[0] != ends[1]:
            joined[ends[0]] = ends[1]
    if joined:
        old = np.array(sorted(joined))
        place = np.minimum(np.searchsorted(old, units), len(old) - 1)
        hit = old[place] == units
        units[hit] = np.array([follow(unit) for unit in old.tolist()])[place[hit]]


def _draw_units(units: NDArray[np.int64], most: int, seed: int) -> NDArray[np.int64]:
    """Return ascending places of at most so many images, whole units at a time."""
    if most < 1:
        raise QueryError(f"A sample of {most} images was asked for; ask for at least 1.")
    if len(units) <= most:
        return np.arange(len(units))
    _, place, sizes = np.unique(units, return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(sizes))
    drawn = order[np.cumsum(sizes[order]) <= most]
    return np.flatnonzero(np.isin(place, drawn))


def check_classes(sample: Sample) -> None:
    """Refuse a single class, and a class with too few things to be split."""
    kind = "images" if sample.cluster is None else f'different values of "{sample.cluster}"'
    if len(sample.values) < 2:
        found = f'only "{sample.values[0]}"' if sample.values else "no value"
        raise QueryError(f'The images left are annotated with {found} of "{sample.attribute}"; a probe needs two.')
    for place, value in enumerate(sample.values):
        units = len(np.unique(sample.units[sample.truth == place]))
        if units < LEAST_UNITS:
            drawn = "" if len(sample.ids) == sample.available else f" of the {len(sample.ids):,} images drawn"
            raise QueryError(
                f'"{value}" of "{sample.attribute}" has {units} {kind}{drawn}, and a probe needs at least '
                f"{LEAST_UNITS} to learn from some and hold out others. Keep the other values only with --where."
            )
