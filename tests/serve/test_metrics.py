"""Metrics: what the document lists, bounded parts, served only where asked, and never in anybody's way."""

import re
import socket
from contextlib import nullcontext
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tiny_store import make_tiny_store

from clipdash import encoders
from clipdash.errors import QueryError, record_fault
from clipdash.serve import build_lifespan, build_meter, metrics, time_rerun, watch_cache
from clipdash.zeroshot import share_columns

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \|(.*?)\|(.*)\|$", re.MULTILINE)


def find(name, **parts):
    return metrics.REGISTRY.get_sample_value(name, parts)


def test_the_document_lists_every_metric_with_its_kind_and_parts():
    metrics._REQUESTS.labels("page", "2xx"), metrics._SECONDS.labels("page")
    metrics._RERUNS.labels("shift"), metrics._FAILED.labels("shift")
    found = {}
    for family in metrics.REGISTRY.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        parts = {part for sample in family.samples for part in sample.labels} - {"le"}
        found[name] = (family.type, parts)
    rows = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert {name: (kind, set(re.findall(r"`(\w+)`", parts))) for name, kind, parts, _ in rows} == found
    said = " ".join(said for *_, said in rows)
    named = {*metrics._ROUTES.values(), "page", "session", *metrics._caches, *metrics.get_args(metrics.Stage)}
    assert [name for name in named if not re.search(rf"\b{name}\b", said)] == []


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "page"),
        ("/shift", "page"),
        ("/%2e%2e/etc/passwd", "page"),
        ("/" + "a/" * 5000, "page"),
        ("/thumb/emoji/3.webp", "thumbnail"),
        ("/below/thumb/emoji/3.webp", "thumbnail"),
        ("/readyz", "health"),
        ("/_stcore/health", "streamlit"),
        ("/_stcore/stream", "session"),
        ("/_stcore/upload_file/x/y", "upload"),
        ("/media/1234.csv", "download"),
        ("/static/js/index.js", "static"),
        ("/auth/login", "sign-in"),
        ("/oauth2callback", "sign-in"),
    ],
)
def test_a_route_has_a_kind_whatever_its_address(path, route):
    assert metrics._name_route(path) == route


async def _answer(request):
    if request.url.path == "/shift":
        raise ZeroDivisionError
    return PlainTextResponse("well", status_code=404)


async def _talk(socket):
    if socket.query_params:
        await socket.close()
        return
    await socket.accept()
    await socket.send_text(str(find("clipdash_sessions")))
    await socket.close()


@pytest.fixture
def client():
    routes = [Route("/{path:path}", _answer), WebSocketRoute("/_stcore/stream", _talk)]
    return TestClient(Starlette(routes=routes, middleware=[build_meter()]), raise_server_exceptions=False)


def test_requests_are_counted_by_route_and_status(client):
    before = [find("clipdash_requests_total", route="page", status=status) or 0 for status in ("4xx", "5xx")]
    assert [client.get(path).status_code for path in ("/labels?before=typed", "/shift")] == [404, 500]
    after = [find("clipdash_requests_total", route="page", status=status) for status in ("4xx", "5xx")]
    assert after == [count + 1 for count in before]
    assert find("clipdash_request_seconds_count", route="page") >= 2
    assert b"typed" not in generate_latest(metrics.REGISTRY)


def test_connected_browsers_are_counted_and_refused_ones_are_not(client):
    before = find("clipdash_sessions")
    with client.websocket_connect("/_stcore/stream") as session:
        assert float(session.receive_text()) == before + 1
    assert find("clipdash_sessions") == before
    refused = find("clipdash_requests_total", route="session", status="4xx") or 0
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream?no=1"):
        pass
    assert find("clipdash_requests_total", route="session", status="4xx") == refused + 1
    assert find("clipdash_sessions") == before


@pytest.mark.parametrize(
    ("error", "done", "failed"),
    [(None, 1, 0), (QueryError("asked wrongly"), 1, 0), (KeyError("a bug"), 0, 1), (SystemExit(), 0, 0)],
)
def test_runs_are_timed_and_those_that_a_bug_ends_counted(error, done, failed):
    counts = ("clipdash_rerun_seconds_count", "clipdash_reruns_failed_total")
    before = [find(name, page="shift") or 0 for name in counts]
    with pytest.raises(type(error)) if error else nullcontext(), time_rerun("shift"):
        assert find("clipdash_reruns_in_progress") == 1
        if error:
            raise error
    after = [find(name, page="shift") or 0 for name in counts]
    assert after == [before[0] + done, before[1] + failed]
    assert find("clipdash_reruns_in_progress") == 0


def test_what_others_count_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    make_tiny_store(tmp_path)
    faults = find("clipdash_faults_total")
    record_fault(KeyError("a bug"))
    assert find("clipdash_faults_total") == faults + 1
    watch_cache("tried", lambda: (3, 2))
    assert find("clipdash_cache_hits_total", cache="tried") == 3
    assert find("clipdash_cache_misses_total", cache="tried") == 2
    del metrics._caches["tried"]
    assert find("clipdash_cache_hits_total", cache="texts") == encoders.count_text_uses()[0]
    assert find("clipdash_columns_bytes") == share_columns().bytes
    assert find("clipdash_builds", stage="running") == 0
    assert find("clipdash_build_info", version="0.1.0", python=metrics.platform.python_version()) == 1


def test_a_wrong_budget_takes_the_columns_away_and_nothing_else(monkeypatch):
    share_columns.cache_clear()
    monkeypatch.setenv("CLIPDASH_COLUMNS_MB", "plenty")
    assert find("clipdash_columns_bytes") is None
    assert find("clipdash_cache_hits_total", cache="columns") == 0
    assert find("clipdash_faults_total") is not None
    share_columns.cache_clear()


def _find_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _serve():
    return TestClient(Starlette(lifespan=build_lifespan(lambda: None)))


def test_they_are_served_while_the_app_is_where_a_port_is_named(monkeypatch):
    port = _find_port()
    monkeypatch.setenv("CLIPDASH_METRICS_PORT", str(port))
    with _serve(), urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert b"clipdash_sessions" in answer.read()
    with pytest.raises(OSError, match="refused"):
        urlopen(f"http://127.0.0.1:{port}/metrics")


@pytest.mark.parametrize("named", ["taken", "12x", "99999999", "-1"])
def test_a_port_that_cannot_be_had_is_one_line_and_the_app_goes_on(named, monkeypatch, caplog):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1]) if named == "taken" else named
        monkeypatch.setenv("CLIPDASH_METRICS_PORT", port)
        with _serve():
            pass
    (line,) = [record.getMessage() for record in caplog.records if record.name == "clipdash.metrics"]
    assert line.startswith(f"No metrics are served at 127.0.0.1:{port} (")


def test_without_a_port_nothing_listens(monkeypatch):
    monkeypatch.delenv("CLIPDASH_METRICS_PORT", raising=False)
    monkeypatch.setattr(metrics, "start_http_server", lambda *_, **__: pytest.fail("it was started"))
    with _serve():
        pass
