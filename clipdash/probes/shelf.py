"""The probes that come with clipdash and those of one's own, and the one way from a name to a probe."""

import os
from functools import cache
from importlib import resources
from pathlib import Path

from clipdash.errors import ProbeError, suggest
from clipdash.labels.wording import quote_text
from clipdash.probes.probe import MAX_BYTES, Probe, parse_probe

__all__ = ["list_probes", "read_probe"]

_ENDING = ".toml"
_FOLDER = "CLIPDASH_PROBES"


def list_probes(own: bool = True) -> tuple[Probe, ...]:
    """Return every probe: those that come with clipdash in the order of the papers, then those of one's own.

    Parameters
    ----------
    own : bool
        Whether to read the folder that ``$CLIPDASH_PROBES`` names as well.

    Returns
    -------
    tuple of Probe

    Raises
    ------
    ProbeError
        A file of that folder is no probe, or has the key of one that comes with clipdash.
    """
    shipped = _list_shipped()
    found = [_read_file(path) for path in _list_own()] if own else []
    taken = {probe.key for probe in shipped}
    for probe in found:
        if probe.key in taken:
            raise ProbeError(
                f"The probe {quote_text(probe.key)} of ${_FOLDER} has the name of one that comes with clipdash; "
                "give the file another name."
            )
    return (*shipped, *sorted(found, key=lambda probe: (probe.place, probe.key)))


def read_probe(reference: str | Path) -> Probe:
    """Return the probe of a key, or of a file.

    Parameters
    ----------
    reference : str or Path
        The stem of a file of ``clipdash/probes/`` or of ``$CLIPDASH_PROBES``, or the path of a TOML file. A key goes
        first, so write ``./KEY`` for a file of that name.

    Returns
    -------
    Probe

    Raises
    ------
    ProbeError
        There is none (the nearest is named), or the file is no probe.
    """
    shipped = {probe.key: probe for probe in _list_shipped()}
    if str(reference) in shipped:
        return shipped[str(reference)]
    own = {path.stem: path for path in _list_own()}
    if str(reference) in own:
        return _read_file(own[str(reference)])
    path = Path(reference)
    if path.suffix == _ENDING and "\0" not in str(path):
        return _read_file(path)
    raise ProbeError(f"There is no probe {quote_text(str(reference))}. {suggest(str(reference), [*shipped, *own])}")


@cache
def _list_shipped() -> tuple[Probe, ...]:
    with resources.as_file(resources.files("clipdash") / "probes") as folder:
        found = [parse_probe(path.read_bytes(), path.name) for path in sorted(folder.glob(f"*{_ENDING}"))]
    return tuple(sorted(found, key=lambda probe: (probe.place, probe.key)))


def _list_own() -> list[Path]:
    named = os.environ.get(_FOLDER)
    if not named:
        return []
    if not Path(named).is_dir():
        raise ProbeError(f"${_FOLDER} names {quote_text(named)}, which is no folder; expected one with TOML files.")
    return sorted(Path(named).glob(f"*{_ENDING}"))


def _read_file(path: Path) -> Probe:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ProbeError(f"The probe {quote_text(str(path))} cannot be read ({error.strerror}).") from None
    return parse_probe(content, str(path))
