"""Documents of the repository, shown as pages, and the glossary among them as data."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

__all__ = ["GLOSSARY", "Term", "explain_term", "name_anchor", "read_document", "read_terms", "show_documents"]

#: The document whose headings of the third level are the terms, each with its definition as first paragraph.
GLOSSARY = "glossary"
_PAGE = "method"
_FOLDER = Path(__file__).parents[2] / "docs"
_HEADING = re.compile(r"^(#{1,5}) (.*)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([\w-]+)\.md(?:#([\w-]+))?\)")
_TERM = re.compile(r"^### (.+)\n\n(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Term:
    """A word of the glossary.

    Parameters
    ----------
    name : str
        As its heading.
    definition : str
        Two sentences of Markdown.
    anchor : str
        Its address on the page Method.
    """

    name: str
    definition: str
    anchor: str


@cache
def read_document(name: str) -> str:
    """Return a Markdown document of ``docs/``.

    Parameters
    ----------
    name : str
        File stem.
    """
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8")


@cache
def read_terms() -> dict[str, Term]:
    """Return the terms of the glossary by their names in small letters, in its order."""
    return {
        name.lower(): Term(name, definition, name_anchor(name))
        for name, definition in _TERM.findall(read_document(GLOSSARY))
    }


def explain_term(name: str, *more: str) -> str:
    """Return the help of a figure: what its term means, and where the page Method says more.

    Parameters
    ----------
    name : str
        A term of ``docs/glossary.md``; capitals do not matter.
    *more : str
        Other terms that the figure needs; they are linked.

    Returns
    -------
    str
        Markdown, for ``help=``.

    Raises
    ------
    KeyError
        If the glossary has no such term.

    Examples
    --------
    >>> explain_term("flagged", "margin").splitlines()[-1]
    'More on the page Method: [flagged](method#flagged), [margin](method#margin)'
    """
    terms = [read_terms()[each.lower()] for each in (name, *more)]
    if not more:
        return f"{terms[0].definition}\n\n[More on the page Method]({_PAGE}#{terms[0].anchor})"
    links = [f"[{each}]({_PAGE}#{term.anchor})" for each, term in zip((name, *more), terms, strict=True)]
    return f"{terms[0].definition}\n\nMore on the page Method: {', '.join(links)}"


def show_documents(*names: str) -> None:
    """Show documents one under the other; links between them become links within the page, all others plain words.

    Parameters
    ----------
    *names : str
        File stems. Every heading has an address; those of the second document on stand one level lower.
    """
    texts = {name: read_document(name) for name in names}
    tops = {name: name_anchor(found[2]) for name, text in texts.items() if (found := _HEADING.search(text))}

    def point(found: re.Match[str]) -> str:
        return f"](#{found[2] or tops[found[1]]})" if found[1] in tops else "](#)"

    with st.container(key="document"):
        for place, text in enumerate(texts.values()):
            lowered = _HEADING.sub(r"#\1 \2", text) if place else text
            st.markdown(_LINK.sub(point, lowered))


def name_anchor(heading: str) -> str:
    """Return the address that Streamlit, and GitHub, give a heading of letters, digits, spaces and commas."""
    return re.sub(r"[^\w]+", "-", heading.lower()).strip("-")
