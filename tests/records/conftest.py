"""Both databases: SQLite in a folder, and a PostgreSQL that the tests start themselves."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from clipdash.records import close_records


def find_programs():
    """Return the folder of Debian's newest PostgreSQL; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Server:
    """A PostgreSQL of its own, on a socket in a temporary folder, which can be stopped and started."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        folder.mkdir()
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
        self.run("initdb", "-D", folder / "data", "-U", "clipdash", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")

    def run(self, program, *arguments):
        user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        line = [*user, str(self.programs / program), *map(str, arguments)]
        subprocess.run(line, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        settings = f"-c fsync=off -c listen_addresses= -c unix_socket_directories={self.folder}"
        self.run("pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-o", settings, "-w", "start")

    def stop(self):
        self.run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")

    def list_processes(self):
        """Return the number of the server's process, and of those of its connections."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]

    def address(self, name):
        return f"postgresql://clipdash@/{name}?host={self.folder}"

    def empty(self):
        """Empty the database and return its address; a database a test would be 7 MB of disk each."""
        with psycopg.connect(self.address("postgres")) as connection:
            connection.execute("drop schema public cascade")
            connection.execute("create schema public")
            connection.execute("grant usage on schema public to public")
        return self.address("postgres")


@contextmanager
def open_folder():
    """A short path that the user `postgres` may enter, which pytest's folders are not."""
    folder = Path(f"/tmp/clipdash-postgres-{os.getpid()}-{time.monotonic_ns()}")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    programs = find_programs()
    if programs is None:
        pytest.skip("No PostgreSQL here: install Debian's package postgresql to run the tests of records on it too.")
    with open_folder() as folder:
        server = Server(programs, folder)
        server.start()
        yield server
        server.stop()


@pytest.fixture(autouse=True)
def records(tmp_path, monkeypatch):
    """The folder of records of one test."""
    monkeypatch.setenv("CLIPDASH_RECORDS", str(tmp_path / "records"))
    monkeypatch.delenv("CLIPDASH_DATABASE", raising=False)
    yield tmp_path / "records"
    close_records()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, records, monkeypatch):
    """An empty database of either kind, which every function of the room then uses."""
    if request.param == "postgresql":
        monkeypatch.setenv("CLIPDASH_DATABASE", request.getfixturevalue("server").empty())
    return request.param
