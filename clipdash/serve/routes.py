"""Routes beside the app: thumbnails, notices, readiness; and the lifespan that warms it up.

No route takes a path: a store is one of those listed under the root, a row is a number.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from threading import Thread
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from clipdash.access import NOBODY, OWNER, Act, Visitor, find_rules
from clipdash.errors import AccessError, record_fault
from clipdash.serve.metrics import serve_metrics
from clipdash.serve.readiness import Watch, look
from clipdash.serve.stores import find_entry, find_store
from clipdash.serve.wire_log import WireLog

__all__ = ["build_lifespan", "build_routes", "thumbnail_path"]

# Thumbnails may show people: a browser may keep them, no cache between may.
_KEPT = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def build_routes() -> list[Route]:
    """Return the routes to mount beside Streamlit's own."""
    return [
        Route("/thumb/{store}/{row:int}.webp", partial(_send_thumbnail, WireLog()), methods=["GET"]),
        Route("/notice/{store}", _send_notice, methods=["GET"]),
        Route("/livez", _say_alive, methods=["GET"]),
        Route("/readyz", partial(_say_ready, Watch(look)), methods=["GET"]),
    ]


def thumbnail_path(store: str, digest: str, row: int) -> str:
    """Return the address, below the app's own, of an image's thumbnail; another state of the store has another."""
    return f"thumb/{quote(store, safe='')}/{row}.webp?state={digest[:12]}"


def build_lifespan(warm_up: Callable[[], None]) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Return a lifespan that calls `warm_up` in the background, so that the server answers at once.

    Parameters
    ----------
    warm_up : callable
        Loads what the first page needs. A bug in it is written to the log of faults and stops nothing.
    """

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        with serve_metrics():
            Thread(target=_try_call, args=(warm_up,), name="warm-up", daemon=True).start()
            yield

    return lifespan


def _try_call(act: Callable[[], None]) -> None:
    try:
        act()
    except Exception as error:  # the thread's own boundary: nobody above it could report the bug
        record_fault(error)


async def _send_thumbnail(log: WireLog, request: Request) -> Response:
    store = await run_in_threadpool(find_store, request.path_params["store"])
    row, state = request.path_params["row"], request.query_params.get("state", "")
    # A page of a store that was replaced meanwhile shows no picture rather than another's.
    if store is None or row >= store.manifest.images or not store.digest.startswith(state):
        return _refuse()
    thumbnail = await run_in_threadpool(store.thumbnail, row)
    if thumbnail is None:
        return _refuse()
    await log.note("opened", "thumbnail", store.name, _find_visitor(request))
    return Response(thumbnail, media_type="image/webp", headers=_KEPT)


async def _send_notice(request: Request) -> Response:
    entry = await run_in_threadpool(find_entry, request.path_params["store"])
    if entry is None or entry.manifest is None:
        return _refuse()
    manifest = entry.manifest
    parts = [("Licence", manifest.licence), ("Source", manifest.source), (None, manifest.notice)]
    derived = [f"{attribute.name}: {attribute.derived}" for attribute in manifest.attributes if attribute.derived]
    lines = [manifest.title, *(f"{head}: {text}" if head else text for head, text in parts if text), *derived]
    return PlainTextResponse("\n\n".join(lines) + "\n", headers=_FRESH)


async def _say_alive(_: Request) -> Response:
    return PlainTextResponse("alive\n", headers=_FRESH)


async def _say_ready(watch: Watch, request: Request) -> Response:
    """Say whether some store opens and the records answer: 200 or 503; what, only to whoever may read the pages."""
    found = await watch.ask()
    try:
        told = found.tell() if _find_visitor(request).may(Act.READ) else {"ready": found.ready}
        find_rules()
    except AccessError:  # nobody is let in, so that nothing is served; its sentence names the file
        return JSONResponse({"ready": False}, status_code=503, headers=_FRESH)
    return JSONResponse(told, status_code=200 if found.ready else 503, headers=_FRESH)


def _find_visitor(request: Request) -> Visitor:
    """Return whom the gate let in; without a gate, whoever has the machine if there is no sign-in."""
    found: Visitor | None = getattr(request.state, "visitor", None)
    return found or (OWNER if find_rules() is None else NOBODY)


def _refuse() -> Response:
    return PlainTextResponse("There is no such picture or store here.\n", status_code=404, headers=_FRESH)
