"""The cookie of a sign-in, as the pinned Streamlit signs it: what it claims, or nothing.

The only module that uses these private functions of Streamlit; a test holds them to a cookie that Streamlit made.
"""

import json
from collections.abc import Mapping
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from streamlit.auth_util import get_cookie_with_chunks, get_origin_from_redirect_uri
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value, decode_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME, XSRF_COOKIE_NAME

__all__ = ["USER_COOKIE_NAME", "find_origin", "read_claims", "read_token"]

#: Parts of a cookie that is too long for one; browsers keep 4 KiB each, and no provider's claims fill more.
_MOST_PARTS = 8
#: Seconds between the signatures of the parts: those of one sign-in are made at once.
_APART = 5


def find_origin() -> str | None:
    """Return the origin of the address to which a sign-in comes back, as ``https://clipdash.example.org``."""
    return get_origin_from_redirect_uri()


def read_token(cookies: Mapping[str, str]) -> bytes | None:
    """Return the token against forged requests, which a browser has from its first request on; None without one."""
    return decode_xsrf_token_string(cookies.get(XSRF_COOKIE_NAME, ""))[0]


def read_claims(cookies: Mapping[str, str]) -> dict[str, Any]:
    """Return what the cookie of a sign-in claims; nothing where it is missing, altered, mixed, stale or of elsewhere.

    Parameters
    ----------
    cookies : mapping of str to str
        Of a request.

    Notes
    -----
    A long cookie comes in parts, each signed by itself, and Streamlit joins whatever parts it is given: the groups of
    an old sign-in could be joined to the date of a new one. So the parts must have been signed together.
    """
    secret = get_cookie_secret()
    made: list[float] = []

    def read_part(name: str) -> bytes | None:
        signed = cookies.get(name, "").encode("latin-1", "replace")
        content = decode_signed_value(secret, name, signed) if len(made) <= _MOST_PARTS else None
        if content is not None:
            made.append(_date(secret, name, signed))
        return content

    try:
        content = get_cookie_with_chunks(read_part, USER_COOKIE_NAME)
        claims = json.loads(content) if content else None
    except (ValueError, RecursionError):  # parts that do not fit each other
        return {}
    if not isinstance(claims, dict) or max(made) - min(made) > _APART:
        return {}
    signed_in = claims.get("origin") == find_origin() and claims.get("is_logged_in") is True
    return claims if signed_in else {}


def _date(secret: str, name: str, signed: bytes) -> float:
    """Return when a part was signed, in seconds since 1970; its signature is known to hold."""
    try:
        _, date = URLSafeTimedSerializer(secret, salt=name).loads(signed, return_timestamp=True)
    except BadData:
        return 0
    return float(date.timestamp())
