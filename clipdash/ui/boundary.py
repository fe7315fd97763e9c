"""How faults reach the reader: bad input as its sentence, a bug as one sentence with a reference."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from clipdash.access import Act, find_visitor
from clipdash.errors import InputError, RecordsError, record_fault
from clipdash.ui.wording import escape_markdown

__all__ = ["catch_bad_input", "show_fault", "warn", "word_error"]

_WARNING, _FAILURE = ":material/edit_note:", ":material/error:"


def warn(sentence: str) -> None:
    """Show a sentence about bad input, as it is: nothing in it is markup."""
    st.warning(escape_markdown(sentence), icon=_WARNING)


def word_error(error: InputError) -> str:
    """Return the sentence of an error; what is wrong with the database itself is told to whoever may build stores."""
    return error.brief if isinstance(error, RecordsError) and not find_visitor().may(Act.BUILD) else str(error)


@contextmanager
def catch_bad_input() -> Iterator[None]:
    """Show an `InputError` raised inside as its sentence, where it happened; anything else passes through."""
    try:
        yield
    except InputError as error:
        warn(word_error(error))


def show_fault(error: Exception) -> bool:
    """Show an exception that nothing else caught: never a traceback.

    Parameters
    ----------
    error : Exception
        An `InputError` is shown as its sentence; a bug is written to the log of faults and shown with its reference;
        where the log lies is told to whoever may build stores there.

    Returns
    -------
    bool
        True, so that Streamlit adds nothing of its own.
    """
    if isinstance(error, InputError):
        warn(word_error(error))
    else:
        fault = record_fault(error)
        told = str(fault) if find_visitor().may(Act.BUILD) else fault.brief
        st.error(escape_markdown(told), icon=_FAILURE)
    return True
