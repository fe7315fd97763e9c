"""What the gate must know of the pinned Streamlit: the inline scripts of its page, its sizes, its messages."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from google.protobuf.message import DecodeError
from streamlit import config
from streamlit.file_util import get_static_dir
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

__all__ = ["find_largest_upload", "find_session", "hash_scripts", "judge_message"]

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
#: What a browser has to say to the app. Left out: emptying the caches of everybody, the state of a git checkout.
_WANTED = frozenset({"rerun_script", "stop_script", "app_heartbeat", "file_urls_request", "backend_operation_request"})


def hash_scripts() -> tuple[str, ...]:
    """Return the scripts written out in Streamlit's page, as sources of a policy: ``'sha256-...'``."""
    page = (Path(get_static_dir()) / "index.html").read_text(encoding="utf-8")
    digests = (sha256(script.encode()).digest() for script in _INLINE.findall(page))
    return tuple(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)


def find_largest_upload() -> int:
    """Return how many bytes the body of an upload may have: the file, and a little around it."""
    return (int(config.get_option("server.maxUploadSize")) + 1) * 1024**2


def find_session(content: bytes) -> str:
    """Return the number of the session that a message to a browser begins; nothing where it begins none."""
    return str(ForwardMsg.FromString(content).new_session.initialize.session_id)


def judge_message(content: bytes) -> bool | None:
    """Say whether a message of a browser goes to the app; False for one that is passed over, None for rubbish."""
    message = BackMsg()
    try:
        message.ParseFromString(content)
    except DecodeError:
        return None
    kind = message.WhichOneof("type")
    return None if kind is None else kind in _WANTED
