"""What goes through the websocket of a session: messages that the app knows, and no rubbish that it would trip over."""

from collections.abc import Callable

from starlette.types import Message, Receive, Scope, Send

from clipdash.serve.cookies import USER_COOKIE_NAME
from clipdash.serve.shell import find_session, judge_message

__all__ = ["drop_sign_in", "filter_stream"]

_UNSUPPORTED, _RUBBISH = 1003, 1002


def filter_stream(receive: Receive, send: Send, begin: Callable[[str], None]) -> tuple[Receive, Send]:
    """Return `receive` and `send` of a websocket that is closed at the first message that is not one of the app's.

    Parameters
    ----------
    receive, send : callable
        Of the websocket.
    begin : callable
        Is told the number of the session, once the app has named it.
    """
    closed, session = False, ""

    async def send_while_open(message: Message) -> None:
        nonlocal session
        if not session and message.get("bytes"):
            session = find_session(message["bytes"])
            if session:
                begin(session)
        if not closed:
            await send(message)

    async def receive_sound() -> Message:
        nonlocal closed
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            content = message.get("bytes")
            judged = None if content is None else judge_message(content)
            if judged:
                return message
            if judged is None:
                code = _UNSUPPORTED if content is None else _RUBBISH
                await send_while_open({"type": "websocket.close", "code": code})
                closed = True
                return {"type": "websocket.disconnect", "code": code}

    return receive_sound, send_while_open


def drop_sign_in(scope: Scope) -> Scope:
    """Return a websocket's scope without the cookies of a sign-in: what does not hold here holds nowhere behind."""
    kept = [(name, _drop(value) if name == b"cookie" else value) for name, value in scope["headers"]]
    return {**scope, "headers": kept}


def _drop(cookies: bytes) -> bytes:
    own = USER_COOKIE_NAME.encode()
    return b"; ".join(pair.strip() for pair in cookies.split(b";") if not pair.strip().startswith(own))
