"""Files that a reader gives a probe: labels, and prompt templates."""

from pathlib import PurePath

from clipdash.errors import FileError, LabelError
from clipdash.labels import LabelSet, check_template, decode_labels, parse_words
from clipdash.store import Readable

__all__ = ["read_label_file", "read_template_file"]


def read_label_file(path: Readable) -> LabelSet:
    """Return the labels of a file.

    Parameters
    ----------
    path : Path or Upload
        A label set as TOML, or UTF-8 text with one label a line.

    Returns
    -------
    LabelSet

    Raises
    ------
    InputError
        It cannot be read, or is neither.
    """
    content = _read(path)
    if path.suffix == ".toml":
        return decode_labels(content, str(path))
    words = parse_words(str(path), content)
    return LabelSet.model_validate(
        {"name": PurePath(words.name).stem, "labels": [{"text": word} for word in words.words]}
    )


def read_template_file(path: Readable) -> tuple[str, ...]:
    """Return the prompt templates of a file.

    Parameters
    ----------
    path : Path or Upload
        UTF-8 text, one template with one ``{}`` a line; blank lines and repeated ones are left out.

    Returns
    -------
    tuple of str

    Raises
    ------
    InputError
        It cannot be read, holds none, or a line is no template.
    """
    try:
        lines = [line.strip() for line in _read(path).decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        raise FileError(f"{path} is not UTF-8 text; save it as UTF-8.") from None
    found = []
    for number, line in enumerate(lines, 1):
        if line:
            try:
                found.append(check_template(line))
            except LabelError as fault:
                raise FileError(f"{path}, line {number}: {fault}") from None
    if not found:
        raise FileError(f'{path} holds no template; expected one a line, such as "a photo of a {{}}".')
    return tuple(dict.fromkeys(found))


def _read(path: Readable) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}).") from None
