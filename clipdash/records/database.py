"""The one door to the database: transactions on tables that are up to date, and a sentence where there are none."""

import atexit
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, Table, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from clipdash.access import Act, require
from clipdash.errors import RecordsError, make_private
from clipdash.records.place import VARIABLE, find_database, find_records
from clipdash.records.tables import HEAD

__all__ = ["check_records", "close_records", "insert_once", "read_records", "write_records"]

_WAIT = 5  # seconds, for a lock or a server
_WRITING = "clipdash_writing"
#: A number that nobody else is likely to lock by in the same database.
_STEPS_LOCK = 0x636C6970
#: A role that may not, a database that is read-only: the set-up's fault, not a statement's.
_REFUSED = frozenset({"42501", "25006"})
_NO_TABLE = "42P01"

_engines: dict[str, Engine] = {}
_lock, _steps = Lock(), Lock()


@contextmanager
def read_records() -> Iterator[Connection]:
    """Yield a connection to read from.

    Raises
    ------
    AccessError
        If the visitor may not read.
    RecordsError
        If the database cannot be reached or read.
    """
    require(Act.READ)
    with _transact("The records cannot be read") as connection:
        yield connection


@contextmanager
def write_records(act: Act = Act.SAVE) -> Iterator[Connection]:
    """Yield a connection whose changes are kept as a whole, or not at all.

    Parameters
    ----------
    act : Act
        What the visitor must be allowed: whoever may read has a draft and is counted among the tries too.

    Raises
    ------
    AccessError
        If the visitor may not.
    RecordsError
        If the database cannot be reached or written.
    """
    require(act)
    with _transact("Nothing was saved", act) as connection:
        yield connection


def check_records() -> None:
    """See that the database answers, and bring it up to date where it is not; for readiness, which nobody signs in for.

    Raises
    ------
    RecordsError
        If the database cannot be reached or read.
    """
    with _transact("The records cannot be read"):
        pass


def insert_once(connection: Connection, table: Table, **values: Any) -> bool:
    """Insert a row and say so, unless one with the same key is there."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    added = insert(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(added).first() is not None  # psycopg counts no rows here


def close_records() -> None:
    """Close every connection that is kept open; the next use opens anew."""
    with _lock:
        for engine in _engines.values():
            engine.dispose()
        _engines.clear()


atexit.register(close_records)


@contextmanager
def _transact(failed: str, writing: Act | None = None) -> Iterator[Connection]:
    with _say(failed):
        engine = _find_engine()
        with _begin(engine, writing) as connection:
            current = _is_current(connection)
            if current:
                yield connection
        if not current:
            _take_steps(engine)
            with _begin(engine, writing) as connection:
                yield connection


@contextmanager
def _begin(engine: Engine, writing: Act | None) -> Iterator[Connection]:
    with engine.execution_options(**{_WRITING: writing}).begin() as connection:
        yield connection


@contextmanager
def _say(failed: str) -> Iterator[None]:
    """Turn what is wrong with the database into a sentence; what is wrong with a statement stays a bug."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        if not _is_unusable(error):
            raise
        raise RecordsError(_describe(failed, _find_reason(error))) from error


def _describe(failed: str, reason: str) -> str:
    where = f"the database that {VARIABLE} names" if find_database() else f"the file {find_records()}"
    return (
        f"{failed}: {where} cannot be used now ({reason}). Nothing in it was changed; see that it can be reached and "
        "written, then try again. No restart is needed."
    )


