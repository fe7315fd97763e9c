"""How scores become labels: the best one, every one that passes a threshold, or the k best."""

from dataclasses import dataclass
from math import isfinite
from typing import Literal, get_args

from clipdash.errors import QueryError, suggest

__all__ = ["ARGMAX", "Mode", "ModeKind", "ScoreKind", "check_temperature", "read_mode"]

ModeKind = Literal["argmax", "threshold", "top-k"]
ScoreKind = Literal["probability", "cosine"]


def check_temperature(temperature: float | None, score: str | None) -> None:
    """Refuse a temperature that is none, or that no probability needs."""
    if temperature is not None and score != "probability":
        raise QueryError("A temperature was named, which only a threshold on probabilities needs; leave it out.")
    if temperature is not None and not (isfinite(temperature) and temperature > 0):
        raise QueryError(f"A temperature of {temperature} was asked for; it must be a number above 0, as in .01.")


@dataclass(frozen=True)
class Mode:
    """How an image's scores become its labels.

    Parameters
    ----------
    kind : {"argmax", "threshold", "top-k"}
        The one best label; every label whose score is at least `threshold`, none included; or the `k` best.
    score : {"probability", "cosine"}, optional
        What a threshold is held against: the softmax over the set at the encoder's temperature, or the cosine (in a
        table of scores: the score) as it stands.
    threshold : float, optional
        Of the second kind.
    k : int, optional
        Of the third kind.
    temperature : float, optional
        Of the softmax behind a probability, in place of the encoder's.

    Raises
    ------
    QueryError
        A part is missing, is not of this kind, or is out of its range.
    """

    kind: ModeKind = "argmax"
    score: ScoreKind | None = None
    threshold: float | None = None
    k: int | None = None
    temperature: float | None = None

    def __post_init__(self) -> None:
        given = (self.score is not None, self.threshold is not None, self.k is not None)
        wanted = {"argmax": (False,) * 3, "threshold": (True, True, False), "top-k": (False, False, True)}
        if given != wanted.get(self.kind):
            raise QueryError(
                f'"{self.kind}" with score {self.score}, threshold {self.threshold}, k {self.k} is no mode.'
            )
        if self.threshold is not None and not isfinite(self.threshold):
            raise QueryError(f"A threshold of {self.threshold} was asked for; it must be a number.")
        if self.score == "probability" and self.threshold is not None and not 0 < self.threshold <= 1:
            raise QueryError(
                f"A threshold of {self.threshold} was asked for; a probability lies between 0 and 1, as in .05."
            )
        check_temperature(self.temperature, self.score)
        if self.k is not None and self.k < 1:
            raise QueryError(f"The best {self.k} labels were asked for; at least 1 is needed.")

    def __str__(self) -> str:
        if self.kind == "threshold":
            heat = "" if self.temperature is None else f" at temperature {self.temperature:g}"
            return f"{self.score} of at least {self.threshold:g}{heat}"
        return "the best label" if self.kind == "argmax" else f"the {self.k} best labels"

    @property
    def single(self) -> bool:
        """Whether every image has exactly one label."""
        return self.kind == "argmax"


ARGMAX = Mode()


def read_mode(
    *,
    threshold: float | None = None,
    score: str | None = None,
    top_k: int | None = None,
    temperature: float | None = None,
) -> Mode:
    """Return the mode that was asked for; a threshold is held against the probability by default.

    Parameters
    ----------
    threshold : float, optional
        Least score of a label that counts.
    score : str, optional
        ``"probability"`` or ``"cosine"``.
    top_k : int, optional
        How many labels each image has.
    temperature : float, optional
        Of the softmax, in place of the encoder's, or where the store brings none along.

    Returns
    -------
    Mode
        The best label where nothing is asked for.

    Raises
    ------
    QueryError
        Two modes are asked for at once, or one that is none.
    """
    if score is not None and score not in get_args(ScoreKind):
        raise QueryError(f'There is no score "{score}". {suggest(score, get_args(ScoreKind))}')
    if threshold is not None and top_k is not None:
        raise QueryError("A threshold and the k best labels were asked for at once; choose one of the two.")
    if threshold is not None:
        kind: ScoreKind = "cosine" if score == "cosine" else "probability"
        return Mode("threshold", kind, threshold, temperature=temperature)
    check_temperature(temperature, None)
    if score is not None:
        raise QueryError(f'The score "{score}" was named without a threshold to hold it against; add --threshold.')
    return ARGMAX if top_k is None else Mode("top-k", k=top_k)
