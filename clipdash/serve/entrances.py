"""Every path that answers, how it may be asked, and what a visitor needs for it. What is not listed is closed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from clipdash.access import Act, Kind

__all__ = ["STREAM", "Entrance", "find_entrance", "list_entrances"]

#: The websocket of a session.
STREAM = "/_stcore/stream"
_READ, _CHANGE = frozenset({"GET", "HEAD"}), frozenset({"PUT", "DELETE"})


@dataclass(frozen=True)
class Entrance:
    """A path that answers.

    Parameters
    ----------
    path : re.Pattern
        That the whole path fits.
    act : Act or None
        What a visitor's role must cover; None is open to all, and then nothing of a store or a session is told.
    methods : frozenset of str
        How it may be asked.
    kind : Kind
        As what the audit log has it where it is refused.

    Notes
    -----
    A path with the group ``session`` is for the owner of that session alone.
    """

    path: re.Pattern[str]
    act: Act | None = None
    methods: frozenset[str] = _READ
    kind: Kind = "page"


def list_entrances(pages: Iterable[str]) -> tuple[Entrance, ...]:
    """Return every entrance.

    Parameters
    ----------
    pages : iterable of str
        Names of the pages: each is the same empty shell, which a websocket fills.
    """
    shell = "|".join(re.escape(page) for page in pages)
    return (
        _open(rf"/(?:(?:{shell})/?)?"),
        _open(r"/static/(?:js|css|media)/[\w.-]+"),
        _open(r"/favicon\.png"),
        _open(r"/_stcore/(?:health|host-config)"),
        _open(r"/auth/(?:login|logout)|/oauth2callback"),
        _open(r"/livez|/readyz"),
        Entrance(_whole(r"/thumb/([^/]+)/[0-9]{1,12}\.webp"), Act.SEE, kind="thumbnail"),
        Entrance(_whole(r"/notice/([^/]+)"), Act.READ, kind="store"),
        # Marks and icons are read; a file to keep is known by its answer, and needs `Act.TAKE` (see the gate).
        Entrance(_whole(r"/media/[0-9a-f]{1,128}(?:\.\w{1,16})?"), Act.READ, kind="file"),
        Entrance(_whole(r"/_stcore/upload_file/(?P<session>[\w-]{1,64})/[\w-]{1,64}"), Act.READ, _CHANGE, "file"),
    )


def find_entrance(entrances: Iterable[Entrance], path: str) -> Entrance | None:
    """Return the entrance that a path fits; None where nothing answers."""
    return next((entrance for entrance in entrances if entrance.path.fullmatch(path)), None)


def _open(pattern: str) -> Entrance:
    return Entrance(_whole(pattern))


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)
