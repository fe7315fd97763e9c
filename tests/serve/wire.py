"""A visitor without a browser: requests as bytes, so that nothing tidies them up, and a session over a websocket."""

import re
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.request import urlopen
from uuid import uuid4

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect


@dataclass(frozen=True)
class Answer:
    status: int  # 0 where the server hung up
    head: str
    body: bytes


def send(port, content, wait=20):
    """Send bytes to the server and return what it answers; the line stays open until it closes it."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as line:
        try:
            line.sendall(content)
            while piece := line.recv(65536):
                received += piece
        except OSError:  # it answered, and read no further
            pass
    head, _, body = received.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1.1 (\d+)", head)
    return Answer(int(status[1]) if status else 0, head.decode("latin-1").lower(), body)


def write(port, target="/", method="GET", body=b"", host=None, **headers):
    """Return a request as bytes; a header's underscores are hyphens."""
    said = {"host": host or f"127.0.0.1:{port}", "connection": "close"}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    if body and "content-length" not in said and "transfer-encoding" not in said:
        said["content-length"] = str(len(body))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items() if value is not None)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def ask(port, target="/", method="GET", body=b"", **more):
    return send(port, write(port, target, method, body, **more))


@contextmanager
def open_stream(port, *, path="/_stcore/stream", origin="own", host="127.0.0.1", cookie="", protocols=("streamlit",)):
    """Yield a websocket, as a browser opens it."""
    own = f"http://{host}:{port}"
    headers = {"Cookie": cookie} if cookie else {}
    with connect(
        f"ws://{host}:{port}{path}",
        origin=own if origin == "own" else origin,
        subprotocols=list(protocols),
        additional_headers=headers,
        max_size=None,
        open_timeout=20,
        close_timeout=5,
        proxy=None,
    ) as line:
        yield line


class Session:
    """One visitor's session: each `run` returns the elements that the page then shows."""

    def __init__(self, port, line, token=""):
        self.port, self._line, self.elements, self.id, self.token = port, line, [], "", token

    def run(self, query="", page="", widgets=(), script="", wait=30):
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name, state.page_script_hash = query, page, script
        state.widget_states.widgets.extend(widgets)
        self._line.send(message.SerializeToString())
        return self.listen(wait)

    def listen(self, wait=30):
        shown = {}
        while True:
            message = ForwardMsg.FromString(self._line.recv(timeout=wait))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                shown, self.id = {}, message.new_session.initialize.session_id
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                shown[tuple(message.metadata.delta_path)] = message.delta.new_element
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self.elements = list(shown.values())
                return self.elements

    def say(self):
        """Return the texts of headings, warnings and failures."""
        kinds = {"heading": "body", "alert": "body", "exception": "message", "markdown": "body", "html": "body"}
        return "\n".join(
            getattr(getattr(element, kind), kinds[kind])
            for element in self.elements
            if (kind := element.WhichOneof("type")) in kinds
        )

    def find(self, kind, label):
        found = (getattr(element, kind) for element in self.elements if element.WhichOneof("type") == kind)
        return next(widget for widget in found if widget.label == label)

    def find_exceptions(self):
        said = [text for text in self.say().splitlines() if "went wrong" in text]
        return said + [element.exception.message for element in self.elements if element.HasField("exception")]

    def upload(self, put, label, name, content):
        """Upload a file by `put`, and return what the browser then says of its widget."""
        token = str(uuid4())
        answer = put(self.port, self.id, name, content, token=token, secret=self.token)
        assert answer.status == 204, (answer.status, answer.body[:200])
        state = WidgetState(id=self.find("file_uploader", label).id)
        state.file_uploader_state_value.uploaded_file_info.add(
            file_id=token,
            name=name,
            size=len(content),
            file_urls={"file_id": token, "upload_url": "x", "delete_url": "x"},
        )
        return state


@contextmanager
def open_session(port, *, cookie=None, **more):
    """Yield a session, of a browser of its own unless its cookies are told."""
    token = read_token(port) if cookie is None else ""
    with open_stream(port, cookie=f"_streamlit_xsrf={token}" if token else cookie or "", **more) as line:
        yield Session(port, line, token)


def read_token(port):
    """Return the token against forged requests, which the server gives to whoever asks how it is."""
    with urlopen(f"http://127.0.0.1:{port}/_stcore/health") as answer:
        return answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
