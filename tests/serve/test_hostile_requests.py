"""Hostile requests, one by one, to a server that is open and to one with a sign-in: refused or harmless, no more."""

import base64
import io
import json
import os
import shutil
import socket
import struct
import time
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from served import ROOT, find_port, start
from signing import NAME, RULES, SECRET, join, make_claims, sign, sign_raw
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from tiny_store import make_tiny_store
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from wire import ask, open_session, open_stream, read_token, send, write

MEGABYTE = 1024**2


class Server:
    def __init__(self, folder, **more):
        self.folder, self.port = folder, find_port()
        folder.mkdir()
        self.more = {name: value.replace("PORT", str(self.port)) for name, value in more.items()}

    def start(self):
        self.process = start(self.folder, self.port, **self.more)
        self.origin = f"http://127.0.0.1:{self.port}"

    def count_tracebacks(self):
        logs = [self.folder / name for name in ("server.log", "faults.log")]
        return sum(log.read_text(errors="replace").count("Traceback") for log in logs if log.exists())


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A root with two stores, and two that only look like it: a link to a store, and one with a link to pictures."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(ROOT / "embeddings_cache" / "emoji", folder / "root" / "emoji")
    make_tiny_store(folder / "root", n=20, name="tiny")
    make_tiny_store(folder, n=20, name="hidden")
    (folder / "root" / "linked").symlink_to(folder / "hidden")
    borrowed = make_tiny_store(folder / "root", n=20, name="borrowed") / "thumbs.arrow"
    borrowed.unlink()
    borrowed.symlink_to(folder / "hidden" / "thumbs.arrow")
    (folder / "rules.toml").write_text(RULES)
    return folder


@pytest.fixture(scope="module")
def servers(root):
    """An open server, and one with a sign-in; started once."""
    secrets = root / "sign-in.toml"
    named = {"CLIPDASH_SIGN_IN": str(secrets), "STREAMLIT_SECRETS_FILES": str(secrets)}
    stores = str(root / "root")
    both = [
        Server(root / "open", CLIPDASH_STORES=stores),
        Server(root / "closed", CLIPDASH_STORES=stores, CLIPDASH_ACCESS=str(root / "rules.toml"), **named),
    ]
    secrets.write_text(
        f'[auth]\nredirect_uri = "http://127.0.0.1:{both[1].port}/oauth2callback"\ncookie_secret = "{SECRET}"\n'
        'client_id = "clipdash-tests"\nclient_secret = "none"\n'
        'server_metadata_url = "https://issuer.example.org/.well-known/openid-configuration"\n'
    )
    try:
        for server in both:
            server.start()
        yield both
    finally:
        for server in both:
            if hasattr(server, "process"):
                server.process.terminate()
                server.process.wait(timeout=20)


@pytest.fixture
def server(servers):
    return servers[0]


@pytest.fixture
def closed(servers):
    return servers[1]


@pytest.fixture(autouse=True)
def unhurt(servers):
    """Hold after every request that both servers answer, and that neither wrote a traceback."""
    before = [server.count_tracebacks() for server in servers]
    yield
    assert [ask(server.port, "/livez").status for server in servers] == [200, 200]
    assert [server.count_tracebacks() for server in servers] == before


def check_refused(answer, *statuses):
    assert answer.status in statuses, (answer.status, answer.body[:200])
    assert b"Traceback" not in answer.body
    assert [told for told in (b"/site-packages", b"/root/", b"root:x:0", b"WEBP") if told in answer.body] == []


