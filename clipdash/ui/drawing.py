"""Results on the page: charts with their words for readers who do not see them, the key of the outcomes, figures."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from clipdash import charts
from clipdash.audit import Audit, Shift
from clipdash.ui.cards import Published
from clipdash.ui.drill import react
from clipdash.ui.memory import remember
from clipdash.ui.takeaway import offer_chart
from clipdash.ui.viewport import is_narrow, read_theme
from clipdash.ui.wording import escape_html

__all__ = ["place_chart", "show_chart", "show_key", "show_published", "swatch"]

_Draw = Callable[..., Any]
_CHARTS: dict[str, tuple[_Draw, Callable[[Any], str]]] = {
    "shift": (charts.shift_chart, charts.describe_shift_chart),
    "rates": (charts.rate_chart, charts.describe_rate_chart),
    "outcomes": (charts.outcome_chart, charts.describe_outcome_chart),
    "gap": (charts.gap_chart, charts.describe_gap_chart),
    "flows": (charts.flow_chart, charts.describe_flow_chart),
}
#: The charts whose marks open the images behind them.
_OPENING = frozenset({"shift", "rates", "outcomes"})


def show_chart(kind: str, result: Audit | Shift, name: str = "", **options: Any) -> None:
    """Draw a chart of a result in the visitor's theme.

    Parameters
    ----------
    kind : str
        ``"shift"``, ``"rates"``, ``"outcomes"``, ``"gap"`` or ``"flows"``.
    result : Audit or Shift
        What to draw.
    name : str
        Tells two charts of a kind on one page apart.
    **options
        Passed on to the chart; but ``card`` draws it small, and ``bare`` without its buttons, as cards are by default.
    """
    draw, describe = _CHARTS[kind]
    card = bool(options.pop("card", False))
    bare = bool(options.pop("bare", card))
    narrow = is_narrow() or card
    how = {"theme": read_theme(), "narrow": narrow, **options}
    figure = remember(result, (kind, repr(sorted(how.items()))), lambda: draw(result, **how))
    said = remember(result, f"{kind} in words", lambda: describe(result))
    key, file = f"chart-{kind}{name}", "" if bare else "-".join([f"clipdash-{kind}{name}", *result.by])
    # On a touch screen a finger that scrolls would open images; a result of files has none.
    opens = kind in _OPENING and not narrow and result.store is not None
    place_chart(figure, key, said, file, **(react(kind, result.by, key) if opens else {}))


def show_published(published: Published, rows: Sequence[str] = ()) -> None:
    """Draw published rates, which have no group sizes and so no intervals."""
    points = [point for point in published.points if not rows or point[0] in rows]
    figure = charts.published_chart(points, theme=read_theme(), narrow=is_narrow())
    place_chart(figure, "chart-published", charts.describe_published_chart(points))


def place_chart(figure: Any, key: str, alt: str, file: str = "", **reaction: Any) -> None:
    """Draw a figure under a key, with its words for readers who do not see it.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        The figure.
    key : str
        One chart a page has it.
    alt : str
        What it shows.
    file : str
        What its picture is called when it is taken away; without it the chart has no buttons.
    **reaction
        What a click on a mark does, as `react` says.
    """
    st.plotly_chart(figure, theme=None, key=key, alt=alt, config={"displayModeBar": False}, **reaction)
    if file:
        offer_chart(key, file)


def swatch(outcome: str) -> str:
    """Return HTML of an outcome's swatch, named for readers who do not see it."""
    style = charts.draw_swatch(outcome, read_theme())
    return f'<span class="cd-swatch" role="img" aria-label="{escape_html(outcome)}" style="{style}"></span>'


def show_key(meanings: bool = True) -> None:
    """Draw the key of the four outcomes: swatch, name, meaning."""
    entries = []
    for outcome, meaning in charts.OUTCOME_KEY:
        style = charts.draw_swatch(outcome, read_theme())
        said = f" <span class='cd-mute'>{escape_html(meaning)}</span>" if meanings else ""
        entries.append(f'<li><span class="cd-swatch" style="{style}"></span><b>{escape_html(outcome)}</b>{said}</li>')
    st.html(f'<ul class="cd-key">{"".join(entries)}</ul>')
