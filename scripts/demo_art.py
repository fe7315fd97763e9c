"""Fetch emoji art and write the audit images with their annotations, or the training pictures as one array."""

import argparse
import csv
from pathlib import Path

import numpy as np
from demo_encoder.art import EMOJIBASE, VENDORS, draw, fetch
from demo_encoder.emoji import Emoji, load_emoji, slugify

AUDIT_PX = 128
TRAINING_PX = 72
COLUMNS = ("image_id", "art", "gender", "skin_tone", "age", "concept", "kind", "subgroup", "drawing")
LEFT_OUT_SUBGROUPS = frozenset({"country-flag", "subdivision-flag", "flag", "keycap", "skin-tone", "hair-style"})


def in_audit(emoji: Emoji) -> bool:
    """Leave out hands and body parts, flags, keycaps, and couples of two skin tones."""
    return bool(emoji.kind) and emoji.subgroup not in LEFT_OUT_SUBGROUPS and not emoji.has_two_tones


def annotation(art: str, emoji: Emoji) -> dict[str, str]:
    """Return the metadata row of one audit image."""
    drawing = " / ".join(part for part in (art, emoji.concept, emoji.gender) if part)
    return {
        "image_id": f"{slugify(art)}/{slugify(emoji.name)}.png",
        "art": art,
        "gender": emoji.gender,
        "skin_tone": emoji.skin_tone,
        "age": emoji.age,
        "concept": emoji.concept,
        "kind": emoji.kind,
        "subgroup": emoji.subgroup,
        "drawing": drawing,
    }


def write_audit(target: Path, cache: Path) -> list[dict[str, str]]:
    """Write images/ and metadata.csv of the audit art; return the rows."""
    emoji = load_emoji(fetch(EMOJIBASE, cache))
    rows: dict[str, dict[str, str]] = {}
    for vendor in (vendor for vendor in VENDORS if vendor.role == "audit"):
        for drawing in draw(vendor, emoji, cache, AUDIT_PX):
            row = annotation(vendor.art, drawing.emoji)
            if not in_audit(drawing.emoji) or row["image_id"] in rows:
                continue
            path = target / "images" / row["image_id"]
            path.parent.mkdir(parents=True, exist_ok=True)
            drawing.image.save(path)
            rows[row["image_id"]] = row
    with (target / "metadata.csv").open("w", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS)
        writer.writeheader()
        writer.writerows(rows.values())
    return list(rows.values())


def write_training(target: Path, cache: Path) -> int:
    """Write the training pictures and the names of their emoji to one file; return how many."""
    emoji = load_emoji(fetch(EMOJIBASE, cache))
    pixels, arts, items = [], [], []
    for vendor in (vendor for vendor in VENDORS if vendor.role == "training"):
        for drawing in draw(vendor, emoji, cache, TRAINING_PX):
            pixels.append(np.asarray(drawing.image))
            arts.append(vendor.art)
            items.append(drawing.emoji)
    target.parent.mkdir(parents=True, exist_ok=True)
    np.savez(target, pixels=np.stack(pixels), art=np.array(arts), emoji=np.array(items, dtype=object))
    return len(items)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("audit", "training"))
    parser.add_argument("--out", type=Path, required=True, help="audit: a folder; training: an .npz file")
    parser.add_argument("--cache", type=Path, default=Path(".cache/demo-art"), help="folder of downloaded packages")
    arguments = parser.parse_args()
    if arguments.part == "audit":
        print(f"{len(write_audit(arguments.out, arguments.cache))} audit images in {arguments.out}")
    else:
        print(f"{write_training(arguments.out, arguments.cache)} training pictures in {arguments.out}")


if __name__ == "__main__":
    main()
