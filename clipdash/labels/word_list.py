"""Lists of words to try as labels: those that come with clipdash, and a reader's own.

A list that comes along is data: ``clipdash/words/KEY.txt``, one word a line, the most frequent first;
``clipdash/words/sources.toml`` says where each is from.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path

from clipdash.errors import LabelError, suggest
from clipdash.labels.wording import fold_text, quote_text

__all__ = ["MOST_WORDS", "WordList", "list_word_lists", "parse_words", "read_words"]

MOST_WORDS = 100_000
_ENDING = ".txt"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class WordList:
    """Words, no two of which are the same after trimming and Unicode NFC.

    Attributes
    ----------
    name : str
        The key of a list that comes with clipdash, or the name of a file.
    words : tuple of str
        In the order of the file.
    source : str
        Where the words are from; empty for a reader's own file.
    repeated : int
        How many lines of the file were left out since their word stood there before.
    """

    name: str
    words: tuple[str, ...]
    source: str = ""
    repeated: int = 0

    @property
    def sha256(self) -> str:
        """Checksum, in hexadecimal, of the words in UTF-8, each with a line feed: that of a tidy file of them."""
        return sha256("".join(f"{word}\n" for word in self.words).encode()).hexdigest()


@cache
def list_word_lists() -> tuple[str, ...]:
    """Return the keys of the lists that come with clipdash, sorted."""
    names = (entry.name for entry in (resources.files("clipdash") / "words").iterdir())
    return tuple(sorted(name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING)))


def read_words(reference: str | Path) -> WordList:
    """Return the list of words that a key or a file names.

    Parameters
    ----------
    reference : str or Path
        The key of a list that comes with clipdash, or the path of a UTF-8 text file with one word, or a few, a line.
        A key goes first, so write ``./KEY`` for a file of that name. Blank lines and repeated words are left out.

    Returns
    -------
    WordList

    Raises
    ------
    LabelError
        If it names neither, or the file is not such a list.

    Examples
    --------
    >>> read_words("neutral").words[:3]
    ('house', 'surface', 'door')
    """
    if str(reference) in list_word_lists():
        return _read_own(str(reference))
    path = Path(reference)
    if not path.is_file():
        near = suggest(str(reference), list_word_lists())
        raise LabelError(
            f"There is no file {quote_text(str(reference))} with a word a line, nor a list named so. {near}"
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _describe_unreadable(str(path), error.strerror) from None
    return parse_words(path.name, content)


def parse_words(name: str, content: bytes) -> WordList:
    """Return the list of words in the content of a reader's own file, such as one that was uploaded.

    Parameters
    ----------
    name : str
        Of the file.
    content : bytes
        As `read_words` reads a file.

    Returns
    -------
    WordList

    Raises
    ------
    LabelError
        If it is not such a list.
    """
    try:
        return _make_list(name, content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _describe_unreadable(name, None) from None


def _describe_unreadable(name: str, reason: str | None) -> LabelError:
    return LabelError(
        f"The list of words {quote_text(name)} cannot be read ({reason or 'it is not UTF-8'}); "
        "expected text, one word a line."
    )


@cache
def _read_own(key: str) -> WordList:
    folder = resources.files("clipdash") / "words"
    source = tomllib.loads((folder / "sources.toml").read_text(encoding="utf-8"))[key]["source"]
    return _make_list(key, (folder / f"{key}{_ENDING}").read_text(encoding="utf-8"), source)


def _make_list(name: str, text: str, source: str = "") -> WordList:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    words: dict[str, str] = {}
    odd = next((line for line in lines if _CONTROL.search(line)), None)
    if odd is not None:
        raise LabelError(
            f"The list of words {quote_text(name)} has {quote_text(odd)}, with a control character in it. "
            "Expected plain text, one word a line."
        )
    for line in lines:
        words.setdefault(fold_text(line), line)
    if not words:
        raise LabelError(f"The list of words {quote_text(name)} is empty; expected one word a line.")
    if len(words) > MOST_WORDS:
        raise LabelError(f"The list of words {quote_text(name)} has {len(words):,}; at most {MOST_WORDS:,} are read.")
    return WordList(name, tuple(words.values()), source, len(lines) - len(words))
