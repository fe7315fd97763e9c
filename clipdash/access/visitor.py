"""A visitor, the role that a sign-in gave, and the acts that it covers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "NOBODY",
    "OWNER",
    "Act",
    "Role",
    "Visitor",
    "act_as",
    "find_role",
    "find_visitor",
    "recognise",
]


class Act(StrEnum):
    """What a role may cover."""

    READ = "read the pages"
    SEE = "see pictures"
    TAKE = "download files"
    SAVE = "save, change or delete records"
    BUILD = "build, import or discard stores"


class Role(StrEnum):
    """What a sign-in lets a visitor be; each covers what the one before does."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    ADMIN = "admin"


_ACTS = {
    Role.VIEWER: frozenset({Act.READ}),
    Role.REVIEWER: frozenset({Act.READ, Act.SEE, Act.TAKE, Act.SAVE}),
    Role.ADMIN: frozenset(Act),
}
#: The least role that covers an act, for the sentence of a refusal.
_LEAST = {act: next(role for role in Role if act in _ACTS[role]) for act in Act}


@dataclass(frozen=True)
class Visitor:
    """Whoever uses clipdash.

    Parameters
    ----------
    name : str
        How the audit log names them: a claim of the sign-in; ``""`` for nobody.
    role : Role or None
        None covers nothing.
    subject : str
        The claim ``sub``, by which the provider tells them from everybody else; ``""`` without a sign-in.
    """

    name: str
    role: Role | None
    subject: str = ""

    def may(self, act: Act) -> bool:
        """Say whether the visitor's role covers an act."""
        return self.role is not None and act in _ACTS[self.role]


#: Whoever has the machine itself: there is no sign-in, or a command is typed in a shell.
OWNER = Visitor("local", Role.ADMIN)
#: Whoever did not sign in, or whose sign-in is of another issuer or application.
NOBODY = Visitor("", None)

_finders: list[Callable[[], Visitor]] = []
_acting: ContextVar[Callable[[], Visitor] | None] = ContextVar("acting", default=None)


def recognise(find: Callable[[], Visitor]) -> None:
    """Have `find_visitor` ask `find` from now on: the app does this where sign-in is set up."""
    _finders[:] = [find]


@contextmanager
def act_as(find: Callable[[], Visitor]) -> Iterator[None]:
    """Have `find` say who acts in what is done inside, and nowhere else: not in a thread that is started there."""
    before = _acting.set(find)
    try:
        yield
    finally:
        _acting.reset(before)


def find_visitor() -> Visitor:
    """Return whoever acts here and now; `OWNER` where nothing else was told by `recognise` or `act_as`."""
    find = _acting.get() or (_finders[0] if _finders else None)
    return find() if find else OWNER


def find_role(act: Act) -> Role:
    """Return the least role that covers an act."""
    return _LEAST[act]
