"""What an emoji states about itself, read from its CLDR short name and its Unicode subgroup."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TONES = ("light", "medium-light", "medium", "medium-dark", "dark")
TONE_WORDS = re.compile(r"(medium-light|medium-dark|light|medium|dark) skin tone")
PERSON_SUBGROUPS = frozenset(
    {"person", "person-gesture", "person-role", "person-fantasy", "person-activity", "person-sport", "person-resting"}
)
VEHICLE_SUBGROUPS = frozenset({"transport-ground", "transport-water", "transport-air"})
KIND_OF_SUBGROUP = (
    ("hand", ""),
    ("body-parts", ""),
    ("person-symbol", "symbol"),
    ("person", "person"),
    ("family", "person"),
    ("animal-", "animal"),
    ("food-", "food"),
    ("drink", "food"),
    ("place-", "place"),
    ("hotel", "place"),
    ("transport-sign", "symbol"),
    ("transport-", "object"),
    ("plant-", "object"),
    ("dishware", "object"),
)
MAN_WORDS = frozenset({"man", "men", "boy", "merman", "prince", "santa"})
WOMAN_WORDS = frozenset({"woman", "women", "girl", "mermaid", "princess", "mrs."})
NEUTRAL_NAMES = {
    "man": "person",
    "woman": "person",
    "boy": "child",
    "girl": "child",
    "old man": "older person",
    "old woman": "older person",
    "merman": "merperson",
    "mermaid": "merperson",
    "santa claus": "mx claus",
    "mrs. claus": "mx claus",
}
CHILD_NAMES = frozenset({"baby", "child", "boy", "girl", "baby angel"})
OLDER_NAMES = frozenset({"older person", "old man", "old woman"})
ADULT_WORDS = frozenset({"man", "men", "woman", "women"})
NOT_VEHICLES = frozenset(
    {
        "fuel pump",
        "wheel",
        "bus stop",
        "motorway",
        "railway track",
        "oil drum",
        "police car light",
        "horizontal traffic light",
        "vertical traffic light",
        "stop sign",
        "construction",
        "anchor",
        "ring buoy",
        "seat",
        "roller skate",
        "skateboard",
        "station",
        "mountain cableway",
    }
)


@dataclass(frozen=True)
class Emoji:
    """One emoji and what its own name states; an empty string where it states nothing."""

    name: str
    concept: str
    gender: str
    skin_tone: str
    age: str
    kind: str
    subgroup: str
    keywords: tuple[str, ...] = ()

    @property
    def is_vehicle(self) -> bool:
        return self.subgroup in VEHICLE_SUBGROUPS and self.concept not in NOT_VEHICLES

    @property
    def has_two_tones(self) -> bool:
        return len(TONE_WORDS.findall(self.name)) > 1


def slugify(name: str) -> str:
    """Write a name the way icon collections do."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("’", "").replace("'", "")).strip("-")


def without_tone(name: str) -> str:
    """Remove the skin tone from a CLDR short name: `man: dark skin tone, beard` becomes `man: beard`."""
    bare = TONE_WORDS.sub("", name)
    bare = re.sub(r"(,\s*)+", ", ", bare)
    return re.sub(r":\s*,\s*", ": ", bare).strip(" ,:")


def state_gender(bare_name: str, subgroup: str) -> str:
    """Return man or woman where the name of a single person (or of several alike) says so."""
    if subgroup not in PERSON_SUBGROUPS:
        return ""
    words = set(re.split(r"[\s:,]+", bare_name.lower()))
    is_man, is_woman = bool(words & MAN_WORDS), bool(words & WOMAN_WORDS)
    if is_man == is_woman:
        return ""
    return "man" if is_man else "woman"


def state_age(bare_name: str, subgroup: str) -> str:
    """Return the age that the words man, woman, child, old state; a plain person is an adult in Unicode's terms."""
    name = bare_name.lower()
    if subgroup not in PERSON_SUBGROUPS:
        return ""
    if name in CHILD_NAMES:
        return "child"
    if name in OLDER_NAMES:
        return "older adult"
    words = set(re.split(r"[\s:,]+", name))
    return "adult" if words & ADULT_WORDS or name == "person" or name.startswith("person:") else ""


def state_kind(group: str, subgroup: str) -> str:
    """Map Unicode's group and subgroup to one of six kinds; hands, body parts and unknown emoji have none."""
    if not group:
        return ""
    for prefix, kind in KIND_OF_SUBGROUP:
        if subgroup.startswith(prefix):
            return kind
    return "object" if group in {"activities", "objects"} else "symbol"


def neutral_concept(bare_name: str, known_names: frozenset[str]) -> str:
    """Return the name of the same emoji without a gender: `man health worker` becomes `health worker`."""
    name = bare_name.lower()
    if name in NEUTRAL_NAMES or " and " in name:
        return NEUTRAL_NAMES.get(name, name)
    rest = re.sub(r"^(man|woman|men|women|person|people):? ", "", name)
    if rest == name:
        return re.sub(r"\b(man|woman)$", "person", name)
    for candidate in (f"person {rest}", f"people {rest}", f"person: {rest}", rest):
        if candidate in known_names:
            return candidate.replace("person: ", "")
    return f"person {rest}" if rest.startswith(("with ", "in ", "dancing", "feeding")) else rest


def describe(
    name: str, group: str, subgroup: str, keywords: tuple[str, ...] = (), known: frozenset[str] = frozenset()
) -> Emoji:
    """Read everything an emoji states from its name."""
    bare = without_tone(name)
    tones = TONE_WORDS.findall(name)
    return Emoji(
        name=name,
        concept=neutral_concept(bare, known),
        gender=state_gender(bare, subgroup),
        skin_tone=tones[0] if len(tones) == 1 else "",
        age=state_age(bare, subgroup),
        kind=state_kind(group, subgroup),
        subgroup=subgroup,
        keywords=keywords,
    )


def load_emoji(emojibase: Path) -> dict[str, Emoji]:
    """Read the emojibase package: hexadecimal code points without FE0F -> emoji."""
    messages = json.loads((emojibase / "en/messages.json").read_text())
    groups = {item["order"]: item["key"] for item in messages["groups"]}
    data = json.loads((emojibase / "en/data.json").read_text())
    known = frozenset(entry["label"].lower() for entry in data)
    subgroups = _subgroup_names(messages)
    found: dict[str, Emoji] = {}
    for entry in data:
        if "group" not in entry:
            continue
        keywords = tuple(entry.get("tags", ()))
        group, subgroup = groups[entry["group"]], subgroups[entry["subgroup"]]
        for form in (entry, *entry.get("skins", ())):
            found[plain_code(form["hexcode"])] = describe(form["label"], group, subgroup, keywords, known)
    return found


def _subgroup_names(messages: Mapping[str, list[dict[str, str | int]]]) -> dict[int, str]:
    names: dict[int, str] = {}
    for item in messages["subgroups"]:
        names.setdefault(int(item["order"]), str(item["key"]))
    return names


def plain_code(hexcode: str) -> str:
    """Write code points in lower case, joined by `-`, without variation selectors."""
    parts = re.split(r"[-_ ]", hexcode.lower())
    return "-".join(part.lstrip("0") or "0" for part in parts if part != "fe0f")
