"""The gate before every request and websocket: sizes, names, sign-in, headers; what it does not know is closed.

`docs/security.md` says what is open to whom, and why.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from h11 import LocalProtocolError
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clipdash.access import NOBODY, OWNER, Act, Visitor, find_rules
from clipdash.errors import AccessError, record_fault
from clipdash.serve.cookies import find_origin, read_claims
from clipdash.serve.entrances import STREAM, Entrance, find_entrance, list_entrances
from clipdash.serve.headers import find_ancestors, set_headers, write_policy
from clipdash.serve.limits import check_body, check_host, check_origin, check_size, hurry
from clipdash.serve.owners import Owner, Owners, name_owner
from clipdash.serve.refusal import Refusal
from clipdash.serve.shell import find_largest_upload, hash_scripts, list_files
from clipdash.serve.stream import drop_sign_in, filter_stream
from clipdash.serve.wire_log import WireLog

__all__ = ["Gate", "build_gate"]

_POLICY_VIOLATION = 1008
#: Statuses of a refusal for who somebody is.
_DENIED = frozenset({401, 403})


def build_gate(pages: Iterable[str]) -> Middleware:
    """Return the gate as a middleware of the app.

    Parameters
    ----------
    pages : iterable of str
        Names of the pages, which have the same shell.

    Raises
    ------
    AccessError
        If ``$CLIPDASH_FRAME_ANCESTORS`` holds anything but origins.
    """
    find_ancestors()
    return Middleware(Gate, pages=tuple(pages))


class Gate:
    """Let requests and websockets through that may pass.

    Parameters
    ----------
    app : callable
        What is behind the gate.
    pages : iterable of str
        Names of the pages.
    """

    def __init__(self, app: ASGIApp, pages: Iterable[str] = ()) -> None:
        self._app = app
        self._entrances = list_entrances(pages)
        self._owners = Owners()
        self._log = WireLog()
        self._files = list_files()
        self._policy = write_policy(hash_scripts(), find_ancestors())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request or a websocket on, or refuse it."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        visitor, denied, started = NOBODY, "", False
        entrance = None

        async def send_dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if not started and entrance and _is_file(entrance, headers):
                    _require(visitor, Act.TAKE, denied)
                started = True
                if entrance and entrance.act and _has_sign_in():
                    headers["Cache-Control"] = "no-store"
                set_headers(headers, self._policy, encrypted=_is_encrypted(scope))
            await send(message)

        try:
            entrance = self._check(scope)
            visitor, denied = _recognise(scope)
            if entrance.act:
                _require(visitor, entrance.act, denied)
            scope.setdefault("state", {})["visitor"] = visitor
            await self._pass_on(entrance, scope, receive, send_dressed)
            return
        except Refusal as error:
            refusal = error
            if entrance and refusal.status in _DENIED:
                await self._log.note("refused", entrance.kind, _find_wanted(entrance, scope), visitor, apart=False)
        except Exception as error:  # the network's own boundary: a bug behind it is told by its reference alone
            refusal = Refusal(500, record_fault(error).brief)
        if not started:
            entrance = None
            with suppress(LocalProtocolError):  # whoever broke off in the middle of a request hears no more
                await refusal.answer()(scope, receive, send_dressed)

    def _check(self, scope: Scope) -> Entrance:
        """Return the entrance that a request asks for, if it may be asked so by anybody."""
        headers = Headers(scope=scope)
        check_size(scope)
        check_host(headers)
        path = _find_path(scope)
        entrance = find_entrance(self._entrances, path)
        if entrance is None or (path.startswith("/static/") and path not in self._files):
            raise Refusal(404, "There is nothing at this address. The start page of clipdash leads to everything.")
        if scope["method"] not in entrance.methods:
            raise Refusal(405, "This address cannot be asked in that way.")
        uploads = "PUT" in entrance.methods
        check_body(headers, find_largest_upload() if scope["method"] == "PUT" else 0)
        if uploads:
            check_origin(headers, encrypted=_is_encrypted(scope))
        return entrance

    async def _pass_on(self, entrance: Entrance, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the app; one of a session only if that is of the browser and the person who ask."""
        found = entrance.path.fullmatch(_find_path(scope))
        session = found.groupdict().get("session") if found else None
        if session and not self._owners.owns(_find_owner(scope), session):
            raise Refusal(403, "This upload belongs to no session of this browser. Reload the page and try again.")
        if scope["method"] != "PUT":
            await self._app(scope, receive, send)
            return
        with self._owners.make_room(_find_owner(scope), _find_length(scope)):
            await self._app(scope, hurry(receive), send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            check_size(scope)
            check_host(headers)
            if "origin" in headers or _has_sign_in():  # every browser says it; a program says what it likes
                check_origin(headers, encrypted=_is_encrypted(scope))
            if _find_path(scope) != STREAM:
                raise Refusal(404, "There is nothing at this address.")
            owner = _find_owner(scope)
            held = self._owners.hold(scope if _find_claims(scope) else drop_sign_in(scope), owner)
            await self._app(held, *filter_stream(receive, send, lambda session: self._owners.remember(session, owner)))
        except Refusal as refusal:
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": refusal.sentence})
        except Exception as error:  # as above; the websocket is closed by the server once this returns
            record_fault(error)


def _find_path(scope: Scope) -> str:
    """Return the path below the address at which the app is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(root) if root and path.startswith(f"{root}/") else path


def _find_claims(scope: Scope) -> dict[str, Any]:
    """Return what a sign-in claims; nothing without one."""
    return read_claims(HTTPConnection(scope).cookies) if _has_sign_in() else {}


def _find_owner(scope: Scope) -> Owner:
    return name_owner(HTTPConnection(scope).cookies, _find_claims(scope))


def _find_length(scope: Scope) -> int:
    """Return how many bytes an upload says that it has, or else may have."""
    return int(Headers(scope=scope).get("content-length", find_largest_upload()))


def _is_encrypted(scope: Scope) -> bool:
    """Say whether the browser asked over https: the server sees it, or a sign-in comes back to no other address."""
    return scope.get("scheme") in ("https", "wss") or (_has_sign_in() and (find_origin() or "").startswith("https://"))


def _has_sign_in() -> bool:
    try:
        return find_rules() is not None
    except AccessError:  # a rule file that cannot be read lets nobody in
        return True


def _recognise(scope: Scope) -> tuple[Visitor, str]:
    """Return who asks, and why they are nobody."""
    try:
        rules = find_rules()
    except AccessError:  # its sentence names the file, which is for whoever runs clipdash
        return NOBODY, "Nobody is let in here now. Ask whoever runs clipdash."
    if rules is None:
        return OWNER, ""
    claims = read_claims(HTTPConnection(scope).cookies)
    if not claims:
        return NOBODY, "You are not signed in. Open the start page of clipdash and sign in."
    try:
        return rules.admit(claims, time.time()), ""
    except AccessError as error:
        return rules.identify(claims), str(error)


def _require(visitor: Visitor, act: Act, denied: str) -> None:
    if visitor.role is None:
        raise Refusal(401, denied)
    if not visitor.may(act):
        raise Refusal(403, f"Your role, {visitor.role}, does not let you {act}. Ask whoever runs clipdash.")


def _find_wanted(entrance: Entrance, scope: Scope) -> str:
    """Return the store that was asked for, or whether a file was to be taken or brought."""
    if entrance.kind == "file":
        return "upload" if "PUT" in entrance.methods else "download"
    found = entrance.path.fullmatch(_find_path(scope))
    return found[1] if found and found.re.groups else ""


def _is_file(entrance: Entrance, headers: MutableHeaders) -> bool:
    """Say whether an answer is a file to keep, not a mark or icon of a page."""
    return entrance.act is not None and headers.get("content-disposition", "").startswith("attachment")
