"""How large, how slow and from where a request may be."""

import asyncio
import os
import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from clipdash.serve.cookies import find_origin
from clipdash.serve.refusal import Refusal

__all__ = ["HOSTS_VARIABLE", "check_body", "check_host", "check_origin", "check_size", "hurry"]

HOSTS_VARIABLE = "CLIPDASH_HOSTS"
#: A name or an address, and a port.
_HOST = re.compile(r"(?:(?P<name>[a-z0-9._-]{1,253})|\[(?P<address>[0-9a-f:.]{2,45})\])(?::[0-9]{1,5})?")
#: Characters of a path (the longest are those of uploads), and bytes of a query: a link has up to 8,000.
_PATH, _QUERY = 1024, 12_000
#: Bytes and number of a request's headers: the cookies of a sign-in fill up to half.
_HEADERS, _COUNT = 32 * 1024, 100
#: Seconds between two pieces of an upload, and for all of it.
_PIECE, _WHOLE = 20.0, 900.0


def check_size(scope: Scope) -> None:
    """Refuse an address or headers beyond any that the app makes, and paths that no browser would ask."""
    path = scope["path"]
    if len(path) > _PATH or len(scope.get("query_string", b"")) > _QUERY:
        raise Refusal(414, "This address is longer than any here. Shorten it.")
    if any(ord(letter) < 32 or letter == "\x7f" for letter in path) or any(
        part in (".", "..") for part in path.replace("\\", "/").split("/")
    ):
        raise Refusal(400, "This address is not one that can be asked for.")
    headers = scope["headers"]
    if len(headers) > _COUNT or sum(len(name) + len(value) for name, value in headers) > _HEADERS:
        raise Refusal(431, "The headers of this request are too large. Delete the cookies of this site and try again.")


def check_body(headers: Headers, largest: int) -> None:
    """Refuse a body that says that it is larger than `largest` bytes, or that nothing here reads."""
    said = headers.get("content-length", "0")
    length = int(said) if said.isascii() and said.isdigit() else -1
    if length < 0:
        raise Refusal(400, "The length of this request cannot be read.")
    if length > largest or (not largest and "transfer-encoding" in headers):
        raise Refusal(413, "What was sent is larger than anything that is taken here. Send less.")


def check_host(headers: Headers) -> None:
    """Refuse a request for another site's name, by which a page elsewhere could have its own name point here.

    Addresses and names without a dot are no other site's; one with a dot must be that of the sign-in, or be listed
    under ``$CLIPDASH_HOSTS``, where ``*`` stands for all.
    """
    host = headers.get("host")
    if host is None:  # no browser leaves it out
        return
    found = _HOST.fullmatch(host.lower())
    name = (found["name"] or found["address"]).rstrip(".") if found else ""
    if not name or not (_is_near(name) or _is_listed(name)):
        raise Refusal(
            421, f"This clipdash does not answer to that name. Whoever runs it can add it to {HOSTS_VARIABLE}."
        )


def check_origin(headers: Headers, *, encrypted: bool) -> None:
    """Refuse what another site's page asks with this visitor's cookies: the page asked from must be one of ours."""
    host, origin = headers.get("host"), headers.get("origin")
    own = {f"https://{host}"} | (set() if encrypted else {f"http://{host}"})
    if host is None or origin is None or origin.lower() not in {address.lower() for address in own}:
        raise Refusal(403, "This was asked from a page of another site. Open clipdash itself.")


def hurry(receive: Receive) -> Receive:
    """Return `receive` with a limit on how long an upload may take; what is too slow is refused."""
    end = asyncio.get_running_loop().time() + _WHOLE

    async def receive_soon() -> Message:
        left = min(_PIECE, end - asyncio.get_running_loop().time())
        try:
            return await asyncio.wait_for(receive(), left)
        except TimeoutError:
            raise Refusal(408, "The upload stood still for too long. Try again.") from None
        except ClientDisconnect:
            raise Refusal(400, "The upload was broken off.") from None

    return receive_soon


def _is_near(name: str) -> bool:
    if "." not in name and ":" not in name:
        return True
    if name.endswith(".localhost"):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_listed(name: str) -> bool:
    listed = os.environ.get(HOSTS_VARIABLE, "").replace(",", " ").lower().split()
    own = urlsplit(find_origin() or "").hostname
    return name in listed or name == own or "*" in listed
