"""A visitor without a browser: speaks Streamlit's protocol over a websocket, and sees what a page shows as text."""

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

PATIENCE = 180.0
#: Where the text stands that an element shows.
TEXTS = {"markdown": "body", "heading": "body", "alert": "body", "html": "body", "exception": "message"}


@dataclass
class Shown:
    """What one run of the script put on the page."""

    elements: dict[tuple[int, ...], Any] = field(default_factory=dict)
    content: list[bytes] = field(default_factory=list)
    seconds: float = 0.0

    def list_texts(self, kind: str) -> list[str]:
        """Return what every element of a kind says, from the top."""
        found = [one for _, one in sorted(self.elements.items()) if one.WhichOneof("type") == kind]
        return [getattr(getattr(one, kind), TEXTS[kind]) for one in found]

    def find_widget(self, kind: str, label: str) -> Any:
        """Return a widget by its kind and label; `LookupError` where it is not on the page."""
        for element in self.elements.values():
            if element.WhichOneof("type") == kind and getattr(element, kind).label == label:
                return getattr(element, kind)
        raise LookupError(f"There is no {kind} {label!r} on this page; it says: {self.say()[:400]}")

    def has_widget(self, kind: str, label: str) -> bool:
        try:
            self.find_widget(kind, label)
        except LookupError:
            return False
        return True

    def read_table(self, head: str) -> list[dict[str, str]]:
        """Return the rows of the Markdown table whose first column is called so; links become their texts."""
        for text in self.list_texts("markdown"):
            lines = text.splitlines()
            if len(lines) > 2 and lines[0].startswith(f"| {head} |") and lines[1].startswith("| :"):
                columns = _cut(lines[0])
                return [dict(zip(columns, _cut(line), strict=True)) for line in lines[2:]]
        raise LookupError(f"There is no table {head!r} on this page; it says: {self.say()[:400]}")

    def say(self) -> str:
        """Return the headline, warnings and failures of the page."""
        return " / ".join([*self.list_texts("heading")[:1], *self.list_texts("alert"), *self.list_texts("exception")])

    @property
    def faults(self) -> list[str]:
        """What the page says of bugs of ours."""
        return [*self.list_texts("exception"), *(t for t in self.list_texts("alert") if "went wrong" in t)]


def _cut(line: str) -> list[str]:
    cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
    return [re.sub(r"^\[(.*)\]\(.*\)$", r"\1", cell) for cell in cells]


class Visitor:
    """One session: opened by `open`, then one act at a time; each returns what the page shows once the run ended."""

    def __init__(self, port: int) -> None:
        self.port, self.shown = port, Shown()
        self._socket: Any = None
        self._kept: dict[str, ForwardMsg] = {}
        self._typed: dict[str, WidgetState] = {}
        self._query, self._page, self._script = "", "", ""

    async def open(self, page: str = "shift", **question: str | list[str]) -> Shown:
        """Open a page in a session of its own, as a link with this question does."""
        origin = f"http://127.0.0.1:{self.port}"
        self._socket = await websockets.connect(
            f"ws://127.0.0.1:{self.port}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            origin=origin,  # type: ignore[arg-type]
        )
        self._page, self._query = page, urlencode(question, doseq=True)
        return await self._run()

    async def type_text(self, label: str, text: str, kind: str = "text_area") -> Shown:
        """Put a text into a box and leave it."""
        self._keep(self.shown.find_widget(kind, label).id, string_value=text)
        return await self._run()

    def fill(self, label: str, text: str, kind: str = "text_area") -> None:
        """Put a text into a box; it is sent with the next act."""
        self._keep(self.shown.find_widget(kind, label).id, string_value=text)

    async def press(self, label: str) -> Shown:
        """Press a button."""
        found = self.shown.find_widget("button", label)
        return await self._run(WidgetState(id=found.id, trigger_value=True))

    async def run_again(self) -> Shown:
        """Run the script again with nothing changed."""
        return await self._run()

    async def stay(self, seconds: float) -> None:
        """Do nothing, as a browser whose tab is open."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self._socket.recv()
        except TimeoutError:
            return

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    def _keep(self, name: str, **value: Any) -> None:
        self._typed[name] = WidgetState(id=name, **value)

    async def _run(self, pressed: WidgetState | None = None) -> Shown:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name, state.page_script_hash = self._query, self._page, self._script
        state.context_info.url = f"http://127.0.0.1:{self.port}/{self._page}"
        state.cached_message_hashes.extend(self._kept)
        state.widget_states.widgets.extend([*self._typed.values(), *([pressed] if pressed else [])])
        start = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            await self._listen()
        self.shown.seconds = time.perf_counter() - start
        return self.shown

    async def _listen(self) -> None:
        while True:
            content = await self._socket.recv()
            message = ForwardMsg.FromString(content)
            kind = message.WhichOneof("type")
            if kind == "ref_hash":
                message = self._kept[message.ref_hash]
                kind = message.WhichOneof("type")
            elif message.metadata.cacheable:
                self._kept[message.hash] = message
            if kind == "new_session":
                self.shown = Shown()
            elif kind == "navigation":
                self._script = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "delta":
                self._draw(message)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self._forget_gone()
                return
            self.shown.content.append(content)

    def _draw(self, message: ForwardMsg) -> None:
        path = tuple(message.metadata.delta_path)
        for old in [one for one in self.shown.elements if one[: len(path)] == path]:
            del self.shown.elements[old]
        if message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            self.shown.elements[path] = element
            box = element.WhichOneof("type")
            if box in ("text_area", "text_input"):
                self._take_value(getattr(element, box))

    def _take_value(self, box: Any) -> None:
        """Hold what the server put into a box, as a browser does, so that it is sent back with the next act."""
        if box.set_value:
            self._keep(box.id, string_value=box.value)
        elif box.id not in self._typed:
            self._keep(box.id, string_value=box.default)

    def _forget_gone(self) -> None:
        there = {one.id for one in self._list_boxes()}
        self._typed = {name: state for name, state in self._typed.items() if name in there}

    def _list_boxes(self) -> Iterator[Any]:
        for element in self.shown.elements.values():
            if element.WhichOneof("type") in ("text_area", "text_input"):
                yield getattr(element, element.WhichOneof("type"))
