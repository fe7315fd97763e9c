"""Fetch emoji art from npm packages, and render it to square pictures on white."""

import io
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import resvg_py
from PIL import Image

from demo_encoder.emoji import Emoji, describe, plain_code, slugify

MARGIN = 0.06
RENDER_PX = 160
EMOJIBASE = "emojibase-data@17.0.0"


@dataclass(frozen=True)
class Vendor:
    """One style of art: the package that carries it, and what its licence asks for."""

    art: str
    package: str
    version: str
    licence: str
    attribution: str
    role: str

    @property
    def spec(self) -> str:
        return f"{self.package}@{self.version}"


VENDORS = (
    Vendor(
        "Twemoji",
        "@iconify-json/twemoji",
        "1.2.5",
        "CC-BY-4.0",
        "Twemoji, copyright Twitter, Inc and other contributors, CC BY 4.0; cropped and scaled",
        "audit",
    ),
    Vendor(
        "Fluent flat",
        "@iconify-json/fluent-emoji-flat",
        "1.2.6",
        "MIT",
        "Fluent Emoji (flat), copyright Microsoft Corporation, MIT",
        "audit",
    ),
    Vendor(
        "Fluent 3D",
        "@lobehub/fluent-emoji-3d",
        "1.1.0",
        "MIT",
        "Fluent Emoji (3D), copyright Microsoft Corporation, MIT; packaged by LobeHub, MIT",
        "audit",
    ),
    Vendor(
        "Noto", "@iconify-json/noto", "1.2.9", "Apache-2.0", "Noto Emoji, copyright Google Inc, Apache 2.0", "training"
    ),
    Vendor(
        "Noto v1",
        "@iconify-json/noto-v1",
        "1.2.5",
        "Apache-2.0",
        "Noto Emoji (earlier drawings), copyright Google Inc, Apache 2.0",
        "training",
    ),
    Vendor(
        "EmojiOne",
        "@iconify-json/emojione",
        "1.2.3",
        "CC-BY-4.0",
        "EmojiOne 2.3 as kept by EmojiTwo, CC BY 4.0",
        "training",
    ),
    Vendor(
        "FxEmoji", "@iconify-json/fxemoji", "1.2.2", "Apache-2.0", "FxEmojis, copyright Mozilla, Apache 2.0", "training"
    ),
    Vendor(
        "Streamline",
        "@iconify-json/streamline-emojis",
        "1.2.4",
        "CC-BY-4.0",
        "Streamline Emojis, copyright Streamline, CC BY 4.0",
        "training",
    ),
)


@dataclass(frozen=True)
class Drawing:
    """One picture of one emoji by one vendor."""

    art: str
    emoji: Emoji
    image: Image.Image


def fetch(spec: str, cache: Path) -> Path:
    """Download one npm package once; return the folder of its files."""
    target = cache / re.sub(r"[^a-z0-9.]+", "-", spec.lower()).strip("-")
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", "--silent", "--pack-destination", str(cache), spec]
        name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
        with tarfile.open(cache / name) as archive:
            archive.extractall(target.with_suffix(".part"), filter="data")
        target.with_suffix(".part").rename(target)
    return target / "package"


def crop_to_square(image: Image.Image, pixels: int) -> Image.Image | None:
    """Put a picture on white, crop it to what is not transparent plus a margin, and scale it."""
    rgba = image.convert("RGBA")
    box = rgba.getchannel("A").point(lambda alpha: 255 if alpha > 8 else 0).getbbox()
    if box is None:
        return None
    white = Image.new("RGBA", rgba.size, "white")
    white.alpha_composite(rgba)
    width, height = box[2] - box[0], box[3] - box[1]
    side = round(max(width, height) * (1 + 2 * MARGIN))
    square = Image.new("RGB", (side, side), "white")
    square.paste(white.convert("RGB").crop(box), ((side - width) // 2, (side - height) // 2))
    return square.resize((pixels, pixels), Image.Resampling.LANCZOS)


def render_svg(body: str, width: int, height: int) -> Image.Image:
    """Render the inside of an SVG."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">{body}</svg>'
    )
    png = resvg_py.svg_to_bytes(svg_string=svg, width=RENDER_PX, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png)))


def named_emoji(name: str, by_letters: dict[str, Emoji]) -> Emoji | None:
    """Find the emoji of an icon's name; an unknown name of several words is described by these."""
    bare = re.sub(r"-\d+$", "", name)
    letters = bare.replace("-", "")
    if letters in by_letters or "-" not in bare:
        return by_letters.get(letters)
    words = re.sub(r"-(light|medium-light|medium|medium-dark|dark)-skin-tone$", r": \1 skin tone", bare)
    label = words.replace("medium-", "medium~").replace("-", " ").replace("~", "-")
    is_person = re.search(r"\b(man|woman|men|women|boy|girl|person)\b", label) is not None
    return describe(label, "people-body" if is_person else "", "person" if is_person else "")


def icon_pictures(package: Path, emoji: dict[str, Emoji]) -> Iterator[tuple[Emoji, Image.Image]]:
    """Render an icon collection, by code point where it lists them, else by name."""
    data = json.loads((package / "icons.json").read_text())
    listed = package / "chars.json"
    codes = json.loads(listed.read_text()) if listed.exists() else {}
    by_letters = {slugify(item.name).replace("-", ""): item for item in emoji.values()}
    if codes:
        found = {name: emoji[plain_code(code)] for code, name in codes.items() if plain_code(code) in emoji}
    else:
        found = {name: item for name in data["icons"] if (item := named_emoji(name, by_letters)) is not None}
    for name, item in found.items():
        icon = data["icons"].get(name)
        if icon is None:
            continue
        width, height = icon.get("width", data.get("width", 16)), icon.get("height", data.get("height", 16))
        yield item, render_svg(icon["body"], width, height)


def file_pictures(package: Path, emoji: dict[str, Emoji]) -> Iterator[tuple[Emoji, Image.Image]]:
    """Open pictures whose file names are code points."""
    for path in sorted((package / "assets").iterdir()):
        item = emoji.get(plain_code(path.stem))
        if item is not None:
            with Image.open(path) as image:
                yield item, image.convert("RGBA")


def draw(vendor: Vendor, emoji: dict[str, Emoji], cache: Path, pixels: int) -> Iterator[Drawing]:
    """Yield every picture of one vendor whose emoji is known."""
    package = fetch(vendor.spec, cache)
    pictures = icon_pictures if (package / "icons.json").exists() else file_pictures
    for item, image in pictures(package, emoji):
        square = crop_to_square(image, pixels)
        if square is not None:
            yield Drawing(vendor.art, item, square)
