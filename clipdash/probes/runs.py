"""The kinds of runs that a probe may ask for, and what each needs of a store. A kind is data; `kinds` runs it."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from clipdash.labels import Claims
from clipdash.labels.label_set import ClaimsField, Frozen, Texts

__all__ = [
    "KINDS",
    "AccuracyRun",
    "ClassesRun",
    "GenderedRun",
    "GridRun",
    "LearningRun",
    "LinearRun",
    "OptionsRun",
    "RatesRun",
    "Run",
    "ShiftRun",
]

_Count = Annotated[int, Field(ge=1)]
_Seed = Annotated[int, Field(ge=0)]
_Counts = Annotated[tuple[_Count, ...], Field(strict=False, min_length=1)]
_Floats = Annotated[tuple[float, ...], Field(strict=False, min_length=1)]


class Run(Frozen):
    """What every run says.

    Parameters
    ----------
    key, title, kind : str
        Its name within the probe, its heading, and what is done.
    note : str
        What a reader should know.
    where : mapping of str to tuple of str
        The images that it is about.
    min_n : int
        Groups with fewer images are withheld.
    """

    #: Whether it needs embeddings of the images, so that a table of scores is not enough.
    vectors: ClassVar[bool] = False
    #: The file that stands in the place of a label set.
    read: ClassVar[Literal["", "options", "labels"]] = ""
    key: str
    title: str
    kind: str
    note: str = ""
    where: ClaimsField = Claims()
    min_n: _Count = 30

    @property
    def sets(self) -> tuple[str, ...]:
        """The keys of the label sets that it asks."""
        named = (getattr(self, name, "") for name in ("set", "before", "after"))
        return tuple(key for key in named if key)

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that it predicts or groups by."""
        by: str | tuple[str, ...] = getattr(self, "by", ())
        named = (getattr(self, "attribute", ""), *((by,) if isinstance(by, str) else by))
        return tuple(attribute for attribute in named if attribute)

    @property
    def file(self) -> str:
        """The file that somebody must give it: ``"options"``, ``"labels"`` or none."""
        return "" if self.sets else self.read


class RatesRun(Run):
    """Rates of one label set by group, under one rule or several; under a threshold or the k best if one is given."""

    kind: Literal["rates"]
    set: str
    by: Texts
    rules: Texts = ("misclassified",)
    threshold: float | None = None
    score: str | None = None
    top_k: _Count | None = None
    temperature: float | None = None


class ShiftRun(Run):
    """The shift of each group from one label set to another, on the same images."""

    kind: Literal["shift"]
    before: str
    after: str
    by: Texts
    rule: str = "misclassified"


class AccuracyRun(Run):
    """Accuracy, recall, precision and confusion for an attribute that the labels claim, by group."""

    kind: Literal["accuracy"]
    set: str
    attribute: str
    by: Texts


class LinearRun(AccuracyRun):
    """A linear probe for an attribute, with zero-shot beside it on the same held-out images."""

    vectors: ClassVar[bool] = True
    kind: Literal["linear"]  # type: ignore[assignment]
    seed: _Seed = 0


class LearningRun(AccuracyRun):
    """Linear probes trained on a few images a class, with zero-shot beside them."""

    vectors: ClassVar[bool] = True
    kind: Literal["learning"]  # type: ignore[assignment]
    per_class: _Counts = (1, 2, 4, 8, 16, 32, 64, 128, 256)
    draws: _Count = 5
    seed: _Seed = 0


class GenderedRun(Run):
    """How much more often each label is given to one of two groups, under thresholds."""

    read: ClassVar[Literal["", "options", "labels"]] = "labels"
    kind: Literal["gendered"]
    set: str = ""
    by: str
    thresholds: _Floats
    score: str = "probability"
    most: _Count = 20


class OptionsRun(Run):
    """Which of its own options each image is given: the truth, a close one, or another.

    Parameters
    ----------
    least, most : int
        How many options each image must have.
    close : bool, optional
        Whether each image must have a close option, or none may.
    """

    read: ClassVar[Literal["", "options", "labels"]] = "options"
    kind: Literal["options"]
    templates: Texts = ("{}",)
    least: Annotated[int, Field(ge=2)] = 2
    most: Annotated[int, Field(ge=2)] | None = None
    close: bool | None = None


class ClassesRun(Run):
    """Accuracy against the number of classes offered, drawn again and again.

    Parameters
    ----------
    attribute : str
        Whose values are the classes; left out, the attribute of the store that has most of them.
    counts : tuple of int
        Classes a list; what the attribute has not so many of is left out.
    """

    vectors: ClassVar[bool] = True
    kind: Literal["classes"]
    attribute: str = ""
    counts: _Counts
    draws: _Count = 20
    templates: Texts = ("a photo of a {}",)
    seed: _Seed = 0


class GridRun(ShiftRun):
    """A comparison under every template and every variant of the store."""

    kind: Literal["grid"]  # type: ignore[assignment]
    templates: Texts


KINDS: Mapping[str, type[Run]] = {
    "rates": RatesRun,
    "shift": ShiftRun,
    "accuracy": AccuracyRun,
    "linear": LinearRun,
    "learning": LearningRun,
    "gendered": GenderedRun,
    "options": OptionsRun,
    "classes": ClassesRun,
    "grid": GridRun,
}
