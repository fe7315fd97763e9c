"""Leave out of an image what only a GPU would use: `--lock` shortens a lock file, `--link` lets torch load without it.

The build of torch that the public index offers for Linux is linked to some three gigabytes of CUDA libraries, and its
loader asks for them even where no GPU is. They are not installed; in their place stand libraries of a few kilobytes
whose every function answers "no device" (cudaErrorNoDevice), which torch takes as "there is no GPU". A build of torch
for the CPU asks for none of this: then the lock stays as it is, and no library is written.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = re.compile(r"(nvidia-|cuda-|triton==)")  # at the start of a line of a lock file
LIBRARIES = re.compile(r"lib(cu|nv|nccl)")  # what torch's own libraries need; its own begin with libtorch and libc10
FUNCTIONS = re.compile(r"_{0,2}(cu|nv|nccl)")
NO_DEVICE = 100
SPARE = ("libtorch_cuda_linalg.so", "libcaffe2_nvrtc.so")  # loaded on demand, for nothing that a CPU does


def shorten_lock(text: str) -> str:
    """Return the lock file's text without the packages that only a GPU uses; an entry ends where the next begins."""
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
    return "".join(entry for entry in entries if not NAMES.match(entry))


def list_needs(library: Path) -> tuple[dict[str, str], set[str]]:
    """Return what a library needs of CUDA: the libraries with the version they are asked for, and functions."""
    from elftools.elf.elffile import ELFFile

    with library.open("rb") as file:
        parts = {section.name: section for section in ELFFile(file).iter_sections()}
        tags = [tag for tag in parts[".dynamic"].iter_tags() if tag.entry.d_tag == "DT_NEEDED"]
        needed = {tag.needed: tag.needed for tag in tags if LIBRARIES.match(tag.needed)}
        for need, versions in parts[".gnu.version_r"].iter_versions():
            if need.name in needed:
                needed[need.name] = next(version.name for version in versions)
        undefined = {symbol.name for symbol in parts[".dynsym"].iter_symbols() if symbol["st_shndx"] == "SHN_UNDEF"}
    return needed, {name for name in undefined if FUNCTIONS.match(name)}


def write_library(target: Path, version: str, functions: set[str]) -> None:
    """Compile a library named as `target` in which every one of `functions` returns `NO_DEVICE`."""
    with tempfile.TemporaryDirectory() as folder:
        source, script = Path(folder, "none.c"), Path(folder, "none.map")
        source.write_text("".join(f"int {name}(void) {{ return {NO_DEVICE}; }}\n" for name in sorted(functions)))
        script.write_text(f"{version} {{ *; }};\n")
        options = ["-shared", "-nostdlib", "-fno-builtin", "-target", "x86_64-linux-gnu", "-s"]
        linked = [f"-Wl,-soname,{target.name}", f"-Wl,--version-script={script}", "-o", str(target), str(source)]
        subprocess.run([sys.executable, "-m", "ziglang", "cc", *options, *linked], check=True)


def link_torch(packages: Path) -> list[str]:
    """Write beside torch's libraries each CUDA library that they need and that is not installed; return the names."""
    folder = packages / "torch" / "lib"
    for name in SPARE:
        (folder / name).unlink(missing_ok=True)
    needs = [list_needs(path) for path in (*sorted(folder.glob("lib*.so")), *sorted(packages.glob("torchvision/*.so")))]
    present = {path.name for path in packages.rglob("*.so.*")}
    versions = {name: version for needed, _ in needs for name, version in needed.items() if name not in present}
    functions = set().union(*(names for _, names in needs))
    for name, version in sorted(versions.items()):
        write_library(folder / name, version, functions)
    return sorted(versions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lock", type=Path, help="a lock file; the shorter one is written to standard output")
    parser.add_argument("--link", type=Path, help="the site-packages folder that torch is installed in")
    asked = parser.parse_args()
    if asked.lock:
        sys.stdout.write(shorten_lock(asked.lock.read_text(encoding="utf-8")))
    if asked.link:
        print(f"Without a GPU: {', '.join(link_torch(asked.link)) or 'nothing to stand in for'}")


if __name__ == "__main__":
    main()
