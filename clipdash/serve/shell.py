"""What the gate must know of the pinned Streamlit: the inline scripts of its page, its sizes, its messages."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from google.protobuf.message import DecodeError
from streamlit import config, runtime
from streamlit.file_util import get_static_dir
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

__all__ = ["find_held", "find_largest_upload", "find_session", "hash_scripts", "judge_message", "list_files"]

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
#: What a browser has to say to the app. Left out: emptying the caches of everybody, the state of a git checkout.
_WANTED = frozenset({"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"})
#: What it may ask to be done outside a run: a download is written once it is asked for. Left out: installing files for
#: coding tools beside the app, and rows of tables that are sent in pieces, which no page has.
_OPERATIONS = frozenset({"deferred_file"})


def hash_scripts() -> tuple[str, ...]:
    """Return the scripts written out in Streamlit's page, as sources of a policy: ``'sha256-...'``."""
    page = (Path(get_static_dir()) / "index.html").read_text(encoding="utf-8")
    digests = (sha256(script.encode()).digest() for script in _INLINE.findall(page))
    return tuple(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)


def list_files() -> frozenset[str]:
    """Return the addresses of the files of Streamlit's front end; for any other under these it sends the page."""
    root = Path(get_static_dir())
    return frozenset(f"/{path.relative_to(root).as_posix()}" for path in (root / "static").rglob("*") if path.is_file())


def find_largest_upload() -> int:
    """Return how many bytes the body of an upload may have: the file, and a little around it."""
    return (int(config.get_option("server.maxUploadSize")) + 1) * 1024**2


def find_held() -> dict[str, int]:
    """Return how many bytes of uploaded files each session holds; those of a session that ended are gone."""
    kept = runtime.get_instance().uploaded_file_mgr if runtime.exists() else None
    if not isinstance(kept, MemoryUploadedFileManager):
        return {}
    # Scripts remove files meanwhile, in threads of their own: both are copied before they are gone through.
    sessions = kept.file_storage.copy()
    return {name: sum(len(file.data) for file in files.copy().values()) for name, files in sessions.items()}


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
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in _OPERATIONS
    return None if kind is None else kind in _WANTED
