"""The gate: what it lets through to whom, what it says with every answer, and what a bug behind it looks like."""

import asyncio
import json
import re
from types import SimpleNamespace

import pytest
from apart import run_apart
from signing import RULES, make_claims
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from clipdash.errors import AccessError
from clipdash.serve import build_gate, gate, limits, owners, shell, wire_log
from clipdash.serve.owners import Owners
from clipdash.serve.refusal import Refusal

MEDIA, UPLOAD = f"/media/{'a' * 56}", "/_stcore/upload_file/mine/file"
ORIGIN = "http://testserver"
BROWSER, OTHER = (f"_streamlit_xsrf={generate_xsrf_token_string()}" for _ in range(2))
RUN = BackMsg(stop_script=True).SerializeToString()


async def tell(request):
    if request.url.path == "/livez":
        raise ZeroDivisionError("a bug with /a/path in it")
    headers = {"Access-Control-Allow-Origin": "*", "Set-Cookie": "a=b; Path=/"}
    if request.url.path.endswith(".csv"):
        headers["Content-Disposition"] = 'attachment; filename="x.csv"'
    return PlainTextResponse("content", headers=headers)


async def take(request):
    await request.body()
    return Response(status_code=204)


async def name(request):
    return JSONResponse(request.state.visitor.role)


async def echo(websocket):
    asked = websocket.headers.get("sec-websocket-protocol", "").split(",")
    await websocket.accept(subprotocol=asked[0] or None)
    await websocket.send_text(json.dumps([dict(websocket.cookies), len(asked)]))
    begun = ForwardMsg()
    begun.new_session.initialize.session_id = "mine"
    await websocket.send_bytes(begun.SerializeToString())
    while True:
        await websocket.send_bytes(await websocket.receive_bytes())


def serve():
    paths = ("/", "/labels", "/livez", "/thumb/{x}/1.webp", "/media/{x}", "/new")
    routes = [
        *(Route(path, tell, methods=["GET", "POST"]) for path in paths),
        Route("/readyz", name),
        Route(UPLOAD, take, methods=["PUT", "DELETE"]),
        WebSocketRoute("/_stcore/stream", echo),
        WebSocketRoute("/other", echo),
    ]
    return Starlette(routes=routes, middleware=[build_gate(["labels"])])


@pytest.fixture
def client():
    return TestClient(serve())


@pytest.fixture
def sign_in(tmp_path, monkeypatch):
    """Set a sign-in up, and return a function that says what the next cookies claim."""
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    monkeypatch.setenv("CLIPDASH_ACCESS", str(rules))
    claimed = {}

    def claim(group=None):
        claimed.clear()
        claimed.update(make_claims(ORIGIN, group) if group else {})

    monkeypatch.setattr(gate, "read_claims", lambda cookies: dict(claimed))
    return claim


