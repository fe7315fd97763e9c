"""Who uses a session: the claims of its sign-in, read anew whenever something asks."""

import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from streamlit import config
from streamlit.runtime.scriptrunner import get_script_run_ctx

from clipdash.access import NOBODY, Act, Visitor, act_as, find_rules, find_sign_in, recognise, require
from clipdash.errors import AccessError, InputError
from clipdash.serve import check_settings

__all__ = ["admit_claims", "bind_visitor", "find_claims", "is_signed_in", "set_up_sign_in"]

_T = TypeVar("_T")
_TRUSTED = "server.trustedUserHeaders"


def set_up_sign_in() -> dict[str, Any]:
    """Return the secrets that Streamlit's sign-in needs, none without one, and have every act ask who the visitor is.

    Where the set-up is at fault, here or in what `check_settings` looks at, one sentence says so and the process ends:
    an app that was to have a sign-in never runs without.
    """
    try:
        check_settings()
        sign_in = find_sign_in()
        if sign_in is not None and config.get_option(_TRUSTED):
            raise AccessError(f"{_TRUSTED} lets whoever sends a header be anyone. Leave it empty beside a sign-in.")
    except InputError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    if sign_in is None:
        return {}
    # Streamlit signs the way to the provider and back before it has read the secrets: with a key of this process's own.
    config.set_option("server.cookieSecret", sign_in.cookie_secret)
    recognise(_find_visitor)
    return {"auth": sign_in.model_dump(exclude_unset=True)}


def find_claims() -> Mapping[str, Any]:
    """Return the claims of the session whose script runs here, callbacks too; none anywhere else."""
    context = get_script_run_ctx(suppress_warning=True)
    return {} if context is None else context.user_info


def is_signed_in(claims: Mapping[str, Any]) -> bool:
    """Say whether claims are of a sign-in at all, whether or not it counts here."""
    return claims.get("is_logged_in") is True


def admit_claims(claims: Mapping[str, Any]) -> Visitor:
    """Return the visitor whom claims describe, by the rule file as it is now.

    Raises
    ------
    AccessError
        If they are of no sign-in or of one that does not count, or the rules cannot be read.
    """
    rules = find_rules()
    if rules is None or not is_signed_in(claims):
        raise AccessError("You are not signed in.")
    return rules.admit(claims, time.time())


def _find_visitor(claims: Mapping[str, Any] | None = None) -> Visitor:
    claims = find_claims() if claims is None else claims
    try:
        return admit_claims(claims)
    except AccessError:
        return _identify(claims)


def _identify(claims: Mapping[str, Any]) -> Visitor:
    """Return who is not let in, so that what is refused to them is noted under their name."""
    try:
        rules = find_rules()
    except AccessError:
        return NOBODY
    return NOBODY if rules is None or not is_signed_in(claims) else rules.identify(claims)


def bind_visitor(act: Act, do: Callable[[], _T]) -> Callable[[], _T]:
    """Return `do` for this session's visitor, who may ask for it later, outside of any run of the script.

    Parameters
    ----------
    act : Act
        What the visitor must be allowed when it is asked for.
    do : callable
        What is done then.
    """
    if find_rules() is None:
        return do
    claims = find_claims()  # the session's own, which signing out empties

    def act_later() -> _T:
        with act_as(partial(_find_visitor, claims)):
            require(act)
            return do()

    return act_later
