"""Write docs/licences.md: every package of requirements.lock with its licence, as the installed package states it."""

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK, TARGET = ROOT / "requirements.lock", ROOT / "docs" / "licences.md"
PIN = re.compile(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)")
#: Only where a GPU is; deploy/image/without_gpu.py leaves them out of the image.
GPU = re.compile(r"nvidia-|cuda-|triton$")
#: What no dependency may say, since it would forbid or bind internal use; NVIDIA's own terms are argued in the text.
FORBIDDEN = re.compile(r"AGPL|Affero|non-?commercial|CC-BY-NC|SSPL|Server Side Public|Business Source|BUSL", re.I)
#: What states no licence or its whole text.
READ = {"cuda-toolkit": "names packages only, holds nothing", "nvidia-cusparselt-cu13": "LicenseRef-NVIDIA-Proprietary"}
CLASSES = {
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0",
    "Python Software Foundation License": "PSF-2.0",
}
HEAD = """# Licences of what clipdash runs on

`make licences` writes this page from the packages of [requirements.lock](../requirements.lock) as they are installed.
A test holds the two together and refuses a licence that would forbid internal use, or ask for the publication of what
runs behind a network (AGPL, SSPL, non-commercial terms). clipdash itself is Apache-2.0; the art of the demo store
keeps its own licences ([NOTICE](../NOTICE)).

- *LGPL* (psycopg) and *MPL* (certifi, tqdm) bind whoever hands on changed copies of those packages; they are used
  unchanged.
- *NVIDIA's terms* (`LicenseRef-NVIDIA-Proprietary`) are those of CUDA, which is free to use and not free software. Its
  packages come along with the build of torch that the public index offers for Linux; the image leaves them out (last
  column; [deploy.md](deploy.md) says how).

| package | version | licence | in the image |
|---|---|---|---|
"""


def read_pins(lock: str) -> list[tuple[str, str]]:
    """Return name and version of each package of a lock file, in its order."""
    return PIN.findall(lock)


def name_licence(name: str) -> str:
    """Return the licence that an installed package states, as short as it can be said."""
    told = distribution(name).metadata
    classes = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier", []) if line.startswith("License ::")]
    known = [CLASSES.get(line, line) for line in classes if line != "OSI Approved"]
    free = " ".join((told.get("License") or "").split())
    stated = told.get("License-Expression") or (free if 0 < len(free) <= 60 else "") or " or ".join(known)
    return READ.get(name) or stated or "not stated"


def write_page(pins: list[tuple[str, str]]) -> str:
    rows = [
        f"| {name} | {version} | {name_licence(name)} | {'no' if GPU.match(name) else 'yes'} |"
        for name, version in pins
    ]
    return HEAD + "\n".join(rows) + "\n"


def main() -> None:
    pins = read_pins(LOCK.read_text(encoding="utf-8"))
    try:
        page = write_page(pins)
    except PackageNotFoundError as missing:
        sys.exit(f"{missing.name} is not installed here. Run make setup first.")
    refused = [line for line in page.split("|---|---|---|---|")[1].splitlines() if FORBIDDEN.search(line)]
    if refused:
        sys.exit("These licences are not accepted:\n" + "\n".join(refused))
    TARGET.write_text(page, encoding="utf-8")
    print(f"Wrote {TARGET.relative_to(ROOT)}: {len(pins)} packages")


if __name__ == "__main__":
    main()