PATHS = {
    "dot segments": ("/thumb/../../etc/passwd", 400),
    "dot segments, encoded": ("/thumb/%2e%2e/%2e%2e/etc/passwd", 400),
    "dot segments, encoded twice": ("/thumb/%252e%252e%252fhidden/0.webp", 404),
    "dot segments with encoded slashes": ("/thumb/..%2f..%2fhidden/0.webp", 400),
    "dot segments with backslashes": ("/thumb/..%5c..%5chidden/0.webp", 400),
    "dot segments, overlong": ("/thumb/%c0%ae%c0%ae/hidden/0.webp", 404),
    "dot segments behind the bundle": ("/static/js/..%2f..%2f..%2fapp.py", 400),
    "one dot as a store": ("/thumb/./0.webp", 400),
    "an absolute path as a store": ("/thumb/%2fetc%2fpasswd/0.webp", 404),
    "a null byte": ("/thumb/tiny%00.png/0.webp", 400),
    "a line break": ("/thumb/tiny%0d%0aset-cookie:%20a=b/0.webp", 400),
    "another root's store": ("/thumb/hidden/0.webp", 404),
    "a store that is a link": ("/thumb/linked/0.webp", 404),
    "pictures that are a link": ("/thumb/borrowed/0.webp", 404),
    "the notice of a store that is a link": ("/notice/linked", 404),
    "a notice elsewhere": ("/notice/..%2f..%2fhidden", 400),
    "a row below zero": ("/thumb/tiny/-1.webp", 404),
    "a row beyond the last": ("/thumb/tiny/20.webp", 404),
    "a row beyond any": ("/thumb/tiny/999999999999.webp", 404),
    "a row of five thousand digits": (f"/thumb/tiny/{'9' * 5000}.webp", 414),
    "a row in Arabic digits": ("/thumb/tiny/%D9%A3.webp", 404),
    "a row as a power": ("/thumb/tiny/1e1.webp", 404),
    "a row with a sign and blanks": ("/thumb/tiny/%20+1.webp", 404),
    "a store of two thousand letters": (f"/thumb/{'a' * 2000}/0.webp", 414),
    "the folder of static files": ("/app/static/index.html", 404),
    "a component": ("/component/streamlit/../../app.py", 400),
    "a component's file": ("/_stcore/bidi-components/clipdash.takeaway/takeaway.js", 404),
    "Streamlit's figures": ("/_stcore/metrics", 404),
    "a run of the script": ("/_stcore/script-health-check", 404),
    "the interface for agents": ("/_stcore/agent/openapi.json", 404),
    "a file of media elsewhere": ("/media/..%2f..%2fapp.py", 400),
    "a file of media by a name": ("/media/passwd", 404),
    "a file of media that is not there": (f"/media/{'a' * 56}.csv", 404),
    "a redirection elsewhere": ("//evil.example.org/", 404),
    "a redirection elsewhere with a backslash": ("/%5cevil.example.org/", 404),
    "a map of the bundle's folder": ("/static/", 404),
    "a file that the bundle has not": ("/static/js/nothing.js", 404),
    "a file that an editor left": ("/.git/config", 404),
    "the settings": ("/.streamlit/config.toml", 404),
    "a page below a page": ("/labels/labels", 404),
    "an address of twenty thousand letters": (f"/?{'a' * 20_000}", 414),
}


@pytest.mark.parametrize("name", PATHS)
def test_a_path_that_leads_nowhere(server, name):
    target, status = PATHS[name]
    check_refused(ask(server.port, target), status)


