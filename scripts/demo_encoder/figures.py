"""Figures of an encoder on annotated emoji: gender, occupation, synonym of the occupation, kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

PROMPT = "a picture of a {}"
SYNONYMS = {
    "health worker": "doctor",
    "judge": "magistrate",
    "mechanic": "repairman",
    "cook": "chef",
    "scientist": "researcher",
    "teacher": "professor",
    "farmer": "rancher",
    "factory worker": "industrial worker",
    "office worker": "businessperson",
    "technologist": "programmer",
    "singer": "vocalist",
    "artist": "painter",
    "pilot": "aviator",
    "astronaut": "spaceman",
    "firefighter": "fireman",
    "police officer": "cop",
    "student": "pupil",
    "detective": "investigator",
    "guard": "sentry",
    "construction worker": "builder",
}
KIND_LABELS = ("person", "animal", "food", "vehicle")
ToText = Callable[[list[str]], Tensor]


@dataclass(frozen=True)
class Subject:
    """What the figures need to know of one picture."""

    concept: str
    gender: str
    skin_tone: str
    kind: str
    is_vehicle: bool
    drawing: str


@dataclass(frozen=True)
class Figure:
    """A share of pictures that got the right label."""

    name: str
    right: int
    n: int
    drawings: int

    @property
    def share(self) -> float:
        return self.right / self.n if self.n else float("nan")


def predicted(images: Tensor, labels: Sequence[str], to_text: ToText) -> list[str]:
    """Return for each image the label of the largest cosine."""
    texts = to_text([PROMPT.format(label) for label in labels])
    return [labels[index] for index in (images @ texts.T).argmax(dim=1).tolist()]


def measure(
    name: str,
    images: Tensor,
    subjects: Sequence[Subject],
    truth: Sequence[str],
    labels: Sequence[str],
    *,
    to_text: ToText,
) -> Figure:
    """Classify the pictures whose truth is one of the labels."""
    rows = [row for row, value in enumerate(truth) if value in labels]
    answers = predicted(images[rows], labels, to_text)
    right = sum(answer == truth[row] for answer, row in zip(answers, rows, strict=True))
    return Figure(name, right, len(rows), len({subjects[row].drawing for row in rows}))


def all_figures(images: Tensor, subjects: Sequence[Subject], to_text: ToText, toned_only: bool = True) -> list[Figure]:
    """Return the figures of one style of art."""
    toned = [subject.gender if subject.skin_tone or not toned_only else "" for subject in subjects]
    occupations = [subject.concept if subject.kind == "person" else "" for subject in subjects]
    synonyms = [SYNONYMS.get(concept, "") for concept in occupations]
    kinds = ["vehicle" if subject.is_vehicle else subject.kind for subject in subjects]
    tests = (
        ("gender", toned, ("man", "woman")),
        ("gender, women", ["woman" if value == "woman" else "" for value in toned], ("man", "woman")),
        ("occupation", occupations, tuple(SYNONYMS)),
        ("synonym", synonyms, tuple(SYNONYMS.values())),
        ("kind", kinds, KIND_LABELS),
    )
    return [measure(name, images, subjects, truth, labels, to_text=to_text) for name, truth, labels in tests]


def line(art: str, figures: Sequence[Figure]) -> str:
    """Write the figures of one style of art in one line."""
    return f"{art:12}" + "  ".join(
        f"{item.name} {item.share:.3f} (n {item.n}, {item.drawings} drawings)" for item in figures
    )


def confusion(images: Tensor, subjects: Sequence[Subject], to_text: ToText) -> dict[str, float]:
    """Return the share of right answers of each occupation."""
    labels = tuple(SYNONYMS)
    rows = [row for row, subject in enumerate(subjects) if subject.concept in labels and subject.kind == "person"]
    answers = predicted(images[rows], labels, to_text)
    hits: dict[str, list[bool]] = {label: [] for label in labels}
    for answer, row in zip(answers, rows, strict=True):
        hits[subjects[row].concept].append(answer == subjects[row].concept)
    return {label: float(np.mean(found)) if found else float("nan") for label, found in hits.items()}


def fold_text(model: torch.nn.Module, tokenizer: Callable[[list[str]], Tensor]) -> ToText:
    """Return a function from texts to unit rows."""

    @torch.no_grad()
    def to_text(texts: list[str]) -> Tensor:
        return torch.nn.functional.normalize(model.encode_text(tokenizer(texts)), dim=1)

    return to_text
