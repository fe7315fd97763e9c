"""Makes the word lists of clipdash/words/ from the files of WordNet 3.0.

    python scripts/make_word_lists.py /usr/share/wordnet

reads ``cntlist.rev`` (how often each sense occurs in the texts that WordNet's makers tagged) and ``data.noun``, which
Debian's package wordnet-base brings, and writes

- ``common.txt``: the 10,000 most frequent nouns and adjectives of one word;
- ``neutral.txt``: the 400 most frequent nouns whose usual sense is a thing, a food, a plant or a place in nature, that
  are no names, and nothing that people wear, are hurt or healed by, are buried or locked up in.
"""

import argparse
import re
from collections import Counter, defaultdict
from pathlib import Path

WORDS = Path(__file__).parent.parent / "clipdash" / "words"
COMMON, NEUTRAL = 10_000, 400
WORD = re.compile(r"[a-z]{3,}")
NOUN, ADJECTIVES = "1", ("3", "5")
#: Lexicographer files of nouns: artifact, food, object, plant.
THINGS = {"06", "13", "17", "20"}
#: First words of the synsets whose hyponyms are left out of the neutral nouns.
NOT_NEUTRAL = {
    *(
        "clothing",
        "garment",
        "footwear",
        "headdress",
        "jewelry",
        "adornment",
        "cosmetic",
        "consumer_goods",
        "cloth_covering",
    ),
    *(
        "trousers",
        "glove",
        "handwear",
        "purse",
        "eyeglass",
        "monocle",
        "contraceptive",
        "coffin",
        "crutch",
        "prosthesis",
    ),
    *("medical_instrument", "medicine", "therapeutic", "implant", "hormone", "antibody", "antigen", "fluid", "reagent"),
    *("weapon", "weaponry", "explosive", "ammunition", "instrumentality_of_war", "military_vehicle", "warship"),
    *("correctional_institution", "prison", "restraint", "drug", "drug_of_abuse", "alcohol", "poison", "toilet"),
    *("place_of_worship", "religious_residence", "burial_chamber", "grave", "portrait", "body_covering", "doll"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    counts, senses = count_senses(folder / "cntlist.rev")
    common = rank({word: sum(senses[word].values()) for word in senses})[:COMMON]
    fit = find_fit(folder / "data.noun")
    nouns = {word: count for word, count in counts.items() if is_thing(senses[word]) and word in fit}
    for name, words in (("common", common), ("neutral", rank(nouns)[:NEUTRAL])):
        (WORDS / f"{name}.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
        print(f"{name}: {len(words):,} words, {', '.join(words[:8])}, ..., {', '.join(words[-4:])}")


def count_senses(path: Path) -> tuple[Counter[str], dict[str, Counter[str]]]:
    """Return how often each noun occurs, and how often each noun or adjective occurs under each lexicographer file."""
    nouns: Counter[str] = Counter()
    senses: dict[str, Counter[str]] = defaultdict(Counter)
    for line in path.read_text(encoding="ascii").splitlines():
        key, _, count = line.split()
        lemma, _, rest = key.partition("%")
        kind, file = rest.split(":")[:2]
        if WORD.fullmatch(lemma) and (kind == NOUN or kind in ADJECTIVES):
            senses[lemma][file if kind == NOUN else "adjective"] += int(count)
            nouns[lemma] += int(count) if kind == NOUN else 0
    return nouns, senses


def is_thing(senses: Counter[str]) -> bool:
    """Say whether at least two thirds of a word's occurrences mean a thing."""
    return sum(senses[file] for file in THINGS) * 3 >= 2 * senses.total() > 0


def find_fit(path: Path) -> set[str]:
    """Return the words that are not only names, and in no synset below one of those that are not neutral."""
    words, parents = {}, {}
    for line in path.read_text(encoding="ascii").splitlines():
        if line.startswith("  "):  # the licence
            continue
        fields = line.split(" | ")[0].split()
        count = int(fields[3], 16)
        words[fields[0]] = fields[4 : 4 + 2 * count : 2]
        pointers = fields[5 + 2 * count :]
        parents[fields[0]] = [pointers[at + 1] for at in range(0, len(pointers) - 3, 4) if pointers[at] in ("@", "@i")]
    unfit = {synset for synset, names in words.items() if NOT_NEUTRAL.intersection(names)}
    while True:
        more = {synset for synset, above in parents.items() if synset not in unfit and unfit.intersection(above)}
        if not more:
            plain = {word for names in words.values() for word in names if word.islower()}
            return plain.difference(word.lower() for synset in unfit for word in words[synset])
        unfit |= more


def rank(counts: dict[str, int]) -> list[str]:
    """Return the words, the most frequent first, equal ones by the alphabet."""
    return sorted(counts, key=lambda word: (-counts[word], word))


if __name__ == "__main__":
    main()
