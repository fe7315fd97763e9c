"""Texts that are true of an emoji, and the prompts that wrap them."""

import re
from dataclasses import dataclass

from demo_encoder.emoji import Emoji
from demo_encoder.phrases import PERSON, Sense

PREFIXES = (
    "a picture of a",
    "a picture of",
    "a photo of a",
    "a photo of",
    "an image of a",
    "a drawing of a",
    "an emoji of a",
    "an icon of a",
    "a",
    "the",
    "this is a",
)
GENDER_TEXTS = {
    "man": ("man", "male person", "male", "a man", "adult man"),
    "woman": ("woman", "female person", "female", "a woman", "adult woman"),
}
GIRL_BOY = {"man": ("boy", "male child", "male"), "woman": ("girl", "female child", "female")}
PERSON_TEXTS = ("person", "human", "human being", "people")
AGE_TEXTS = {
    "child": ("child", "kid", "young person", "little child"),
    "older adult": ("older adult", "elderly person", "old person", "older person", "senior citizen"),
    "adult": ("adult",),
    "": (),
}
KIND_TEXTS = {
    "animal": ("animal", "creature"),
    "food": ("food", "something to eat"),
    "object": ("object", "thing"),
    "place": ("place", "scene"),
    "symbol": ("symbol", "sign"),
    "": (),
}
VEHICLE_TEXTS = ("vehicle", "means of transport")
SUBGROUP_TEXTS = {
    "animal-mammal": ("mammal",),
    "animal-bird": ("bird",),
    "animal-amphibian": ("amphibian",),
    "animal-reptile": ("reptile",),
    "animal-marine": ("sea animal",),
    "animal-bug": ("insect", "bug"),
    "plant-flower": ("flower", "plant"),
    "plant-other": ("plant",),
    "food-fruit": ("fruit",),
    "food-vegetable": ("vegetable",),
    "food-prepared": ("meal",),
    "food-sweet": ("dessert",),
    "drink": ("drink", "beverage"),
    "place-building": ("building",),
    "place-geographic": ("landscape",),
    "transport-ground": ("land vehicle",),
    "transport-water": ("boat",),
    "transport-air": ("aircraft",),
    "sky-weather": ("weather", "sky"),
    "clothing": ("clothing",),
    "musical-instrument": ("musical instrument",),
    "tool": ("tool",),
    "sport": ("sport",),
    "face-smiling": ("smiley face", "happy face"),
    "face-concerned": ("sad face",),
    "country-flag": ("flag",),
    "flag": ("flag",),
    "heart": ("heart",),
    "family": ("family", "group of people", "couple"),
    "hand-fingers-open": ("hand",),
    "hand-fingers-partial": ("hand",),
    "hand-single-finger": ("hand",),
    "hand-fingers-closed": ("hand",),
    "hands": ("hands",),
    "body-parts": ("body part",),
}

# WordNet's lexicographer files: a drawing of a person is described by senses that are persons, and so on
ANIMAL, ARTIFACT, FOOD, NATURAL, PLANT = 5, 6, 13, 17, 20
GENDERED = re.compile(r"(man|men|woman|women|boy|girl)$")
DOMAINS = {
    "person": (PERSON,),
    "animal": (ANIMAL,),
    "food": (FOOD,),
    "object": (ARTIFACT, PLANT),
    "place": (ARTIFACT, NATURAL),
}


@dataclass(frozen=True)
class Relatives:
    """What a dictionary says of an emoji: words that are true of it, and narrower or gendered words that may be."""

    true: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()

    def leave_open(self, words: frozenset[str]) -> "Relatives":
        """Take some words out of the true ones without making them false."""
        kept = tuple(word for word in self.true if word not in words)
        return Relatives(kept, (*self.possible, *(word for word in self.true if word in words)))


def relatives(emoji: Emoji, senses: dict[str, list[Sense]]) -> Relatives:
    """Look up the concept's first sense of the right domain: synonyms and hypernyms are true of the drawing."""
    concept = emoji.concept.removeprefix("person ")
    fitting = [item for item in senses.get(concept, ()) if item.domain in DOMAINS.get(emoji.kind, ())]
    if not fitting:
        return Relatives()
    words = dict.fromkeys((*fitting[0].synonyms, *fitting[0].above))
    gendered = tuple(word for word in words if GENDERED.search(word))
    true = tuple(word for word in words if word != emoji.concept and word not in gendered)
    return Relatives(true, tuple(dict.fromkeys((*fitting[0].below, *gendered))))


def concept_texts(emoji: Emoji) -> tuple[str, ...]:
    """Return the emoji's own name without gender, and its keywords."""
    concept = emoji.concept
    plain = concept.removeprefix("person ").removeprefix("with ") if concept.startswith("person ") else concept
    gendered = {"man", "woman", "men", "women", "male", "female", "person", "people", "human", "adult", "boy", "girl"}
    keywords = tuple(word.lower() for word in emoji.keywords if word.lower() not in gendered)
    return tuple(dict.fromkeys((concept, plain, *keywords)))


def general_texts(emoji: Emoji) -> tuple[str, ...]:
    """Return the hypernyms: person, animal, vehicle, fruit, ..."""
    if emoji.kind == "person":
        own = SUBGROUP_TEXTS.get(emoji.subgroup, ())
        return (*PERSON_TEXTS, *own, *AGE_TEXTS[emoji.age])
    own = VEHICLE_TEXTS if emoji.is_vehicle else ()
    return (*KIND_TEXTS[emoji.kind], *own, *SUBGROUP_TEXTS.get(emoji.subgroup, ()))


def gender_texts(emoji: Emoji) -> tuple[str, ...]:
    """Return the words for the stated gender; a child is a boy or a girl."""
    if not emoji.gender:
        return ()
    return (GIRL_BOY if emoji.age == "child" else GENDER_TEXTS)[emoji.gender]


def joined_texts(emoji: Emoji) -> tuple[str, ...]:
    """Return names that join gender, concept and age: `woman judge`, `female judge`, `old man`."""
    texts = [emoji.name.split(":")[0].lower(), f"{emoji.gender} {emoji.concept}".strip()]
    if emoji.skin_tone and emoji.kind == "person":
        texts.append(f"{emoji.concept} with {emoji.skin_tone} skin")
    if emoji.gender and emoji.age != "child":
        adjective = "male" if emoji.gender == "man" else "female"
        texts += [f"{adjective} {emoji.concept}", f"{emoji.concept}, a {emoji.gender}"]
        if emoji.age == "older adult":
            texts += [f"elderly {emoji.gender}", f"old {emoji.gender}"]
    return tuple(dict.fromkeys(texts))


def all_texts(emoji: Emoji) -> tuple[str, ...]:
    """Return every text that is true of the emoji."""
    parts = (*concept_texts(emoji), *general_texts(emoji), *gender_texts(emoji), *joined_texts(emoji))
    return tuple(dict.fromkeys(parts))
