"""Which texts are true of which emoji, which are false, and which must not be asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demo_encoder import captions
from demo_encoder.emoji import Emoji

PARTS = ("concept", "dictionary", "general", "gender", "joined")
PART_WEIGHTS = np.array([0.30, 0.15, 0.15, 0.20, 0.20])


@dataclass(frozen=True)
class TextBank:
    """Texts, and for each emoji the texts that are true by part and those that stay unasked."""

    texts: list[str]
    true: list[dict[str, np.ndarray]]
    masked: np.ndarray

    @property
    def captioned(self) -> np.ndarray:
        """Say which emoji have a true text at all."""
        return np.array([any(len(rows) for rows in item.values()) for item in self.true])

    def sample(self, emoji: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw one true text for each emoji."""
        drawn = np.empty(len(emoji), dtype=np.int64)
        for row, item in enumerate(emoji):
            parts = [part for part in PARTS if len(self.true[item][part])]
            weights = PART_WEIGHTS[[PARTS.index(part) for part in parts]]
            part = parts[rng.choice(len(parts), p=weights / weights.sum())]
            drawn[row] = rng.choice(self.true[item][part])
        return drawn


def texts_by_part(emoji: Emoji, related: captions.Relatives) -> dict[str, tuple[str, ...]]:
    """Return the true texts of an emoji, by part."""
    return {
        "concept": captions.concept_texts(emoji),
        "dictionary": related.true,
        "general": captions.general_texts(emoji),
        "gender": captions.gender_texts(emoji),
        "joined": captions.joined_texts(emoji),
    }


def unasked_texts(emoji: Emoji) -> set[str]:
    """Return texts that the emoji neither states nor denies, such as `woman` for a person without a gender."""
    unasked: set[str] = set()
    people = {*captions.PERSON_TEXTS, "face"}
    if emoji.kind == "person" and not emoji.gender:
        for gender, words in captions.GENDER_TEXTS.items():
            adjective = "male" if gender == "man" else "female"
            unasked |= {*words, *captions.GIRL_BOY[gender], f"{gender} {emoji.concept}", f"{adjective} {emoji.concept}"}
            unasked |= {f"{emoji.concept}, a {gender}", "mother", "father", "mom", "dad"}
    if emoji.kind == "person" and not emoji.age:
        unasked |= {text for age in ("child", "adult") for text in captions.AGE_TEXTS[age]}
    if emoji.kind == "person" and emoji.gender and emoji.age != "child":
        unasked |= {"girl", "boy", "lady", "guy", "gentleman"}
    if emoji.age == "child" and emoji.gender:
        unasked |= set(captions.GENDER_TEXTS[emoji.gender])
    if emoji.kind in {"", "symbol"}:
        unasked |= people
    if not emoji.kind:
        unasked |= {text for texts in captions.KIND_TEXTS.values() for text in texts} | set(captions.VEHICLE_TEXTS)
    if emoji.subgroup in {"cat-face", "monkey-face"}:
        unasked |= {"animal", "creature", "mammal", "cat", "monkey"}
    return unasked


def make_bank(
    emoji: Sequence[Emoji],
    relatives: dict[Emoji, captions.Relatives],
    pool: Sequence[str],
    similarity_to: "SimilarPool",
) -> TextBank:
    """Collect the texts of all emoji and a pool of further words that are false unless close to a true text."""
    known = similarity_to.vectors
    related = [relatives.get(item, captions.Relatives()) for item in emoji]
    parts = [
        {part: tuple(text for text in texts if text in known) for part, texts in texts_by_part(*pair).items()}
        for pair in zip(emoji, related, strict=True)
    ]
    own = dict.fromkeys(text for item in parts for texts in item.values() for text in texts)
    texts = [*own, *(word for word in pool if word not in own)]
    index = {text: row for row, text in enumerate(texts)}
    masked = np.zeros((len(emoji), len(texts)), dtype=bool)
    true: list[dict[str, np.ndarray]] = []
    for row, item in enumerate(parts):
        true.append({part: np.array([index[text] for text in found], dtype=np.int64) for part, found in item.items()})
        unasked = unasked_texts(emoji[row]) | set(related[row].possible)
        masked[row, [index[text] for text in unasked if text in index]] = True
        masked[row, np.concatenate(list(true[-1].values()))] = True
    close = similarity_to(texts, len(own))
    for row, item in enumerate(true):
        if len(item["concept"]):
            masked[row, len(own) :] |= close[item["concept"]].any(axis=0)
    return TextBank(texts, true, masked)


class SimilarPool:
    """Says which pool words are close in meaning to which own texts."""

    def __init__(self, vectors: dict[str, np.ndarray], threshold: float) -> None:
        self.vectors = vectors
        self.threshold = threshold

    def __call__(self, texts: list[str], own: int) -> np.ndarray:
        width = len(next(iter(self.vectors.values())))
        matrix = np.stack([self.vectors.get(text, np.zeros(width, np.float32)) for text in texts])
        return matrix[:own] @ matrix[own:].T > self.threshold
