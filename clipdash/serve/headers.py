"""What every answer says to the browser: from where scripts and pictures may come, who may frame it, what is kept."""

import os
import re
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders

from clipdash.errors import AccessError

__all__ = ["ANCESTORS_VARIABLE", "find_ancestors", "set_headers", "write_policy"]

ANCESTORS_VARIABLE = "CLIPDASH_FRAME_ANCESTORS"
_NOBODY = "'none'"
_ANCESTOR = re.compile(r"'self'|https?://(?:\*\.)?[A-Za-z0-9.-]+(?::\d{1,5})?")
_NOTHING = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone")
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in (*_NOTHING, "midi", "payment", "usb")),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_CROSS = "access-control-"
_YEAR = 365 * 24 * 3600


def find_ancestors() -> str:
    """Return who may show the pages in a frame, as sources of a policy: nobody without ``$CLIPDASH_FRAME_ANCESTORS``.

    Raises
    ------
    AccessError
        If the variable holds anything but origins.
    """
    named = os.environ.get(ANCESTORS_VARIABLE, "").split()
    for source in named if named != [_NOBODY] else ():
        if not _ANCESTOR.fullmatch(source):
            raise AccessError(
                f"{ANCESTORS_VARIABLE} holds {source!r}. Expected origins parted by spaces, such as "
                "https://intranet.example.org or 'self', or 'none' alone."
            )
    return " ".join(named) or _NOBODY


def write_policy(scripts: Iterable[str], ancestors: str) -> str:
    """Return the least Content-Security-Policy that Streamlit's front end, its charts and our components live with.

    Parameters
    ----------
    scripts : iterable of str
        The inline scripts of the page, by their hashes.
    ancestors : str
        Who may frame it.
    """
    return "; ".join(
        [
            "default-src 'none'",
            # Components hand their script over as text, which the front end imports from a blob that it made.
            f"script-src 'self' blob: {' '.join(scripts)}",
            # Streamlit's styles, plotly's and those of `st.html` are written into the page as it is drawn.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {ancestors}",
        ]
    )


def set_headers(headers: MutableHeaders, policy: str, *, encrypted: bool) -> None:
    """Add to the headers of an answer what is said with every one, and take off what lets other sites read it.

    Parameters
    ----------
    headers : MutableHeaders
        Of the answer; changed in place.
    policy : str
        Its Content-Security-Policy.
    encrypted : bool
        Whether it was asked over https: only then are browsers held to it, and cookies kept to it.
    """
    for name in [name for name in headers if name.startswith(_CROSS)]:
        del headers[name]
    for name, value in _ALWAYS.items():
        headers[name] = value
    headers["Content-Security-Policy"] = policy
    if policy.endswith("'none'"):
        headers["X-Frame-Options"] = "DENY"
    if encrypted:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
        _keep_to_https(headers)


def _keep_to_https(headers: MutableHeaders) -> None:
    cookies = headers.getlist("set-cookie")
    del headers["set-cookie"]
    for cookie in cookies:
        headers.append("set-cookie", cookie if "; secure" in cookie.lower() else f"{cookie}; Secure")
