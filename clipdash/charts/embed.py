"""Figures as plain data, and the script that draws them in a page that asks nothing of the network."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["escape_script", "read_plotly", "write_figures"]

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def read_plotly() -> str:
    """Return the whole of plotly.js, to stand in a page once."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def escape_script(text: str) -> str:
    """Return JSON text that no ``<script>`` element can be left from."""
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def write_figures(figures: "Mapping[str, go.Figure]") -> str:
    """Return figures as one JSON object, name to figure, safe inside a ``<script>`` element.

    Parameters
    ----------
    figures : mapping of str to plotly.graph_objects.Figure
        The figures, by the id of the element that each is drawn into.

    Returns
    -------
    str
        The same figures give the same text.
    """
    parts = [f'"{name}":{figure.to_json()}' for name, figure in figures.items()]
    return escape_script("{" + ",".join(parts) + "}")
