"""English phrases for the text tower: frequent words and WordNet's lemmas, synonyms and hypernyms."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wordfreq import top_n_list, zipf_frequency

LEMMA_ZIPF = 2.7
COMPOUND_ZIPF = 3.3
TOP_WORDS = 30_000
PERSON_ZIPF = 1.8
PERSON = 18  # WordNet's lexicographer file of nouns for people
SENSES_ABOVE = 6
TOO_GENERAL = frozenset(
    {"entity", "object", "whole", "causal agent", "organism", "matter", "substance", "artifact", "person", "adult"}
    | {"abstraction", "instrumentality", "psychological feature", "attribute", "group", "structure", "location"}
)
PLAIN = re.compile(r"[a-z][a-z' -]+")


def frequent_words(count: int = TOP_WORDS) -> list[str]:
    """Return the most frequent English words that have only letters."""
    return [word for word in top_n_list("en", count) if PLAIN.fullmatch(word)]


def wordnet_lemmas(wordnet: Path) -> list[str]:
    """Return lemmas of all parts of speech whose rarest word is frequent enough."""
    lemmas: set[str] = set()
    for part in ("noun", "verb", "adj", "adv"):
        for line in (wordnet / f"index.{part}").read_text().splitlines():
            if line.startswith("  "):
                continue
            lemma = line.split(" ", 1)[0].replace("_", " ")
            threshold = COMPOUND_ZIPF if " " in lemma else LEMMA_ZIPF
            if PLAIN.fullmatch(lemma) and min(zipf_frequency(word, "en") for word in lemma.split()) >= threshold:
                lemmas.add(lemma)
    return sorted(lemmas)


@dataclass(frozen=True)
class Sense:
    """One sense of a noun: its domain, synonyms, nouns above it (nearest first) and just below it."""

    domain: int
    synonyms: tuple[str, ...]
    above: tuple[str, ...]
    below: tuple[str, ...]


@dataclass(frozen=True)
class Synset:
    """A set of synonyms, and the offsets of the sets above and below it."""

    domain: int
    lemmas: tuple[str, ...]
    above: tuple[str, ...]
    below: tuple[str, ...]


def person_nouns(senses: dict[str, list[Sense]]) -> list[str]:
    """Return the words for people, down to rarer ones than other lemmas: the demonstration asks most about people."""
    return sorted(
        noun
        for noun, found in senses.items()
        if PLAIN.fullmatch(noun)
        and any(sense.domain == PERSON for sense in found)
        and min(zipf_frequency(word, "en") for word in noun.split()) >= PERSON_ZIPF
    )


def _lines(path: Path) -> Iterator[str]:
    return (line for line in path.read_text().splitlines() if not line.startswith("  "))


def _read_synset(line: str) -> tuple[str, Synset]:
    fields = line.split(" | ", maxsplit=1)[0].split(" ")
    count = int(fields[3], 16)
    lemmas = tuple(fields[4 + 2 * index].replace("_", " ").lower() for index in range(count))
    pointers = list(zip(fields[5 + 2 * count :: 4], fields[6 + 2 * count :: 4], strict=False))
    above = tuple(offset for symbol, offset in pointers if symbol == "@")
    below = tuple(offset for symbol, offset in pointers if symbol == "~")
    return fields[0], Synset(int(fields[1]), lemmas, above, below)


def noun_senses(wordnet: Path) -> dict[str, list[Sense]]:
    """Map each noun to its senses, the most frequent first."""
    synsets = dict(_read_synset(line) for line in _lines(wordnet / "data.noun"))

    def sense(offset: str) -> Sense:
        synset, chain = synsets[offset], []
        above = synset.above
        while above and len(chain) < SENSES_ABOVE and not set(synsets[above[0]].lemmas) & TOO_GENERAL:
            chain.append(synsets[above[0]].lemmas)
            above = synsets[above[0]].above
        below = (lemma for lower in synset.below for lemma in synsets[lower].lemmas)
        return Sense(synset.domain, synset.lemmas, tuple(lemma for lemmas in chain for lemma in lemmas), tuple(below))

    found: dict[str, list[Sense]] = {}
    for line in _lines(wordnet / "index.noun"):
        fields = line.split()
        found[fields[0].replace("_", " ")] = [sense(offset) for offset in fields[-int(fields[2]) :]]
    return found
