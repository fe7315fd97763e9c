"""Routes beside the app: thumbnails, notices, readiness; and the lifespan that warms it up.

No route takes a path: a store is one of those listed under the root, a row is a number.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import lru_cache
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import quote

from cachetools import TTLCache, cached
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from clipdash.errors import InputError, StoreError, record_fault
from clipdash.serve.metrics import serve_metrics
from clipdash.store import Store, StoreEntry, find_root, list_stores, open_store

__all__ = ["build_lifespan", "build_routes", "thumbnail_path"]

# Thumbnails may show people: a browser may keep them, no cache between may.
_KEPT = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def build_routes() -> list[Route]:
    """Return the routes to mount beside Streamlit's own."""
    return [
        Route("/thumb/{store}/{row:int}.webp", _send_thumbnail, methods=["GET"]),
        Route("/notice/{store}", _send_notice, methods=["GET"]),
        Route("/livez", _say_alive, methods=["GET"]),
        Route("/readyz", _say_ready, methods=["GET"]),
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


async def _send_thumbnail(request: Request) -> Response:
    store = await run_in_threadpool(_find_store, request.path_params["store"])
    row = request.path_params["row"]
    if store is None or row >= store.manifest.images:
        return _refuse()
    thumbnail = await run_in_threadpool(store.thumbnail, row)
    return _refuse() if thumbnail is None else Response(thumbnail, media_type="image/webp", headers=_KEPT)


async def _send_notice(request: Request) -> Response:
    entry = await run_in_threadpool(_find_entry, request.path_params["store"])
    if entry is None or entry.manifest is None:
        return _refuse()
    manifest = entry.manifest
    parts = [("Licence", manifest.licence), ("Source", manifest.source), (None, manifest.notice)]
    derived = [f"{attribute.name}: {attribute.derived}" for attribute in manifest.attributes if attribute.derived]
    lines = [manifest.title, *(f"{head}: {text}" if head else text for head, text in parts if text), *derived]
    return PlainTextResponse("\n\n".join(lines) + "\n", headers=_FRESH)


async def _say_alive(_: Request) -> Response:
    return PlainTextResponse("alive\n", headers=_FRESH)


async def _say_ready(_: Request) -> Response:
    """Say whether some store opens: 200 with its name, else 503 with what is wrong."""
    ready, told = await run_in_threadpool(_try_stores)
    return JSONResponse(told, status_code=200 if ready else 503, headers=_FRESH)


def _try_stores() -> tuple[bool, dict[str, Any]]:
    faults = {}
    for entry in _list_entries(str(find_root())):
        try:
            return True, {"ready": True, "store": _open(entry).name}
        except InputError as error:
            faults[entry.name] = str(error)
    return False, {"ready": False, "faults": faults or {"": "There is no store here."}}


# A page of tiles asks 24 times at once, and each time every manifest would be read.
@cached(TTLCache(maxsize=4, ttl=2), lock=Lock())
def _list_entries(root: str) -> tuple[StoreEntry, ...]:
    return list_stores(Path(root))


def _find_entry(name: str) -> StoreEntry | None:
    entries = _list_entries(str(find_root()))
    return next((entry for entry in entries if entry.name == name and entry.manifest is not None), None)


def _find_store(name: str) -> Store | None:
    entry = _find_entry(name)
    try:
        return None if entry is None else _open(entry)
    except InputError:
        return None


def _open(entry: StoreEntry) -> Store:
    if entry.manifest is None:
        raise StoreError(str(entry.fault))
    return _open_state(str(entry.path), entry.manifest.digest)


@lru_cache(maxsize=8)
def _open_state(path: str, digest: str) -> Store:
    del digest
    return open_store(Path(path))


def _refuse() -> Response:
    return PlainTextResponse("There is no such picture or store here.\n", status_code=404, headers=_FRESH)
