"""Documents of the repository, shown as pages."""

import re
from pathlib import Path

import streamlit as st

__all__ = ["read_document", "show_documents"]

_FOLDER = Path(__file__).parents[2] / "docs"
_HEADING = re.compile(r"^(#{1,5}) (.*)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([\w-]+)\.md(?:#[\w-]+)?\)")


def read_document(name: str) -> str:
    """Return a Markdown document of ``docs/``.

    Parameters
    ----------
    name : str
        File stem.
    """
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8")


def show_documents(*names: str) -> None:
    """Show documents one under the other; links between them become links within the page, all others plain words.

    Parameters
    ----------
    *names : str
        File stems. Every heading has an address; those of the second document on stand one level lower.
    """
    texts = {name: read_document(name) for name in names}
    anchors = {name: _name_anchor(text) for name, text in texts.items()}
    with st.container(key="document"):
        for place, text in enumerate(texts.values()):
            lowered = _HEADING.sub(r"#\1 \2", text) if place else text
            st.markdown(_LINK.sub(lambda found: f"](#{anchors.get(found[1], '')})", lowered))


def _name_anchor(text: str) -> str:
    """Return the address that Streamlit gives the first heading."""
    heading = _HEADING.search(text)
    return re.sub(r"[^\w]+", "-", heading[2].lower()).strip("-") if heading else ""
