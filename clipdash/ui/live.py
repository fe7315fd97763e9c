"""A text area whose results follow while one types.

Streamlit commits a text area on blur or Ctrl+Enter. These lines send Ctrl+Enter to the box after a pause, so that
without script it stays a plain text area, and focus, caret and text are never touched.
"""

from functools import cache
from typing import Any

import streamlit as st

__all__ = ["EDITORS", "commit_while_typing"]

#: Text areas inside a container whose key begins so commit by themselves.
EDITORS = "editors"
# The component may run again with every rerun of the script: one listener on the page at a time.
_COMMIT = """
export default function ({ setTriggerValue }) {
  const timers = new WeakMap();
  // The server is away while the box is disabled. Streamlit keeps what was typed and sends it with the next rerun, but
  // asks for none once it is connected again.
  const follow = (box) => box.disabled && box.isConnected
    ? setTimeout(() => follow(box), 200) : setTriggerValue("back", true);
  const send = (box) => box.disabled ? follow(box) : box.dispatchEvent(
    new KeyboardEvent("keydown", { key: "Enter", code: "Enter", keyCode: 13, ctrlKey: true, bubbles: true }));
  const listen = (event) => {
    const box = event.target;
    if (event.isComposing || !(box instanceof HTMLTextAreaElement) || !box.closest('[class*="st-key-editors"]')) return;
    clearTimeout(timers.get(box));
    timers.set(box, setTimeout(() => send(box), 400));
  };
  const names = ["input", "compositionend"];
  if (window.clipdashTyping) names.forEach((name) => document.removeEventListener(name, window.clipdashTyping, true));
  window.clipdashTyping = listen;
  names.forEach((name) => document.addEventListener(name, listen, true));
}
"""


@cache
def _component() -> Any:
    return st.components.v2.component("clipdash.live", js=_COMMIT, isolate_styles=False)


def commit_while_typing() -> None:
    """Commit text areas in a container keyed `EDITORS` 0.4 s after the last key."""
    with st.container(key="live-typing"):
        _component()(key="live", on_back_change=lambda: None)
