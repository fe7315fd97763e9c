"""The label sets that come with clipdash, and the one way from what a reader names to a set: a file or a preset.

A preset is data: ``clipdash/presets/KEY.toml``, of the form that :func:`clipdash.labels.read_labels` reads.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from clipdash.errors import LabelError, suggest
from clipdash.labels.files import list_files, read_labels
from clipdash.labels.label_set import LabelSet
from clipdash.labels.wording import quote_text

_ENDING = ".toml"


@dataclass(frozen=True, slots=True)
class Preset:
    """A label set that comes with clipdash.

    Attributes
    ----------
    key : str
        The file's stem, by which commands and links name it.
    label_set : LabelSet
        The set; its `suggested.before` is the key of the preset to compare it against, if there is one.
    """

    key: str
    label_set: LabelSet

    @property
    def before(self) -> str | None:
        """The key of the preset that this one is to be compared against, or None."""
        return self.label_set.suggested.before if self.label_set.suggested else None


@cache
def list_presets() -> tuple[Preset, ...]:
    """Return every preset, sorted by key."""
    return tuple(read_preset(key) for key in _list_keys())


@cache
def _list_keys() -> tuple[str, ...]:
    with resources.as_file(resources.files("clipdash") / "presets") as folder:
        return tuple(sorted(path.stem for path in folder.glob(f"*{_ENDING}")))


@cache
def _read_preset(key: str) -> Preset:
    with resources.as_file(resources.files("clipdash") / "presets") as folder:
        return Preset(key, read_labels(folder / f"{key}{_ENDING}"))


def read_preset(key: str) -> Preset:
    """Return the preset of that key.

    Parameters
    ----------
    key : str
        A file stem of ``clipdash/presets/``.

    Returns
    -------
    Preset
        The preset.

    Raises
    ------
    LabelError
        If there is none; the message names the nearest.
    """
    if key not in _list_keys():
        raise LabelError(f"There is no preset {quote_text(key)}. {suggest(key, _list_keys())}")
    return _read_preset(key)


def load_labels(reference: str | Path) -> LabelSet:
    """Return the label set that a file or a preset's key names.

    Parameters
    ----------
    reference : str or Path
        The key of a preset, or the path of a TOML file. A key goes first, so write ``./KEY`` for a file of that name.

    Returns
    -------
    LabelSet
        The set.

    Raises
    ------
    LabelError
        If it names neither, or the file holds no label set.
    """
    path = Path(reference)
    keys = _list_keys()
    if str(reference) in keys:
        return read_preset(str(reference)).label_set
    if _exists(path):
        return read_labels(path)
    known = [*list_files(path.parent), *keys]
    raise LabelError(
        f"There is no label file and no preset {quote_text(str(reference))}. {suggest(path.name, known)} "
        f"A file is named with its {_ENDING}, a preset by its key alone."
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # such as a name too long for any file
        return False
