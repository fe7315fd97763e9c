"""Routes beside the app: what they give, what they refuse, and that warming up stands in nobody's way."""

import json
import threading
import time

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tiny_store import make_tiny_store

from clipdash.serve import build_gate, build_lifespan, build_routes, readiness, stores, thumbnail_path
from clipdash.store import open_store


@pytest.fixture
def root(tmp_path, monkeypatch):
    make_tiny_store(tmp_path / "root")
    broken = make_tiny_store(tmp_path / "root", n=20, name="broken")
    (broken / "people.parquet").write_bytes(b"damaged")
    make_tiny_store(tmp_path / "elsewhere", n=20, name="hidden")
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path / "root"))
    stores._list_entries.cache.clear()
    return tmp_path / "root"


@pytest.fixture
def client(root):
    return TestClient(Starlette(routes=build_routes()))


def ask_ready():
    return TestClient(Starlette(routes=build_routes())).get("/readyz")


def test_thumbnail_is_sent_with_headers_that_keep_it_private(client):
    answer = client.get("/thumb/tiny/3.webp")
    assert answer.status_code == 200
    assert answer.content[8:12] == b"WEBP"
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"].startswith("private")


def test_pictures_that_were_opened_are_one_line_of_the_audit_log(client, tmp_path, monkeypatch):
    log = tmp_path / "audit.jsonl"
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", str(log))
    for row in (0, 1, 2, 999):
        client.get(f"/thumb/tiny/{row}.webp")
    (line,) = map(json.loads, log.read_text().splitlines())
    assert (line["verb"], line["kind"], line["id"], line["role"]) == ("opened", "thumbnail", "tiny", "admin")


def test_a_rule_file_at_fault_is_not_ready_and_no_bug(root, tmp_path, monkeypatch, log_folder):
    rules = tmp_path / "rules.toml"
    rules.write_text("version = ")
    monkeypatch.setenv("CLIPDASH_ACCESS", str(rules))
    for app in (Starlette(routes=build_routes()), Starlette(routes=build_routes(), middleware=[build_gate([])])):
        answer = TestClient(app).get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"ready": False})
    assert not (log_folder / "faults.log").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/thumb/tiny/200.webp",
        "/thumb/tiny/99999999999999999999.webp",
        "/thumb/tiny/-1.webp",
        "/thumb/tiny/one.webp",
        "/thumb/nowhere/0.webp",
        "/thumb/broken/0.webp",
        "/thumb/../elsewhere/hidden/0.webp",
        "/thumb/..%2Felsewhere%2Fhidden/0.webp",
        "/thumb/%2Fetc/0.webp",
        "/thumb/tiny%00/0.webp",
        "/thumb/./0.webp",
        "/notice/nowhere",
        "/notice/broken",
    ],
)
def test_anything_else_is_refused(client, path):
    assert client.get(path).status_code == 404


def test_store_without_pictures_has_none_to_send(root, client, monkeypatch):
    monkeypatch.setattr("clipdash.store.Store.thumbnail", lambda store, row: None)
    assert client.get("/thumb/tiny/0.webp").status_code == 404


def test_a_page_of_a_store_that_was_replaced_is_sent_no_picture_of_the_new_one(root, client):
    digest = open_store(root / "tiny").digest
    assert client.get(f"/{thumbnail_path('tiny', digest, 3)}").status_code == 200
    assert client.get(f"/{thumbnail_path('tiny', 'f' * 64, 3)}").status_code == 404


def test_thumbnail_path_quotes_the_name_and_tells_states_apart():
    assert thumbnail_path("my store/x", "a" * 64, 7) == f"thumb/my%20store%2Fx/7.webp?state={'a' * 12}"


def test_notice_names_title_and_is_plain_text(client):
    answer = client.get("/notice/tiny")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.strip()


def test_alive_and_ready(client):
    assert client.get("/livez").text == "alive\n"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "store": "tiny", "records": True}
    assert answer.headers["cache-control"] == "no-store"


def test_not_ready_without_a_store_that_opens(tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    stores._list_entries.cache.clear()
    assert ask_ready().status_code == 503
    broken = make_tiny_store(tmp_path, n=20, name="broken")
    (broken / "people.parquet").write_bytes(b"damaged")
    stores._list_entries.cache.clear()
    answer = ask_ready()
    assert answer.status_code == 503
    assert "people.parquet" in answer.json()["faults"]["broken"]


def test_store_damaged_since_it_was_listed_is_refused(root, client, monkeypatch):
    from clipdash.errors import StoreError

    def fail(entry):
        raise StoreError("gone")

    monkeypatch.setattr(stores, "open_entry", fail)
    monkeypatch.setattr(readiness, "open_entry", fail)
    assert client.get("/thumb/tiny/0.webp").status_code == 404
    assert client.get("/readyz").json()["faults"]["tiny"] == "gone"


def test_warming_up_does_not_delay_the_first_answer():
    begun, release = threading.Event(), threading.Event()

    def warm_up():
        begun.set()
        release.wait(10)

    started = time.monotonic()
    with TestClient(Starlette(routes=build_routes(), lifespan=build_lifespan(warm_up))) as client:
        assert client.get("/livez").status_code == 200
        assert begun.wait(5)
        assert time.monotonic() - started < 5
        release.set()


def test_bug_while_warming_up_is_logged_and_stops_nothing(log_folder):
    def warm_up():
        raise ZeroDivisionError("a bug")

    with TestClient(Starlette(routes=build_routes(), lifespan=build_lifespan(warm_up))) as client:
        assert client.get("/livez").status_code == 200
        end = time.monotonic() + 5
        while not (log_folder / "faults.log").exists() and time.monotonic() < end:
            time.sleep(0.01)
    assert "ZeroDivisionError: a bug" in (log_folder / "faults.log").read_text()