REQUESTS = {
    "a form sent": (lambda port: write(port, "/", "POST", b"a=b"), 405),
    "a call for agents": (lambda port: write(port, "/_stcore/agent/interact", "POST", b"{}"), 404),
    "a picture deleted": (lambda port: write(port, "/thumb/tiny/0.webp", "DELETE"), 405),
    "a preflight from elsewhere": (
        lambda port: write(port, "/media/aa", "OPTIONS", origin="https://evil.example.org"),
        405,
    ),
    "a trace": (lambda port: write(port, "/", "TRACE"), 405),
    "a method of nobody's": (lambda port: write(port, "/thumb/tiny/0.webp", "FROBNICATE"), 405),
    "a tunnel": (lambda port: write(port, "evil.example.org:443", "CONNECT"), 404),
    "a proxy's request": (lambda port: write(port, "http://evil.example.org/", host="evil.example.org"), 404, 421),
    "a body where none is read": (lambda port: write(port, "/", body=b"x" * 100_000), 413),
    "a body in pieces where none is read": (
        lambda port: write(port, "/", body=b"5\r\nhello\r\n0\r\n\r\n", transfer_encoding="chunked"),
        413,
    ),
    "a length below zero": (lambda port: write(port, "/", content_length="-5"), 400),
    "a length in words": (lambda port: write(port, "/", content_length="many"), 400),
    "two lengths": (
        lambda port: write(port, "/", content_length="3").replace(b"\r\n\r\n", b"\r\ncontent-length: 5\r\n\r\nabc"),
        400,
    ),
    "a length beside pieces": (
        lambda port: write(port, "/", body=b"0\r\n\r\nGET /", transfer_encoding="chunked", content_length="4"),
        400,
        413,
    ),
    "pieces that are none": (
        lambda port: write(port, "/_stcore/upload_file/a/b", "PUT", b"zz\r\n", transfer_encoding="chunked"),
        400,
        403,
    ),
    "headers of forty thousand letters": (lambda port: write(port, "/livez", cookie="a" * 40_000), 431),
    "headers beyond what is read at all": (lambda port: write(port, "/livez", cookie="a" * 200_000), 400, 0),
    "two hundred headers": (
        lambda port: write(port, "/livez", **{f"x-{number}": "1" for number in range(200)}),
        431,
    ),
    "no HTTP": (lambda port: b"\x16\x03\x01\x02\x00" + os.urandom(200) + b"\r\n\r\n", 400, 0),
    "another site's name": (lambda port: write(port, "/thumb/tiny/0.webp", host="evil.example.org"), 421),
    "another site's name before ours": (lambda port: write(port, "/", host=f"127.0.0.1@evil.example.org:{port}"), 421),
    "a name that is none": (lambda port: write(port, "/", host="[::1"), 400, 421),
    "two names": (lambda port: write(port, "/").replace(b"connection", b"host: evil.example.org\r\nconnection"), 400),
    "no name": (lambda port: b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n", 400),
    "a header with a blank in its name": (lambda port: write(port, "/", **{"x y": "1"}), 400),
    "a range beyond the end": (lambda port: write(port, "/favicon.png", range="bytes=999999999-"), 416),
    "two hundred ranges": (
        lambda port: write(port, "/notice/tiny", range="bytes=" + ",".join(["0-1"] * 200)),
        200,
    ),
    "a websocket's path without one": (lambda port: write(port, "/_stcore/stream"), 404),
    "a websocket elsewhere": (
        lambda port: write(port, "/thumb/tiny/0.webp", upgrade="websocket", connection="upgrade"),
        400,
        403,
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_that_no_browser_sends(server, name):
    build, *statuses = REQUESTS[name]
    answer = send(server.port, build(server.port))
    check_refused(answer, *statuses)


UPLOADS = {
    "without the token": ({"x_xsrftoken": None}, 403),
    "with another token": ({"x_xsrftoken": "2|00000000|00000000000000000000000000000000|1"}, 403),
    "with a token that is none": ({"x_xsrftoken": "2|zz|" + "9" * 5000}, 403),
    "from another site": ({"origin": "https://evil.example.org"}, 403),
    "from no site": ({"origin": None}, 403),
    "into a session of nobody's": ({}, 403),
    "larger than any": ({"content_length": str(10**15)}, 413),
    "whose length cannot be read": ({"content_length": "1e3"}, 400),
}


@pytest.mark.parametrize("name", UPLOADS)
def test_an_upload(server, name):
    changes, status = UPLOADS[name]
    check_refused(upload(server.port, "no-session", "x.toml", b"content", **changes), status)


def upload(port, session, name, content, *, token="a", secret=None, **changes):
    secret = secret or read_token(port)
    form = f'--cut\r\ncontent-disposition: form-data; name="f"; filename="{name}"\r\n\r\n'.encode()
    headers = {
        "content_type": "multipart/form-data; boundary=cut",
        "x_xsrftoken": secret,
        "cookie": f"_streamlit_xsrf={secret}",
        "origin": f"http://127.0.0.1:{port}",
    } | changes
    body = form + content + b"\r\n--cut--\r\n"
    return ask(port, f"/_stcore/upload_file/{session}/{token}", "PUT", body, **headers)


def test_a_form_of_none_and_of_two_files(server):
    with open_session(server.port) as session:
        session.run()
        second = b'x\r\n--cut\r\ncontent-disposition: form-data; name="g"; filename="g"\r\n\r\ny'
        check_refused(upload(server.port, session.id, "x.toml", second, secret=session.token), 400)
        bare = {"content_type": "multipart/form-data", "secret": session.token}
        check_refused(upload(server.port, session.id, "x.toml", b"x", **bare), 400)


def test_an_upload_is_changed_by_its_own_browser_and_person_alone(servers):
    first, second = (join(sign(make_claims(servers[1].origin, "readers", sub=sub))) for sub in ("one", "other"))
    for server, person, other in ((servers[0], "", ""), (servers[1], first, second)):
        own, strange = read_token(server.port), read_token(server.port)
        with open_session(server.port, cookie=f"_streamlit_xsrf={own}; {person}".strip("; ")) as session:
            session.run()
            for token, who in ((own, person), (strange, person), (own, other)):
                said = {"cookie": f"_streamlit_xsrf={token}; {who}".strip("; "), "origin": server.origin}
                put = upload(server.port, session.id, "x.toml", b"content", secret=token, **said)
                path = f"/_stcore/upload_file/{session.id}/a"
                delete = ask(server.port, path, "DELETE", x_xsrftoken=token, **said)
                expected = 204 if (token, who) == (own, person) else 403
                assert [put.status, delete.status] == [expected, expected]


SCOPES = {
    "a thumbnail": "/thumb/tiny/0.webp",
    "a notice": "/notice/tiny",
    "a download": f"/media/{'a' * 56}.csv",
}


@pytest.mark.parametrize("name", SCOPES)
def test_without_a_sign_in(closed, name):
    answer = ask(closed.port, SCOPES[name])
    check_refused(answer, 401)
    assert "cache-control: no-store" in answer.head


def test_readiness_is_told_to_strangers_without_names(closed):
    assert json.loads(ask(closed.port, "/readyz").body) == {"ready": True}


def test_a_reviewer_sees_pictures_and_a_viewer_does_not(closed):
    for group, status in (("reviewers", 200), ("admins", 200), ("readers", 403), ("others", 401)):
        cookie = join(sign(make_claims(closed.origin, group)))
        answer = ask(closed.port, "/thumb/tiny/0.webp", cookie=cookie)
        assert answer.status == status
        assert "cache-control: no-store" in answer.head


def age(claims, seconds):
    return claims | {"iat": int(time.time()) - seconds}


def mix(origin):
    """Return the parts of two sign-ins: the groups of an old one, and the date of a new one."""
    padding = {"name": os.urandom(4000).hex()}
    old = {"groups": ["admins"]} | padding | make_claims(origin, "admins")
    old_parts, new_parts = sign(old), sign(padding | make_claims(origin, "others"))
    del new_parts[f"{NAME}_1"]
    return {**new_parts, f"{NAME}_1": redate(old_parts[f"{NAME}_1"], f"{NAME}_1", 3600)}


def redate(part, name, seconds):
    """Sign a part anew, as it was signed an hour ago."""
    from itsdangerous import URLSafeTimedSerializer
    from itsdangerous.timed import TimestampSigner

    class Earlier(TimestampSigner):
        def get_timestamp(self):
            return int(time.time()) - seconds

    content = URLSafeTimedSerializer(SECRET, salt=name).loads(part)
    return URLSafeTimedSerializer(SECRET, salt=name, signer=Earlier).dumps(content)


COOKIES = {
    "rubbish": lambda origin: {NAME: "a.b.c"},
    "bytes beyond ASCII": lambda origin: {NAME: "\xff\xfe.\xe9"},
    "nothing signed": lambda origin: {
        NAME: base64.urlsafe_b64encode(json.dumps(make_claims(origin)).encode()).decode()
    },
    "a token without a signature": lambda origin: {NAME: "eyJhbGciOiJub25lIn0.eyJncm91cHMiOlsiYWRtaW5zIl19."},
    "one letter changed": lambda origin: {NAME: "x" + sign(make_claims(origin))[NAME][1:]},
    "another secret": lambda origin: sign(make_claims(origin, "admins"), secret="another secret, long enough too"),
    "no secret": lambda origin: sign(make_claims(origin, "admins"), secret=""),
    "a sign-in of last month": lambda origin: {NAME: redate(sign(make_claims(origin))[NAME], NAME, 40 * 86400)},
    "a sign-in of yesterday": lambda origin: sign(age(make_claims(origin), 86400)),
    "a sign-in of tomorrow": lambda origin: sign(age(make_claims(origin), -86400)),
    "another issuer": lambda origin: sign(make_claims(origin, iss="https://evil.example.org")),
    "another audience": lambda origin: sign(make_claims(origin, aud="another")),
    "another address": lambda origin: sign(make_claims("https://evil.example.org")),
    "signed out": lambda origin: sign(make_claims(origin, is_logged_in=False)),
    "a part of another sign-in": mix,
    "a part is missing": lambda origin: {
        n: v for n, v in sign({"n": os.urandom(4000).hex()}).items() if not n.endswith("_2")
    },
    "a million parts": lambda origin: sign_raw("chunks-1000000"),
    "a list": lambda origin: sign_raw([1, 2]),
    "no JSON": lambda origin: sign_raw("{"),
    "ten thousand brackets": lambda origin: sign_raw("[" * 2000),
    "the cookie of the tokens": lambda origin: {
        NAME: sign_raw(make_claims(origin), f"{NAME}_tokens")[f"{NAME}_tokens"]
    },
    "an issued date in words": lambda origin: sign(make_claims(origin, iat="now")),
}


@pytest.mark.parametrize("name", COOKIES)
def test_a_cookie_that_opens_nothing(closed, name):
    answer = ask(closed.port, "/thumb/tiny/0.webp", cookie=join(COOKIES[name](closed.origin)))
    check_refused(answer, 401)


@pytest.mark.parametrize(
    "target",
    [
        "/auth/login?provider=eyJhbGciOiJub25lIn0.eyJwcm92aWRlciI6ImRlZmF1bHQifQ.",
        "/auth/login?provider=%00",
        "/oauth2callback?code=1&state=forged",
        "/oauth2callback?error=x%0d%0ay&error_description=%3Cscript%3E",
        "/auth/logout?next=https://evil.example.org",
    ],
)
def test_a_forged_step_of_a_sign_in_leads_home(closed, target):
    answer = ask(closed.port, target, cookie="_streamlit_session=forged")
    assert answer.status == 302
    assert "\r\nlocation: /\r\n" in answer.head
    assert f"{NAME}=ey" not in answer.head


STREAMS = {
    "from another site": {"origin": "https://evil.example.org"},
    "from another port of this machine": {"origin": "http://127.0.0.1:9"},
    "from a site that begins as ours": {"origin": "http://127.0.0.1:PORT.evil.example.org"},
    "from a site with our name in front": {"origin": "http://127.0.0.1:PORT@evil.example.org"},
    "from a page without an address": {"origin": "null"},
    "from another kind of address": {"origin": "file://127.0.0.1:PORT"},
    "to another path": {"path": "/_stcore/stream/x"},
    "to a page": {"path": "/labels"},
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_websocket(server, name):
    asked = dict(STREAMS[name])
    if asked.get("origin"):
        asked["origin"] = asked["origin"].replace("PORT", str(server.port))
    with pytest.raises(InvalidHandshake, match="403"), open_stream(server.port, **asked):
        pass


def test_a_websocket_from_no_page_is_a_program_and_no_way_round_a_sign_in(server, closed):
    with open_stream(server.port, origin=None):
        pass
    with pytest.raises(InvalidHandshake, match="403"), open_stream(closed.port, origin=None):
        pass


def kind(**fields):
    message = BackMsg()
    for name, value in fields.items():
        setattr(message, name, value)
    return message.SerializeToString()


RUBBISH = {
    "a text": "hello",
    "nothing": b"",
    "noise": b"\xff" * 100,
    "nested without end": b"\x5a\x7f" * 5000,
    "five megabytes": kind(load_git_info=True) + b"\x00" * 5 * MEGABYTE,
    "sixty megabytes": b"\x00" * 60 * MEGABYTE,
}


@pytest.mark.parametrize("name", RUBBISH)
def test_a_message_that_is_none_closes_the_websocket(server, name):
    with open_stream(server.port) as line, pytest.raises((ConnectionClosed, OSError)):
        exchange(line, RUBBISH[name])


def exchange(line, content):
    line.send(content)
    line.recv(timeout=20)


PASSED_OVER = {
    "empty everybody's caches": kind(clear_cache=True),
    "tell the state of a checkout": kind(load_git_info=True),
    "end the server": kind(debug_shutdown_runtime=True),
    "end the session": kind(debug_disconnect_websocket=True),
    "run at every change of a file": kind(set_run_on_save=True),
}


@pytest.mark.parametrize("name", PASSED_OVER)
def test_a_message_that_is_not_for_visitors_is_passed_over(server, name):
    with open_session(server.port) as session:
        session._line.send(PASSED_OVER[name])
        with pytest.raises(TimeoutError):
            session._line.recv(timeout=0.3)
        assert session.run()


def pack(content):
    return base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")


LINKS = {
    "a gigabyte in a megabyte": "v=1&z=" + pack(b"[" * 200 * MEGABYTE)[:300_000],
    "compressed twice": "v=1&z=" + pack(zlib.compress(b"{}")),
    "cut off": "v=1&z=" + pack(json.dumps({"v": ["1"], "before": ["x" * 5000]}).encode())[:40],
    "nested without end": "v=1&z=" + pack(b'{"v":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "no base": "v=1&z=%00%ff",
    "another store": "v=1&store=..%2F..%2Fhidden",
    "a store that is a link": "v=1&store=linked",
    "numbers beyond any": "v=1&min_n=" + "9" * 5000,
    "ten thousand groups": "v=1&" + "&".join(f"by={n}" for n in range(10_000)),
    "code": "v=1&rule=__import__('os').system('id')&template={0.__class__}",
    "a stage beyond the last": "stage=1&slide=99999999999999999999&deck=..%2F..%2Fetc",
}


@pytest.mark.parametrize("name", LINKS)
def test_a_link(server, name):
    with open_session(server.port) as session:
        elements = session.run(query=LINKS[name], page="shift")
        assert "exception" not in {element.WhichOneof("type") for element in elements}
        assert "went wrong" not in session.say()
        assert "hidden" not in [element.selectbox.default for element in elements if element.HasField("selectbox")]


def test_widgets_of_nobodys(server):
    with open_session(server.port) as session:
        session.run(page="labels")
        states = [WidgetState(id="$$ID-nobody", json_value="{" * 1000), WidgetState(id="", trigger_value=True)]
        session.run(page="labels", widgets=states, script="../../etc/passwd")
        assert not session.find_exceptions()


def parquet(table):
    content = io.BytesIO()
    pq.write_table(table, content, compression="zstd")
    return content.getvalue()


def repeat(value, times):
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(times, np.int32)), pa.array([value]))


def bomb():
    """Return a picture of a billion pixels in a few kilobytes."""
    rows = zlib.compress(b"\0" * 4 * MEGABYTE, 9)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 32_000, 32_000, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(c)) + n + c + struct.pack(">I", zlib.crc32(n + c)) for n, c in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


def zipped(name, content):
    import zipfile

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


LABELS, PREDICTIONS, PICTURE, DECK = "Label file (TOML)", "Predictions", "Or by a picture", "A deck of your own (TOML)"
FILES = {
    "labels: an archive of ten megabytes of nothing": (LABELS, "a.toml", lambda: zipped("a", b"\0" * 10 * MEGABYTE)),
    "labels: an archive that leads elsewhere": (LABELS, "a.toml", lambda: zipped("../../evil.toml", b"x")),
    "labels: a hundred thousand brackets": (LABELS, "a.toml", lambda: b"a = " + b"[" * 100_000),
    "labels: two megabytes": (LABELS, "a.toml", lambda: b"# " + b"x" * 2 * MEGABYTE),
    "labels: bytes of no encoding": (LABELS, "a.toml", lambda: b"\xff\xfe\x00\xd8"),
    "labels: a name that leads elsewhere": (LABELS, "../../evil.toml", lambda: b"nothing"),
    "predictions: thirty million rows in 80 KB": (
        PREDICTIONS,
        "a.parquet",
        lambda: parquet(pa.table({"image_id": repeat("x", 30_000_000)})),
    ),
    "predictions: ten gigabytes of text in 1 KB": (
        PREDICTIONS,
        "a.parquet",
        lambda: parquet(pa.table({"image_id": repeat("x" * 100_000, 100_000)})),
    ),
    "predictions: a file that is broken": (PREDICTIONS, "a.parquet", lambda: b"PAR1" + b"\xff" * 500 + b"PAR1"),
    "predictions: a cell of a megabyte": (PREDICTIONS, "a.csv", lambda: b'image_id,label\n"' + b"x" * MEGABYTE),
    "predictions: a hundred thousand columns": (PREDICTIONS, "a.csv", lambda: b"," * 100_000 + b"\n"),
    "predictions: null bytes": (PREDICTIONS, "a.csv", lambda: b"image_id,label\n\0,\0\n"),
    "a picture of a billion pixels": (PICTURE, "a.png", bomb),
    "a picture that is a page": (PICTURE, "a.png", lambda: b"<svg onload=alert(1)><script>1</script></svg>"),
    "a deck that is an archive": (DECK, "a.toml", lambda: zipped("a", b"\0" * 10 * MEGABYTE)),
    "a deck of a hundred thousand brackets": (DECK, "a.toml", lambda: b"a = " + b"[" * 100_000),
}
PLACES = {LABELS: ("labels", ""), PREDICTIONS: ("labels", ""), PICTURE: ("images", ""), DECK: ("shift", "stage=1")}


@pytest.mark.parametrize("name", FILES)
def test_a_file(server, name):
    label, file, make = FILES[name]
    page, query = PLACES[label]
    content = make()
    with open_session(server.port) as session:
        session.run(page=page, query=query)
        sent = session.upload(upload, label, file, content)
        if label == PREDICTIONS:
            pressed = [WidgetState(id=session.find("button", "Show these").id, trigger_value=True)]
            note = session.upload(upload, "Annotations", "b.csv", b"image_id,gender\nx,a\n")
            session.run(page=page, query=query, widgets=[sent, note, *pressed])
        else:
            session.run(page=page, query=query, widgets=[sent])
        assert not session.find_exceptions()
        assert any(element.HasField("alert") for element in session.elements), session.say()[-500:]


def test_a_session_is_taken_up_again_by_its_own_browser_alone(server):
    own, other = (f"_streamlit_xsrf={read_token(server.port)}" for _ in range(2))
    with open_session(server.port, cookie=own) as first:
        first.run()
    took = {}
    for name, cookie in (("other", other), ("none", ""), ("own", own)):
        with open_session(server.port, cookie=cookie, protocols=("streamlit", "x", first.id)) as session:
            session.run()
            took[name] = session.id == first.id
    assert took == {"other": False, "none": False, "own": True}


def test_a_body_that_is_slow_holds_nobody_up(server):
    lines = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(30)]
    for line in lines:
        line.sendall(write(server.port, "/_stcore/upload_file/a/b", "PUT", content_length="1000"))
    assert ask(server.port, "/readyz").status == 200
    for line in lines:
        line.close()


def test_a_value_of_the_wrong_kind_is_told_to_its_own_session(server):
    with open_session(server.port) as other, open_session(server.port) as session:
        session.run(page="labels")
        area = next(element.text_area.id for element in session.elements if element.HasField("text_area"))
        session.run(page="labels", widgets=[WidgetState(id=area, int_value=7)])
        assert "that it does not hold" in session.say()
        other.run(page="labels")
        assert not other.find_exceptions()
        assert "that it does not hold" not in other.say()


@pytest.mark.parametrize("label", ["Save audit", "Save this label set"])
def test_a_save_without_what_it_saves(server, label):
    with open_session(server.port) as session:
        session.run(page="labels")
        session.run(page="labels", widgets=[WidgetState(id=session.find("button", label).id, trigger_value=True)])
        assert "the page sent nothing to save" in session.say()


def test_both_are_ready_at_the_end(servers):
    assert [ask(server.port, "/readyz").status for server in servers] == [200, 200]
