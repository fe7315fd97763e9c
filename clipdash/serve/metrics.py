"""Metrics for Prometheus, on a port of their own that ``$CLIPDASH_METRICS_PORT`` names; without it nobody can ask.

No metric tells a label, a name or an address: the values of each of its parts are known beforehand. `docs/metrics.md`
lists them all.
"""

import logging
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clipdash.access import count_entries
from clipdash.build import Stage, list_builds
from clipdash.encoders import count_text_uses
from clipdash.errors import InputError, count_faults
from clipdash.store import find_root
from clipdash.zeroshot import share_columns

__all__ = [
    "ADDRESS_VARIABLE",
    "PORT_VARIABLE",
    "REGISTRY",
    "build_meter",
    "serve_metrics",
    "time_rerun",
    "watch_cache",
    "watch_queue",
]

PORT_VARIABLE, ADDRESS_VARIABLE = "CLIPDASH_METRICS_PORT", "CLIPDASH_METRICS_ADDRESS"
disable_created_metrics()  # type: ignore[no-untyped-call]  # nobody asks when each was first counted
REGISTRY = CollectorRegistry()

_logger = logging.getLogger("clipdash.metrics")
_REQUESTS = Counter("clipdash_requests", "Requests answered.", ["route", "status"], registry=REGISTRY)
_SECONDS = Histogram(
    "clipdash_request_seconds",
    "Seconds until a request was answered.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
_SESSIONS = Gauge("clipdash_sessions", "Browsers that are connected now.", registry=REGISTRY)
_RERUNS = Histogram(
    "clipdash_rerun_seconds",
    "Seconds that a page took to run to its end.",
    ["page"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
_FAILED = Counter("clipdash_reruns_failed", "Runs of a page that a bug ended.", ["page"], registry=REGISTRY)
_RUNNING = Gauge("clipdash_reruns_in_progress", "Runs of pages that are under way.", registry=REGISTRY)
_WAITING = Gauge("clipdash_reruns_waiting", "Runs of pages that wait for their turn.", registry=REGISTRY)
ProcessCollector(registry=REGISTRY)

#: Part of a path to kind of route; whatever has none is a page.
_ROUTES = {
    "thumb": "thumbnail",
    "notice": "notice",
    "livez": "health",
    "readyz": "health",
    "media": "download",
    "static": "static",
    "component": "static",
    "auth": "sign-in",
    "oauth2callback": "sign-in",
    "upload_file": "upload",
    "stream": "session",
    "_stcore": "streamlit",
}


def watch_cache(name: str, count: Callable[[], tuple[int, int]]) -> None:
    """Have the metrics tell how often a cache was asked: `count` returns how often it knew, and how often not."""
    _caches[name] = count


def watch_queue(count: Callable[[], int]) -> None:
    """Have the metrics tell how many runs of pages wait: `count` returns it."""
    _WAITING.set_function(count)


@contextmanager
def time_rerun(page: str) -> Iterator[None]:
    """Time one run of a page; one that is cut short by the next, or stops itself, is not counted."""
    began = time.perf_counter()
    _RUNNING.inc()
    try:
        yield
    except InputError:
        _RERUNS.labels(page).observe(time.perf_counter() - began)
        raise
    except Exception:
        _FAILED.labels(page).inc()
        raise
    else:
        _RERUNS.labels(page).observe(time.perf_counter() - began)
    finally:
        _RUNNING.dec()


@contextmanager
def serve_metrics() -> Iterator[None]:
    """Serve the metrics inside, where a port is named; what is wrong with it is one line of the log."""
    named = os.environ.get(PORT_VARIABLE, "").strip()
    address = os.environ.get(ADDRESS_VARIABLE, "").strip() or "127.0.0.1"
    if not named:
        yield
        return
    try:
        server, thread = start_http_server(int(named), address, registry=REGISTRY)
    except (OSError, OverflowError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no port"
        _logger.error("No metrics are served at %s:%s (%s). The app goes on without.", address, named, reason)
        yield
        return
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def build_meter() -> Middleware:
    """Return what counts requests; it stands before everything else, so that refusals are counted too."""
    return Middleware(_Meter)


class _Meter:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._count_session(scope, receive, send)
        elif scope["type"] == "http":
            await self._count_request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _count_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        route, began, status = _name_route(scope["path"]), time.perf_counter(), 500

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            _REQUESTS.labels(route, f"{status // 100}xx").inc()
            _SECONDS.labels(route).observe(time.perf_counter() - began)

    async def _count_session(self, scope: Scope, receive: Receive, send: Send) -> None:
        accepted = False

        async def send_on(message: Message) -> None:
            nonlocal accepted
            if message["type"] == "websocket.accept" and not accepted:
                accepted = True
                _SESSIONS.inc()
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            _REQUESTS.labels(_name_route(scope["path"]), "1xx" if accepted else "4xx").inc()
            if accepted:
                _SESSIONS.dec()


def _name_route(path: str) -> str:
    """Return the kind of a route, whatever stands before it in the address of the app."""
    parts = path.strip("/").split("/", 8)
    if "_stcore" in parts:
        return next((_ROUTES[part] for part in ("stream", "upload_file") if part in parts), "streamlit")
    return next((_ROUTES[part] for part in parts if part in _ROUTES), "page")


class _State(Collector):
    """What others count, asked when the metrics are."""

    def collect(self) -> Iterable[Metric]:
        runs = {(version("clipdash"), platform.python_version()): 1}
        yield _gauge("clipdash_build_info", "What runs here; always 1.", runs, ("version", "python"))
        yield from _tell_caches()
        yield from _tell_columns()
        stages = dict.fromkeys([(stage,) for stage in get_args(Stage)], 0)
        for build in list_builds(find_root()):
            stages[build.stage,] += 1
        yield _gauge("clipdash_builds", "Builds and imports of stores, by how far they are.", stages, ("stage",))
        written, lost = count_entries()
        lines = {("written",): written, ("lost",): lost}
        yield _counter("clipdash_audit_lines", "Lines of the audit log.", lines, ("outcome",))
        yield _counter("clipdash_faults", "Bugs of ours that were caught and logged.", {(): count_faults()})


def _tell_caches() -> Iterator[Metric]:
    uses = {(name,): count() for name, count in _caches.items()}
    known = {name: hits for name, (hits, _) in uses.items()}
    made = {name: misses for name, (_, misses) in uses.items()}
    yield _counter("clipdash_cache_hits", "What a cache was asked for, and knew.", known, ("cache",))
    yield _counter("clipdash_cache_misses", "What a cache was asked for, and did not know.", made, ("cache",))


def _tell_columns() -> Iterator[Metric]:
    try:
        columns = share_columns()
    except InputError:  # the variable is at fault: whoever needs a column is told
        return
    yield _gauge("clipdash_columns_bytes", "Memory that kept columns of scores take now.", {(): columns.bytes})
    yield _gauge("clipdash_columns_limit_bytes", "Memory that they may take.", {(): columns.most_bytes})


def _count_columns() -> tuple[int, int]:
    try:
        columns = share_columns()
    except InputError:
        return 0, 0
    return columns.found, columns.computed


#: Of each combination of the parts, as a tuple.
_Values = Mapping[Any, float]


def _gauge(name: str, said: str, values: _Values, parts: tuple[str, ...] = ()) -> Metric:
    return _fill(GaugeMetricFamily(name, said, labels=parts), values)


def _counter(name: str, said: str, values: _Values, parts: tuple[str, ...] = ()) -> Metric:
    return _fill(CounterMetricFamily(name, said, labels=parts), values)


def _fill(family: GaugeMetricFamily | CounterMetricFamily, values: _Values) -> Metric:
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


_caches: dict[str, Callable[[], tuple[int, int]]] = {"columns": _count_columns, "texts": count_text_uses}
REGISTRY.register(_State())
