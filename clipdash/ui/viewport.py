"""What the script learns of the window: narrow or not, light or dark."""

from functools import cache
from typing import Any, Literal

import streamlit as st

__all__ = ["is_narrow", "read_theme", "watch_viewport"]

_KEY = "viewport"
# Streamlit leaves the keyboard on a popover's button: what opened by a key takes it in, and Escape gives it back.
_FOCUS = """
  const stops = 'a[href], button:not([disabled]), input:not([disabled]), textarea, [tabindex="0"]';
  const enter = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    const opener = event.target.closest?.('[data-testid="stPopover"] button');
    if (!opener) return;
    const takeIn = (tries) => {
      const body = document.querySelector('[data-testid="stPopoverBody"]');
      const stop = body?.querySelector(stops);
      if (!stop) return tries && setTimeout(() => takeIn(tries - 1), 100);
      stop.focus();
      const leave = (inside) => { if (inside.key === "Escape") setTimeout(() => opener.focus(), 50); };
      body.addEventListener("keydown", leave);
    };
    setTimeout(() => takeIn(50), 250);
  };
  if (window.clipdashFocus) document.removeEventListener("keydown", window.clipdashFocus, true);
  window.clipdashFocus = enter;
  document.addEventListener("keydown", enter, true);
"""
# Streamlit closes a help text once its button loses the focus, which pressing a link in it does before the click comes:
# so the press takes no focus. Tab cannot reach into it: Enter on its button follows its first link.
_HELP = """
  const keep = (event) => {
    if (event.target.closest?.('[data-testid="stTooltipContent"] a')) event.preventDefault();
  };
  const follow = (event) => {
    if (event.key !== "Enter" || !event.target.closest?.('[data-testid="stTooltipIcon"]')) return;
    document.querySelector('[data-testid="stTooltipContent"] a')?.click();
  };
  for (const [name, listen] of Object.entries({ mousedown: keep, keydown: follow })) {
    const old = window.clipdashHelp?.[name];
    if (old) document.removeEventListener(name, old, true);
    document.addEventListener(name, listen, true);
  }
  window.clipdashHelp = { mousedown: keep, keydown: follow };
"""
# Tells only what differs from what the script drew for, or each run would start the next.
_WATCH = f"""
export default function ({{ data, setStateValue }}) {{
{_FOCUS}{_HELP}
  const query = window.matchMedia("(max-width: 640px)");
  const tell = () => {{ if (query.matches !== data.narrow) setStateValue("narrow", query.matches); }};
  tell();
  query.addEventListener("change", tell);
  return () => query.removeEventListener("change", tell);
}}
"""


@cache
def _component() -> Any:
    return st.components.v2.component("clipdash.viewport", js=_WATCH, isolate_styles=False)


def watch_viewport() -> None:
    """Have the browser say when the window becomes narrow (at most 640 px) or wide."""
    with st.container(key="viewport-watch"):
        _component()(key=_KEY, data={"narrow": is_narrow()}, on_narrow_change=_ignore)


def _ignore() -> None:
    """Take no notice: that a run follows is all that is wanted."""


def is_narrow() -> bool:
    """Say whether to draw for a phone; before the browser has answered, its name is the guess."""
    told = st.session_state.get(_KEY)
    narrow = told.get("narrow") if told else None
    return "Mobi" in (st.context.headers.get("User-Agent") or "") if narrow is None else bool(narrow)


def read_theme() -> Literal["light", "dark"]:
    """Return the visitor's theme."""
    return "dark" if st.context.theme.type == "dark" else "light"
