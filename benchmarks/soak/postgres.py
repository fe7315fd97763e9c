"""A PostgreSQL of the trial's own, on a socket in a short folder: started, stopped, frozen."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import psycopg


def find_programs() -> Path | None:
    """Return the folder of Debian's newest PostgreSQL; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Database:
    """One server with one database."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        self.address = f"postgresql://clipdash@/postgres?host={folder}"
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", folder / "data", "-U", "clipdash", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")

    def _run(self, program: str, *arguments: object) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        line = [*user, str(self._programs / program), *map(str, arguments)]
        subprocess.run(line, check=True, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self) -> None:
        settings = f"-c listen_addresses= -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "-D", self._folder / "data", "-l", self._folder / "log", "-o", settings, "-w", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "-w", "stop")

    def empty(self) -> None:
        with psycopg.connect(self.address) as connection:
            connection.execute("drop schema public cascade")
            connection.execute("create schema public")

    def freeze(self) -> None:
        """Have it keep every connection and answer nobody, as a machine that hangs."""
        self._frozen = self._list_processes()
        for process in self._frozen:
            os.kill(process, signal.SIGSTOP)

    def thaw(self) -> None:
        for process in self._frozen:
            os.kill(process, signal.SIGCONT)

    def _list_processes(self) -> list[int]:
        """Return the server's own process and those of its connections."""
        first = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]


@contextmanager
def open_database() -> Iterator[Database | None]:
    """Yield a server that runs; None where no PostgreSQL is installed."""
    programs = find_programs()
    if programs is None:
        yield None
        return
    folder = Path(mkdtemp(prefix="clipdash-postgres-", dir="/tmp"))  # a socket's path must be short
    try:
        database = Database(programs, folder)
        database.start()
        try:
            yield database
        finally:
            database.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