def test_every_answer_says_what_the_browser_may_do(client):
    for path in ("/", "/labels", "/nowhere"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert re.match(r"default-src 'none'; script-src 'self' blob: 'sha256-[\w+/]{43}='; style-src 'self' ", policy)
        assert policy.endswith("frame-ancestors 'none'")
        assert "unsafe-eval" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert not [name for name in headers if name.startswith("access-control")]
        assert "strict-transport-security" not in headers


def test_over_https_browsers_and_cookies_are_held_to_it():
    answer = TestClient(serve(), base_url="https://testserver").get("/")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert answer.headers["set-cookie"] == "a=b; Path=/; Secure"


def test_behind_a_proxy_the_address_of_the_sign_in_says_that_it_is_https(client, sign_in, monkeypatch):
    monkeypatch.setattr(gate, "find_origin", lambda: "https://testserver")
    answer = client.get("/")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert answer.headers["set-cookie"] == "a=b; Path=/; Secure"
    with pytest.raises(WebSocketDisconnect), open_stream(client):
        pass
    with open_stream(client, origin="https://testserver"):
        pass
    monkeypatch.delenv("CLIPDASH_ACCESS")
    assert "strict-transport-security" not in client.get("/").headers


def test_a_frame_is_allowed_to_whom_it_is_given(monkeypatch):
    monkeypatch.setenv("CLIPDASH_FRAME_ANCESTORS", "'self' https://intranet.example.org")
    headers = TestClient(serve()).get("/").headers
    assert headers["content-security-policy"].endswith("frame-ancestors 'self' https://intranet.example.org")
    assert "x-frame-options" not in headers
    monkeypatch.setenv("CLIPDASH_FRAME_ANCESTORS", "'none'")
    assert TestClient(serve()).get("/").headers["content-security-policy"].endswith("frame-ancestors 'none'")
    monkeypatch.setenv("CLIPDASH_FRAME_ANCESTORS", "https://a.example.org; script-src *")
    with pytest.raises(AccessError, match=r"holds 'https://a\.example\.org;'"):
        serve()


def test_a_route_that_nobody_listed_is_closed(client):
    assert client.get("/new").status_code == 404
    assert client.post("/labels").status_code == 405


def test_a_bug_is_told_by_its_reference_alone(client, log_folder):
    answer = client.get("/livez")
    assert answer.status_code == 500
    reference = re.fullmatch(r"Something went wrong on our side \(reference (\w{8})\)\.\n", answer.text)[1]
    assert f"{reference}\nTraceback" in (log_folder / "faults.log").read_text()


def test_without_a_sign_in_whoever_reaches_it_may_all(client):
    assert client.get("/readyz").json() == "admin"
    assert client.get("/thumb/x/1.webp").status_code == 200
    assert client.get(f"{MEDIA}.csv").status_code == 200


@pytest.mark.parametrize(
    ("group", "statuses"),
    [
        (None, [401, 401, 401, 401]),
        ("others", [401, 401, 401, 401]),
        ("readers", [403, 200, 403, 204]),
        ("reviewers", [200, 200, 200, 204]),
        ("admins", [200, 200, 200, 204]),
    ],
)
def test_a_role_opens_what_it_covers(client, sign_in, group, statuses):
    """Of a picture, a page's icon, a file to keep and an upload."""
    sign_in(group)
    begin_session(client)
    answers = [client.get(path) for path in ("/thumb/x/1.webp", f"{MEDIA}.png", f"{MEDIA}.csv")]
    upload = client.put(UPLOAD, content=b"x", headers={"Origin": ORIGIN, "Cookie": BROWSER})
    assert [answer.status_code for answer in (*answers, upload)] == statuses
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert "content" not in "".join(answer.text for answer in answers if answer.status_code != 200)
    assert client.get("/").status_code == 200


def read_log(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [(line["who"], line["role"], line["verb"], line["kind"], line["id"]) for line in lines]


def test_what_is_refused_is_in_the_audit_log_once_a_minute(client, sign_in, tmp_path, monkeypatch):
    log, now = tmp_path / "audit.jsonl", [1000.0]
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", str(log))
    monkeypatch.setattr(wire_log.time, "monotonic", lambda: now[0])

    def ask_all():
        for path in ("/thumb/x/1.webp", "/thumb/y/1.webp", f"{MEDIA}.csv", "/", "/nowhere"):
            client.get(path)

    for group in (None, "others", "readers"):
        sign_in(group)
        ask_all()
    client.put(UPLOAD, content=b"x", headers={"Origin": ORIGIN, "Cookie": BROWSER})
    asked = [("refused", "thumbnail", "x"), ("refused", "file", "download")]
    people = [("", None), ("someone", None), ("someone", "viewer")]
    first = [(*person, *act) for person in people for act in asked]
    assert read_log(log)[:6] == first
    assert len(read_log(log)) == 6  # an upload by the same person is a file refused too
    now[0] += 61
    ask_all()
    assert read_log(log)[6:] == first[4:]
    assert [json.loads(line)["facts"] for line in log.read_text().splitlines()[6:]] == [{"more": 1}, {"more": 1}]


def test_a_rule_file_that_cannot_be_read_lets_nobody_in_and_names_nothing(client, sign_in, tmp_path):
    sign_in("admins")
    (tmp_path / "rules.toml").unlink()
    answer = client.get("/thumb/x/1.webp")
    assert answer.status_code == 401
    assert str(tmp_path) not in answer.text


def open_stream(client, path="/_stcore/stream", origin=ORIGIN, **headers):
    said = {"Origin": origin} if origin else {}
    return client.websocket_connect(path, headers=said | headers)


def begin_session(client, cookie=BROWSER):
    """Begin the session that the app calls mine."""
    with open_stream(client, cookie=cookie) as line:
        line.receive_text()
        line.receive_bytes()


@pytest.mark.parametrize("signed_in", [False, True])
def test_files_of_a_session_are_its_owners_alone(client, sign_in, signed_in, monkeypatch):
    def change(method, cookie, path=UPLOAD):
        return client.request(method, path, headers={"Origin": ORIGIN, "Cookie": cookie}).status_code

    sign_in("readers")
    if not signed_in:
        monkeypatch.delenv("CLIPDASH_ACCESS")
    assert change("PUT", BROWSER) == 403  # nobody's yet
    begin_session(client)
    for method in ("PUT", "DELETE"):
        assert change(method, BROWSER) == 204
        assert change(method, OTHER) == 403
        assert change(method, "a=b") == 403
    monkeypatch.setattr(gate, "read_claims", lambda _: make_claims(ORIGIN, "readers", sub="another"))
    assert change("DELETE", BROWSER) == (403 if signed_in else 204)


def test_an_owner_has_room_for_three_of_the_largest_uploads(client, monkeypatch):
    """Beside what another browser holds, and less what the owner removes or sends."""
    files = MemoryUploadedFileManager("")
    monkeypatch.setattr(shell.runtime, "exists", lambda: True)
    monkeypatch.setattr(shell.runtime, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=files))
    monkeypatch.setattr(owners, "find_largest_upload", lambda: 100)
    begin_session(client)

    def put(size):
        said = {"Origin": ORIGIN, "Cookie": BROWSER}
        return client.put(UPLOAD, content=b"x" * size, headers=said)

    for session, name, size in (("mine", "a", 200), ("mine", "b", 50), ("another", "c", 5000)):
        files.add_file(session, UploadedFileRec(name, name, "", b"x" * size))
    assert [put(size).status_code for size in (50, 51, 50)] == [204, 413, 204]
    assert put(51).text.startswith("You have as many files here as there is room for.")
    files.remove_file("mine", "b")
    assert put(100).status_code == 204
    held = Owners()
    with held.make_room((b"one", "", ""), 250), held.make_room((b"two", "", ""), 250), pytest.raises(Refusal):
        held.make_room((b"one", "", ""), 51).__enter__()
    assert not held._coming


@pytest.mark.parametrize("origin", ["null", "https://evil.example.org", "http://testserver:81"])
def test_a_websocket_is_opened_by_our_own_pages_alone(client, origin):
    with pytest.raises(WebSocketDisconnect) as refused, open_stream(client, origin=origin):
        pass
    assert refused.value.code == 1008
    with pytest.raises(WebSocketDisconnect), open_stream(client, "/other"):
        pass


def ask_for(operation):
    message = BackMsg()
    getattr(message.backend_operation_request, operation).SetInParent()
    return message.SerializeToString()


def test_a_websocket_carries_what_the_app_knows(client):
    with open_stream(client) as line:
        line.receive_text()
        line.receive_bytes()
        line.send_bytes(BackMsg(clear_cache=True).SerializeToString())
        for operation in ("install_skills", "dismiss_skills_nudge", "dataframe_chunk"):
            line.send_bytes(ask_for(operation))
        line.send_bytes(ask_for("deferred_file"))
        assert line.receive_bytes() == ask_for("deferred_file")
        line.send_bytes(RUN)
        assert line.receive_bytes() == RUN
        line.send_text("text")
        with pytest.raises(WebSocketDisconnect) as closed:
            line.receive_bytes()
        assert closed.value.code == 1003


def test_a_cookie_that_does_not_hold_goes_no_further(client, sign_in):
    cookies = "_streamlit_user=a; _xsrf=b; _streamlit_user_1=c"
    sign_in(None)
    with open_stream(client, cookie=cookies) as line:
        assert json.loads(line.receive_text())[0] == {"_xsrf": "b"}
    sign_in("readers")
    with open_stream(client, cookie=cookies) as line:
        assert len(json.loads(line.receive_text())[0]) == 3


def test_a_session_goes_back_to_the_browser_and_the_person_that_it_began_with(client, sign_in):
    def open_again(browser, person="readers"):
        sign_in(person)
        cookie = f"_streamlit_xsrf={browser}" if browser else "a=b"
        with open_stream(client, cookie=cookie, **{"Sec-WebSocket-Protocol": "streamlit,x,mine"}) as line:
            parts = json.loads(line.receive_text())[1]
            line.receive_bytes()
        return parts == 3

    first, second = generate_xsrf_token_string(), generate_xsrf_token_string()
    assert not open_again(first)  # nobody's yet
    assert open_again(first)
    assert not open_again(None)
    assert not open_again(second)
    assert not open_again(first, None)
    assert open_again(first)


def test_a_bug_behind_a_websocket_is_recorded(log_folder):
    async def fail(websocket):
        raise ZeroDivisionError("a bug")

    app = Starlette(routes=[WebSocketRoute("/_stcore/stream", fail)], middleware=[build_gate([])])
    messages = []

    async def call():
        scope = {"type": "websocket", "path": "/_stcore/stream", "headers": [(b"host", b"a"), (b"origin", b"http://a")]}
        await app(scope, None, messages.append)

    run_apart(call())
    assert "ZeroDivisionError: a bug" in (log_folder / "faults.log").read_text()


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost:8501", True),
        ("127.0.0.1", True),
        ("[::1]:8501", True),
        ("clipdash:8501", True),
        ("app.localhost", True),
        ("evil.example.org", False),
        ("clipdash.example.org", True),
        ("CLIPDASH.example.org:443", True),
        ("clipdash.example.org.evil.org", False),
        ("1.2.3.4.evil.org", False),
        ("", False),
        ("[::1", False),
        ("clipdash.example.org.", True),
        ("127.0.0.1#evil.example.org", False),
        ("127.0.0.1/evil", False),
        ("127.0.0.1:abc", False),
        ("a" * 5_000, False),
    ],
)
def test_names_of_other_sites_are_not_answered_to(client, monkeypatch, host, known):
    monkeypatch.setenv("CLIPDASH_HOSTS", "clipdash.example.org, b.example.org")
    assert client.get("/", headers={"host": host}).status_code == (200 if known else 421)


def test_an_upload_that_stands_still_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "_PIECE", 0.01)

    async def wait():
        await limits.hurry(lambda: asyncio.sleep(5))()

    with pytest.raises(Refusal) as refused:
        run_apart(wait())
    assert refused.value.status == 408


def test_the_settings_are_those_that_the_gate_counts_on():
    assert shell.find_largest_upload() == (config.get_option("server.maxUploadSize") + 1) * 1024**2
    assert not config.get_option("server.enableStaticServing")
    assert not config.get_option("server.enableAgentApi")
    assert not config.get_option("server.enableWebsocketCompression")
    assert config.get_option("server.enableCORS")
    assert config.get_option("client.allowedOrigins") == []
    assert config.get_option("server.enableXsrfProtection")
    assert not config.get_option("browser.gatherUsageStats")
    assert config.get_option("client.showErrorDetails") == "none"
