"""English phrases for the text tower: frequent words, WordNet lemmas and glosses."""

import re
from pathlib import Path

from wordfreq import top_n_list, zipf_frequency

GLOSS_WORDS = 12
LEMMA_ZIPF = 2.7
COMPOUND_ZIPF = 3.3
TOP_WORDS = 30_000
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


def wordnet_glosses(wordnet: Path) -> list[str]:
    """Return the short definitions of nouns and verbs, examples removed."""
    glosses: set[str] = set()
    for part in ("noun", "verb"):
        for line in (wordnet / f"data.{part}").read_text().splitlines():
            if line.startswith("  "):
                continue
            gloss = re.sub(r"\(.*?\)", "", line.split("| ", 1)[1]).split(";")[0].strip().lower()
            words = gloss.split()
            if 2 <= len(words) <= GLOSS_WORDS and min(zipf_frequency(word, "en") for word in words) >= LEMMA_ZIPF:
                glosses.add(gloss)
    return sorted(glosses)


def noun_hypernyms(wordnet: Path) -> dict[str, list[str]]:
    """Map each noun to the lemmas of its first sense and of the senses above it, nearest first."""
    synsets: dict[str, tuple[list[str], str]] = {}
    for line in (wordnet / "data.noun").read_text().splitlines():
        if line.startswith("  "):
            continue
        fields = line.split(" | ")[0].split(" ")
        count = int(fields[3], 16)
        lemmas = [fields[4 + 2 * index].replace("_", " ") for index in range(count)]
        above = [fields[index + 1] for index, field in enumerate(fields) if field in ("@", "@i")]
        synsets[fields[0]] = (lemmas, above[0] if above else "")
    chains: dict[str, list[str]] = {}
    for line in (wordnet / "index.noun").read_text().splitlines():
        if line.startswith("  "):
            continue
        fields = line.split()
        offset, chain = fields[-int(fields[2])], []
        while offset:
            lemmas, offset = synsets[offset]
            chain.extend(lemmas)
        chains[fields[0].replace("_", " ")] = chain
    return chains
