"""Which texts a label set accepts, when two of them are the same, and how a message quotes them."""

import re
import unicodedata
from collections.abc import Iterable

from clipdash.errors import LabelError

# Controls, line and paragraph separators, and lone surrogates: none can stand in a line or in a UTF-8 file.
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CHARACTER_NAMES = {"\0": "a null character", "\t": "a tab", "\n": "a line break", "\r": "a line break"}
_INVISIBLE = frozenset({"Cf", "Zs"})
_QUOTED_LENGTH = 60


def quote_text(text: str) -> str:
    """Return `text` in quotation marks for a message: shortened to 60 characters, control characters replaced."""
    shown = text if len(text) <= _QUOTED_LENGTH else text[: _QUOTED_LENGTH - 1] + "…"
    return f'"{_UNFIT.sub(chr(0xFFFD), shown)}"'


def check_text(text: str, what: str) -> str:
    """Return `text` if it can stand on one line and shows something.

    Parameters
    ----------
    text : str
        The text, kept exactly.
    what : str
        What it is, for the message, such as ``"The label"``.

    Returns
    -------
    str
        `text` itself.

    Raises
    ------
    LabelError
        If it is blank, or holds a control character, a line break or half of a surrogate pair.
    """
    unfit = _UNFIT.search(text)
    if unfit:
        raise LabelError(f"{what} {quote_text(text)} holds {_name_character(unfit.group())}; write it on one line.")
    if all(unicodedata.category(character) in _INVISIBLE for character in text):
        raise LabelError(f"{what} {quote_text(text)} is blank: it needs at least one visible character.")
    return text


def _name_character(character: str) -> str:
    return _CHARACTER_NAMES.get(character, f"the control character U+{ord(character):04X}")


def fold_text(text: str) -> str:
    """Return the form in which two label texts are compared: trimmed, Unicode NFC; case and accents stay."""
    return unicodedata.normalize("NFC", text.strip())


def find_repeat(texts: Iterable[str]) -> tuple[int, int] | None:
    """Return the positions (from 0) of the first text that occurred before, and of that earlier one, in order."""
    seen: dict[str, int] = {}
    for position, text in enumerate(texts):
        earlier = seen.setdefault(fold_text(text), position)
        if earlier != position:
            return earlier, position
    return None
