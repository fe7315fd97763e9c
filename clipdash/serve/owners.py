"""Whose session is whose: a browser that lost its line comes back to its own session, and nobody else does.

Streamlit hands a session, and the files uploaded into it, to whoever names it. Its number is hard to guess, but it
stands in the addresses of uploads, and so in the logs of proxies.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cachetools import LRUCache
from starlette.types import Scope

from clipdash.serve.cookies import read_token
from clipdash.serve.refusal import Refusal
from clipdash.serve.shell import find_held, find_largest_upload

__all__ = ["Owner", "Owners", "name_owner"]

#: The browser, by its token against forged requests, and the person, by issuer and subject; None for no browser.
Owner = tuple[bytes, str, str] | None
_PROTOCOLS = b"sec-websocket-protocol"
_MOST = 10_000
#: How many of the largest uploads one owner may have here at a time.
_UPLOADS = 3


def name_owner(cookies: Mapping[str, str], claims: Mapping[str, Any]) -> Owner:
    """Return who opens a websocket with these cookies, and these claims of a sign-in."""
    token = read_token(cookies)
    return (token, str(claims.get("iss", "")), str(claims.get("sub", ""))) if token else None


class Owners:
    """The owners of the sessions of this process."""

    def __init__(self) -> None:
        self._owners: LRUCache[str, Owner] = LRUCache(_MOST)
        self._coming: Counter[object] = Counter()

    def remember(self, session: str, owner: Owner) -> None:
        """Keep whose a session is; whose it was first."""
        self._owners.setdefault(session, owner)

    def owns(self, owner: Owner, session: str) -> bool:
        """Say whether a session is known to be this owner's."""
        return owner is not None and self._owners.get(session) == owner

    @contextmanager
    def make_room(self, owner: Owner, size: int) -> Iterator[None]:
        """Count an upload of `size` bytes while it comes in, where its owner has room for it.

        Raises
        ------
        Refusal
            If the files of all their sessions, and what they are sending, would be more than three of the largest.
        """
        whose = _find_account(owner)
        kept = sum(size for session, size in find_held().items() if _find_account(self._owners.get(session)) == whose)
        if kept + self._coming[whose] + size > _UPLOADS * find_largest_upload():
            raise Refusal(413, "You have as many files here as there is room for. Remove one, or close another tab.")
        self._coming[whose] += size
        try:
            yield
        finally:
            self._coming[whose] -= size
            self._coming += Counter()  # forgets who sends nothing

    def hold(self, scope: Scope, owner: Owner) -> Scope:
        """Return a websocket's scope as it is, or without the session that it asks for where that is another's."""
        return {
            **scope,
            "headers": [
                (name, self._trim(value, owner) if name == _PROTOCOLS else value) for name, value in scope["headers"]
            ],
        }

    def _trim(self, protocols: bytes, owner: Owner) -> bytes:
        """Streamlit's page sends as protocols: its name, its token, and the session that it was in."""
        parts = protocols.split(b",")
        session = b"".join(parts[2:3]).strip().decode("latin-1")
        return protocols if self.owns(owner, session) else b",".join(parts[:2])


def _find_account(owner: Owner) -> object:
    """Return the person, in whatever browser; without a sign-in the browser."""
    return owner and (owner[1:] if any(owner[1:]) else owner[0])
