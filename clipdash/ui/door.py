"""The way in and out where there is a sign-in, and what a role leaves out of the pages."""

import logging
from functools import cache
from typing import Any

import streamlit as st

from clipdash.access import OWNER, Act, find_role, find_rules, find_visitor, note
from clipdash.errors import AccessError
from clipdash.ui.boundary import warn
from clipdash.ui.claims import admit_claims, find_claims, is_signed_in
from clipdash.ui.visits import note_refusal
from clipdash.ui.wording import escape_markdown, list_words

__all__ = ["let_in", "offers", "say_withheld", "show_visitor"]

_WITHHELD = "withheld"
_logger = logging.getLogger("clipdash.access")
# The provider sends people back to the root. The address that they came by is kept in their browser until then.
_RETURN = """
export default function ({ data }) {
  const name = "clipdash-return";
  if (window.clipdashReturn) document.removeEventListener("click", window.clipdashReturn, true);
  window.clipdashReturn = undefined;
  if (data.keep) {
    window.clipdashReturn = (event) => {
      if (event.target.closest?.(".st-key-sign-in")) sessionStorage.setItem(name, location.pathname + location.search);
    };
    document.addEventListener("click", window.clipdashReturn, true);
    return;
  }
  const kept = sessionStorage.getItem(name);
  sessionStorage.removeItem(name);
  if (kept && kept !== location.pathname + location.search) location.replace(location.origin + kept);
}
"""


@cache
def _component() -> Any:
    return st.components.v2.component("clipdash.return", js=_RETURN, isolate_styles=False)


def _remember_address(keep: bool) -> None:
    with st.container(key="return-watch"):
        _component()(key="return", data={"keep": keep})


def let_in() -> bool:
    """Say whether the visitor is let in; where not, draw the way in and nothing else."""
    st.session_state[_WITHHELD] = set()
    if find_visitor().role is not None:
        return True
    if is_signed_in(find_claims()):
        _draw_refusal()
    else:
        _draw_entry()
    return False


def _draw_entry() -> None:
    st.title("Sign in to clipdash", anchor=False)
    st.markdown(
        "clipdash compares what an image classifier calls the same images under two lists of labels, group by group. "
        "This one is open to people whom its rules let in.",
        anchors=False,
    )
    st.button("Sign in", type="primary", icon=":material/login:", key="sign-in", on_click=st.login)
    _remember_address(keep=True)


def _draw_refusal() -> None:
    note_refusal("sign-in", str(find_claims().get("sub", "")))
    st.title("You are not let in", anchor=False)
    warn(_find_refusal())
    with st.container(horizontal=True, gap="small"):
        st.button("Sign in again", type="primary", icon=":material/login:", key="sign-in-again", on_click=st.login)
        st.button("Sign out", icon=":material/logout:", key="sign-out", on_click=_leave)


def _find_refusal() -> str:
    """Return why; what is wrong with the rule file is for whoever runs clipdash, so it goes to the log."""
    try:
        find_rules()
    except AccessError as error:
        _logger.error("%s", error)
        return "Nobody can be let in now: the rules cannot be read. Ask whoever runs this clipdash."
    try:
        admit_claims(find_claims())
    except AccessError as error:
        return str(error)
    return "Sign in again."


def show_visitor() -> None:
    """Draw who is signed in, as what, and the way out; nothing where there is no sign-in."""
    visitor = find_visitor()
    if visitor == OWNER or visitor.role is None:
        return
    name = find_claims().get("name")
    with st.container(key="visitor"), st.popover(visitor.role.capitalize(), icon=":material/person:", type="tertiary"):
        st.markdown(f"**{escape_markdown(name if isinstance(name, str) and name else visitor.name)}**", anchors=False)
        covered = list_words([act.value for act in Act if visitor.may(act)])
        st.caption(f"As {visitor.role} you may {covered}.")
        st.button("Sign out", icon=":material/logout:", key="sign-out", on_click=_leave)
    _remember_address(keep=False)


def _leave() -> None:
    note("signed out", "sign-in")
    st.logout()


def offers(act: Act) -> bool:
    """Say whether the visitor may do something, so that it is drawn; if not, the foot of the page will say who may."""
    if find_visitor().may(act):
        return True
    st.session_state.setdefault(_WITHHELD, set()).add(act)
    return False


def say_withheld() -> None:
    """Draw one sentence on what was left out of the page for the visitor's role."""
    withheld = st.session_state.get(_WITHHELD, set())
    said = []
    for role in dict.fromkeys(find_role(act) for act in Act if act in withheld):
        acts = list_words([act.value for act in Act if act in withheld and find_role(act) is role])
        said.append(f"To {acts} you need the role {role}.")
    if said:
        st.caption(" ".join(said))