def _is_unusable(error: DBAPIError | PoolTimeoutError) -> bool:
    if getattr(getattr(error, "orig", None), "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        return False  # a statement that makes no sense; whatever is wrong with a file has a code of its own
    unusable = isinstance(error, OperationalError | InterfaceError | InternalError | PoolTimeoutError)
    return unusable or type(error) is DatabaseError or _find_state(error) in _REFUSED


def _find_state(error: Exception) -> str | None:
    """Return PostgreSQL's code of an error."""
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def _find_reason(error: DBAPIError | PoolTimeoutError) -> str:
    """Return the last part of the driver's first line: what failed, without host, port and user."""
    said = str(getattr(error, "orig", error)).strip().partition("\n")[0]
    return said.rpartition(": ")[2].strip() or "no answer"


def _find_engine() -> Engine:
    """Return the engine of the database that is named now."""
    address = find_database()
    key = address or str(find_records())
    with _lock:
        if key not in _engines:
            _engines[key] = _make_server_engine(address) if address else _make_file_engine(Path(key))
        engine = _engines[key]
    if address is None:
        try:
            make_private(Path(key))
        except OSError as error:
            raise RecordsError(_describe("The records cannot be kept", error.strerror or str(error))) from error
    return engine


def _make_file_engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)), poolclass=NullPool, connect_args={"timeout": _WAIT}
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where they are said to begin, below
        connection.execute("pragma foreign_keys = on")

    @event.listens_for(engine, "begin")
    def _begin_at_once(connection: Connection) -> None:
        # A reader that turns into a writer cannot wait for its turn; a writer says so at once.
        writing = connection.get_execution_options().get(_WRITING)
        # What is acknowledged as saved outlives a power cut too; a count of tries need not, and comes with every edit.
        connection.exec_driver_sql(f"pragma synchronous = {'full' if writing is Act.SAVE else 'normal'}")
        connection.exec_driver_sql("begin immediate" if writing else "begin")

    return engine


def _make_server_engine(address: str) -> Engine:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise RecordsError(
            f"The address in {VARIABLE} cannot be read. Expected postgresql://USER:PASSWORD@HOST/NAME, with special "
            "characters of the password percent-encoded."
        ) from None
    engine = create_engine(url, pool_pre_ping=True, pool_timeout=_WAIT, connect_args={"connect_timeout": _WAIT})

    @event.listens_for(engine, "do_connect")
    def _connect(_: Any, __: Any, arguments: Any, named: Any) -> Any:
        return _open_connection()(*arguments, **named)

    @event.listens_for(engine, "begin")
    def _wait_only_so_long(connection: Connection) -> None:
        if connection.get_execution_options().get(_WRITING):
            connection.exec_driver_sql(f"set local lock_timeout = '{_WAIT}s'")

    return engine


@cache
def _open_connection() -> Callable[..., Any]:
    """Return what opens a connection that gives a server up which keeps the line and says nothing."""
    import psycopg
    from psycopg import waiting

    class Connection(psycopg.Connection[Any]):
        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            until = 2 * _WAIT if timeout is None else timeout  # a lock alone is waited for as long as _WAIT
            try:
                return waiting.wait(gen, self.pgconn.socket, interval=interval, timeout=until)
            except psycopg.OperationalError as error:
                if "wait timeout" in str(error):  # its class has no public name
                    self.close()  # or the pool would give it to the next
                raise

    return Connection.connect


def _is_current(connection: Connection) -> bool:
    """Say whether the tables are those of today; Alembic is not needed where they are."""
    try:
        return connection.execute(text("select version_num from alembic_version")).scalar() == HEAD
    except DBAPIError as error:
        if "no such table" in str(error.orig) or _find_state(error) == _NO_TABLE:
            return False
        raise


def _take_steps(engine: Engine) -> None:
    """Bring the tables up to date; of several processes that try at once, one does and the others find it done."""
    from clipdash.records.migrations import upgrade

    with _steps:  # Alembic's context is one a process
        if engine.dialect.name == "sqlite":
            _write_ahead(engine)
        with _begin(engine, Act.SAVE) as connection:
            if engine.dialect.name != "sqlite":
                connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _STEPS_LOCK})
            upgrade(connection)


def _write_ahead(engine: Engine) -> None:
    """Have readers and a writer not wait for each other; the file remembers it."""
    until = time.monotonic() + _WAIT
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        while driver is not None:
            try:
                driver.execute("pragma journal_mode = wal")
            except sqlite3.OperationalError as error:  # another process does the same; SQLite does not wait for that
                if "locked" not in str(error) or time.monotonic() > until:
                    raise OperationalError("pragma journal_mode = wal", None, error) from error
                time.sleep(0.05)
            else:
                return
