"""The outcome of an image under a label set, from its annotations and its label."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.rule import CONTRADICTED, FLAGGED, SUPPORTED, UNCLAIMED
from clipdash.errors import LabelError, suggest

if TYPE_CHECKING:
    from clipdash.labels import Label, LabelSet

__all__ = ["check_claims", "decide_outcomes", "find_judged"]


def check_claims(label_set: "LabelSet", vocabularies: "dict[str, tuple[str, ...]]") -> None:
    """Refuse a claim that no annotation could ever confirm.

    Parameters
    ----------
    label_set : LabelSet
        The set whose claims are checked.
    vocabularies : dict of str to tuple of str
        Every annotated attribute and its values.

    Raises
    ------
    LabelError
        If a claimed attribute, or one of its claimed values, is not annotated; with the nearest existing name.
    """
    for label in label_set.labels:
        for attribute, claimed in label.claims.items():
            if attribute not in vocabularies:
                nearest = suggest(attribute, vocabularies)
                raise LabelError(
                    f'The label "{label.text}" claims "{attribute}", which is not annotated here. {nearest}'
                )
            _check_values(label, attribute, claimed, vocabularies[attribute])


def _check_values(label: "Label", attribute: str, claimed: Collection[str], known: Collection[str]) -> None:
    for value in claimed:
        if value not in known:
            raise LabelError(
                f'The label "{label.text}" claims {attribute} = "{value}", but "{attribute}" has no such value here. '
                f"{suggest(value, known)}"
            )


def decide_outcomes(
    label_set: "LabelSet",
    attributes: Sequence[str],
    values: Sequence[Sequence[str]],
    cells: NDArray[np.integer],
    labels: NDArray[np.integer],
) -> NDArray[np.int8]:
    """Decide the outcome of each image: flagged, else contradicted, else supported or unclaimed.

    A claim that is contradicted by an annotation decides, whatever else is missing. Otherwise a label with a
    claim that cannot be checked counts as unclaimed; rules that need annotations leave such images out before.

    Parameters
    ----------
    label_set : LabelSet
        The set that `labels` points into.
    attributes, values : sequence
        The annotated attributes and the values of each.
    cells : ndarray of int, shape (..., A)
        Code of each image's value of each attribute, -1 where it is missing.
    labels : ndarray of int, shape (...)
        Index of each image's label; broadcasts against the leading axes of `cells`.

    Returns
    -------
    ndarray of int8, shape (...)
        Codes into `OUTCOMES`.
    """
    shape = np.broadcast_shapes(cells.shape[:-1], labels.shape)
    contradicted, missing = np.zeros(shape, bool), np.zeros(shape, bool)
    for attribute in label_set.claimed:
        place = attributes.index(attribute)
        claims, agrees = _read_claims(label_set, attribute, values[place])
        codes = cells[..., place]
        missing |= claims[labels] & (codes < 0)
        contradicted |= claims[labels] & (codes >= 0) & ~agrees[labels, codes]
    flagged = np.array([label.category in label_set.flagged for label in label_set.labels])
    claiming = np.array([bool(label.claims) for label in label_set.labels])
    plain = np.where(claiming[labels] & ~missing, SUPPORTED, UNCLAIMED)
    return np.where(flagged[labels], FLAGGED, np.where(contradicted, CONTRADICTED, plain)).astype(np.int8)


def _read_claims(
    label_set: "LabelSet", attribute: str, values: Sequence[str]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return who claims the attribute, shape (C,), and which value agrees with whom, shape (C, V)."""
    claimed = [label.claims.get(attribute, ()) for label in label_set.labels]
    agrees = np.array([[value in wanted for value in values] for wanted in claimed], dtype=bool)
    # An attribute of which no value is left still needs a column, for the code -1 to point at.
    padded = np.hstack([agrees.reshape(len(claimed), len(values)), np.zeros((len(claimed), 1), bool)])
    return np.array([len(wanted) > 0 for wanted in claimed]), padded


def find_judged(
    label_sets: "Sequence[LabelSet]", attributes: Sequence[str], cells: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Say which images carry every annotation that one of the sets claims.

    Parameters
    ----------
    label_sets : sequence of LabelSet
        One set, or the two of a comparison: an attribute claimed by either must be annotated.
    attributes : sequence of str
        The attributes of the columns of `cells`.
    cells : ndarray of int, shape (K, A)
        Codes of values, -1 where missing.

    Returns
    -------
    ndarray of bool, shape (K,)
    """
    places = [attributes.index(attribute) for label_set in label_sets for attribute in label_set.claimed]
    return np.asarray((cells[:, places] >= 0).all(axis=1))
