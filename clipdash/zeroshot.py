"""The zero-shot classifier: a label set to one label for every image of a store.

`predict` takes any store, whatever is behind its variant: an encoder embeds the labels, a label bank looks them up, and
a table of scores has a column for each.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipdash.encoders import BankSpec, Encoder, EncoderSpec, LabelBank, find_places, read_encoder
from clipdash.errors import EncoderError, LabelError
from clipdash.labels import LabelSet, fill_template, fold_text
from clipdash.store import Store, StoreRef, Variant

# Fixed, and no parameter: every score is the same sum in the same order, whichever other labels are offered.
_ROWS_AT_ONCE = 2048
_NAMED = 3


@dataclass(frozen=True, eq=False)
class Classifier:
    """A label set as vectors.

    Parameters
    ----------
    label_set : LabelSet
        The C labels.
    encoder : EncoderSpec or BankSpec
        What embedded them.
    weights : ndarray of float32, shape (C, D)
        Unit rows, in the order of the labels.
    """

    label_set: LabelSet
    encoder: EncoderSpec | BankSpec
    weights: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Predictions:
    """One label for every image.

    Parameters
    ----------
    top : ndarray of int32, shape (N,)
        Index of the label with the largest cosine; of equal ones the label that is listed first.
    margin : ndarray of float32, shape (N,)
        Largest cosine (or score) minus the next one of another label.
    label_set : LabelSet
        What `top` counts in.
    store : StoreRef or None
        The images; None for predictions that came from elsewhere.
    variant : str
        The variant of the store.
    comparable : str
        Digest of encoder, templates and images: two predictions with the same share the scores of their common labels.
        Empty where nothing is known of the scores.
    prompted : bool
        Whether the set's templates played a part; they do not where embeddings or scores were made elsewhere.
    """

    top: NDArray[np.int32]
    margin: NDArray[np.float32]
    label_set: LabelSet
    store: StoreRef | None
    variant: str
    comparable: str
    prompted: bool = True


def predict(
    store: Store,
    label_set: LabelSet,
    *,
    variant: str | None = None,
    read: Callable[[str], Encoder] = read_encoder,
) -> Predictions:
    """Give every image of a store its label under a set, whatever is behind the store's variant.

    Parameters
    ----------
    store : Store
        N images.
    label_set : LabelSet
        C labels.
    variant : str, optional
        The variant of the store; its first one by default.
    read : callable
        Loads the encoder that the store names, where the variant needs one.

    Returns
    -------
    Predictions
        As `classify` returns them.

    Raises
    ------
    EncoderError
        The encoder cannot be loaded.
    LabelError
        A label is too long, or in the store's label bank or table of scores there is no such label.
    """
    classifier = embed_labels(store, label_set, variant=variant, read=read)
    if classifier is None:
        return _rank_scores(store, store.variant(variant), label_set)
    return classify(store, classifier, variant=variant)


def embed_labels(
    store: Store,
    label_set: LabelSet,
    *,
    variant: str | None = None,
    read: Callable[[str], Encoder] = read_encoder,
) -> Classifier | None:
    """Embed a set's labels by what is behind a store's variant; None where that is a table of scores.

    Parameters and errors are those of `predict`.
    """
    kind = store.variant(variant).encoder.kind
    if kind == "scores":
        return None
    source = store.bank(variant) if kind == "bank" else read(store.encoder_reference(variant))
    return build_classifier(label_set, source)


def build_classifier(label_set: LabelSet, encoder: Encoder | LabelBank) -> Classifier:
    """Embed the labels of a set.

    Each label is put into every template; the unit embeddings are averaged and normalised again
    (Radford et al. 2021, section 3.1.4). In a label bank a label is looked up by its text.

    Parameters
    ----------
    label_set : LabelSet
        C labels and T templates.
    encoder : Encoder or LabelBank
        Embeds the C x T prompts, those it has not seen in one batch.

    Returns
    -------
    Classifier
        With weights of shape (C, D), float32.

    Raises
    ------
    LabelError
        A prompt has more tokens than the encoder reads (nothing is ever cut), or the bank does not have a label.
    """
    if isinstance(encoder, LabelBank):
        return Classifier(label_set, encoder.spec, encoder.find_labels(label_set.texts))
    prompts = [[fill_template(template, text) for template in label_set.templates] for text in label_set.texts]
    _check_lengths(label_set, prompts, encoder)
    flat = encoder.encode_texts([prompt for row in prompts for prompt in row])
    means = flat.reshape(len(prompts), len(label_set.templates), -1).mean(axis=1)
    weights = means / np.linalg.norm(means, axis=1, keepdims=True)
    return Classifier(label_set, encoder.spec, np.ascontiguousarray(weights, dtype=np.float32))


def classify(store: Store, classifier: Classifier, *, variant: str | None = None) -> Predictions:
    """Give every image of a store the label whose embedding is nearest.

    Parameters
    ----------
    store : Store
        N images.
    classifier : Classifier
        C labels, embedded by the encoder of the variant.
    variant : str, optional
        The variant of the store; its first one by default.

    Returns
    -------
    Predictions
        ``top`` (N,) int32 and ``margin`` (N,) float32. Of labels with equal scores the one listed first wins. The score
        of an image and a label does not depend on the other labels, to the last bit.

    Raises
    ------
    EncoderError
        The classifier was made by another encoder than the variant.
    """
    chosen = store.variant(variant)
    if chosen.encoder.digest != classifier.encoder.digest:
        raise EncoderError(
            f'The labels were embedded by {classifier.encoder.reference}, but the variant "{chosen.name}" of '
            f"{store.name} was made by {chosen.encoder.reference} (digest {chosen.encoder.digest[:8]}). "
            "Use the encoder that the store names."
        )
    vectors = store.vectors(variant)
    top = np.empty(len(vectors), dtype=np.int32)
    margin = np.empty(len(vectors), dtype=np.float32)
    for start, scores in _score_blocks(vectors, classifier.weights):
        rows = slice(start, start + scores.shape[1])
        top[rows], margin[rows] = _pick_top(scores)
    prompted = isinstance(classifier.encoder, EncoderSpec)
    comparable = _digest(store, chosen, classifier.label_set.templates if prompted else ())
    return Predictions(top, margin, classifier.label_set, store.ref, chosen.name, comparable, prompted)


def _rank_scores(store: Store, variant: Variant, label_set: LabelSet) -> Predictions:
    columns = store.scores(variant.name)
    known = tuple(columns)
    places = {fold_text(label): place for place, label in enumerate(known)}
    chosen = [columns[known[place]] for place in find_places(label_set.texts, places, known, "table of scores")]
    top, margin = _pick_top(np.array(chosen))
    comparable = _digest(store, variant, ())
    return Predictions(top, margin, label_set, store.ref, variant.name, comparable, prompted=False)


def _digest(store: Store, variant: Variant, templates: Sequence[str]) -> str:
    facts = "\n".join((store.digest, variant.name, variant.encoder.digest, *templates))
    return hashlib.sha256(facts.encode()).hexdigest()


def score_images(
    store: Store, classifier: Classifier, rows: Sequence[int], *, variant: str | None = None
) -> NDArray[np.float32]:
    """Return the cosines of some images with every label.

    Returns
    -------
    ndarray of float32, shape (k, C)
        In the order of `rows` and of the labels.
    """
    vectors = np.asarray(store.vectors(variant)[np.asarray(rows, dtype=np.int64)])
    return np.ascontiguousarray(vectors @ classifier.weights.T, dtype=np.float32)


def _check_lengths(label_set: LabelSet, prompts: list[list[str]], encoder: Encoder) -> None:
    allowed = encoder.spec.context_length
    counts = ((text, max(map(encoder.count_tokens, row))) for text, row in zip(label_set.texts, prompts, strict=True))
    long = [(text, count) for text, count in counts if count > allowed]
    if not long:
        return
    named = ", ".join(f'"{_shorten(text)}" ({count} tokens with the prompt)' for text, count in long[:_NAMED])
    more = f" and {len(long) - _NAMED} more" if len(long) > _NAMED else ""
    raise LabelError(
        f"This encoder reads at most {allowed} tokens, and nothing is cut; too long: {named}{more}. Shorten the label.",
        place=label_set.texts.index(long[0][0]),
    )


def _shorten(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _score_blocks(
    vectors: NDArray[np.float32], weights: NDArray[np.float32]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield (first row, scores of shape (C, rows)), one matrix-vector product a label: see `_ROWS_AT_ONCE`."""
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        block = np.ascontiguousarray(vectors[start : start + _ROWS_AT_ONCE])
        scores = np.empty((len(weights), len(block)), dtype=np.float32)
        for column, weight in zip(scores, weights, strict=True):
            np.dot(block, weight, out=column)
        yield start, scores


def _pick_top(scores: NDArray[np.floating]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the first largest of each column (rows,), and its distance to the next (rows,); `scores` is used up."""
    top = scores.argmax(axis=0)
    images = np.arange(scores.shape[1])
    best = scores[top, images]
    scores[top, images] = -np.inf
    return top.astype(np.int32), (best - scores.max(axis=0)).astype(np.float32)
