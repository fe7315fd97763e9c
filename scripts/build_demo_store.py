"""Write the audit images with their annotations, and build the embedded store `emoji` from them."""

import argparse
import subprocess
import sys
from pathlib import Path

from demo_art import write_audit

ABOUT = Path(__file__).with_name("emoji_about.toml")
THUMBNAIL_PX = 72


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audit", type=Path, default=Path(".cache/demo-audit"), help="folder of the audit images")
    parser.add_argument("--cache", type=Path, default=Path(".cache/demo-art"), help="folder of downloaded packages")
    parser.add_argument("--encoder", default="embeddings_cache/emoji/encoder")
    arguments = parser.parse_args()
    if not (arguments.audit / "metadata.csv").exists():
        print(f"Wrote {len(write_audit(arguments.audit, arguments.cache))} images to {arguments.audit}")
    subprocess.run(build_command(arguments.audit, arguments.encoder), check=True)


if __name__ == "__main__":
    main()
