"""Write the audit images with their annotations, build the embedded store `emoji` from them, and add its prompts."""

import argparse
import subprocess
import sys
from pathlib import Path

from clipdash.labels import list_presets, load_labels, read_words
from clipdash.store import Store, open_store, read_about
from clipdash.store.manifest import MANIFEST, Manifest, dump_manifest, read_manifest
from clipdash.zeroshot import fill_prompts, ship_prompts

FOLDER = Path("embeddings_cache/emoji")
ABOUT = Path(__file__).with_name("emoji_about.toml")
THUMBNAIL_PX = 72
PRESET = "denigration"  # with the template of all that fit the store


def build_command(audit: Path, encoder: str) -> list[str]:
    """Return the project's own command that builds the store."""
    options = {
        "--images": str(audit / "images"),
        "--metadata": str(audit / "metadata.csv"),
        "--encoder": f"local-dir:{encoder}",
        "--about": str(ABOUT),
        "--thumbnail-size": str(THUMBNAIL_PX),
    }
    pairs = [part for option in options.items() for part in option]
    return [sys.executable, "-m", "clipdash", "build", "emoji", *pairs, "--embed-encoder", "--replace"]


def list_prompts() -> list[str]:
    """Return what the pages ask of the store before anyone types: every preset, and neutral words beside its labels."""
    sets = [preset.label_set for preset in list_presets()]
    asked = [prompt for one in sets for text in one.texts for prompt in fill_prompts(one, text)]
    asked += [prompt for word in read_words("neutral").words for prompt in fill_prompts(load_labels(PRESET), word)]
    return list(dict.fromkeys(asked))


def ship_presets() -> Store:
    """Add the presets' prompts to the store; nothing else of it is written again."""
    return ship_prompts(open_store("emoji"), list_prompts())


def rewrite_about() -> Manifest:
    """Say of the store what the about file says; of its files the manifest alone is written again."""
    known = read_manifest(FOLDER)
    fields = {name: getattr(known, name) for name in Manifest.model_fields if name != "schema_"}
    said = read_about(ABOUT).model_dump(include={"title", "licence", "source", "notice", "depicts"})
    manifest = Manifest(**(fields | said))
    (FOLDER / MANIFEST).write_bytes(dump_manifest(manifest))
    return manifest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audit", type=Path, default=Path(".cache/demo-audit"), help="folder of the audit images")
    parser.add_argument("--cache", type=Path, default=Path(".cache/demo-art"), help="folder of downloaded packages")
    parser.add_argument("--encoder", default="embeddings_cache/emoji/encoder")
    parser.add_argument("--prompts-only", action="store_true", help="leave the images, and embed the presets anew")
    parser.add_argument("--about-only", action="store_true", help="leave the images, and say anew what the store is")
    arguments = parser.parse_args()
    if arguments.about_only:
        print(f"The store is now {rewrite_about().digest}")
        return
    if arguments.prompts_only:
        print(f"{ship_presets().manifest.variants[0].texts} prompts")
        return
    from demo_art import write_audit  # needs what only this script needs

    if not (arguments.audit / "metadata.csv").exists():
        print(f"Wrote {len(write_audit(arguments.audit, arguments.cache))} images to {arguments.audit}")
    subprocess.run(build_command(arguments.audit, arguments.encoder), check=True)
    ship_presets()


if __name__ == "__main__":
    main()
