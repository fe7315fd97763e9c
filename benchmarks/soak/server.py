"""A real `clipdash serve` in a process of its own: started, measured, killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
MIB = 2**20
#: What the log of the server holds where something went wrong.
BAD = ("Traceback (most recent call last)", "Uncaught", "SIGBUS", "Bus error", "Segmentation fault")


def find_port() -> int:
    """Return the first port of ``$SOAK_PORTS`` ("8620-8639") that is free, else any."""
    first, _, last = os.environ.get("SOAK_PORTS", "0-0").partition("-")
    for port in range(int(first), int(last) + 1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("No port of SOAK_PORTS is free.")


class Server:
    """The app on stores and records of its own."""

    def __init__(self, folder: Path, stores: Path, **settings: str) -> None:
        self.folder, self.port, self.log = folder, find_port(), folder / "server.log"
        self.records, self.faults = folder / "records", folder / "logs" / "faults.log"
        self._settings = {
            "CLIPDASH_STORES": str(stores),
            "CLIPDASH_RECORDS": str(self.records),
            "CLIPDASH_LOGS": str(folder / "logs"),
            "PYTHONPATH": str(ROOT),
        } | settings
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> float:
        """Start it and return the seconds until it was ready."""
        begin = time.perf_counter()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "clipdash", "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=os.environ | self._settings,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        while not self.is_ready():
            if not self.runs or time.perf_counter() - begin > 120:
                raise SystemExit(f"The server did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.05)
        return time.perf_counter() - begin

    def is_ready(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    @property
    def process(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End it as a power cut or the kernel would: at once, without a word."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self.runs:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def read_memory(self) -> dict[str, float]:
        """Return MiB: all that lies in memory (`rss`), and what it has to itself (`private`)."""
        with open(f"/proc/{self.process}/smaps_rollup", encoding="ascii") as file:  # noqa: PTH123
            fields = dict(line.split(":", 1) for line in file if ":" in line)
        sizes = {name: int(fields[name].split()[0]) / 1024 for name in ("Rss", "Private_Dirty")}
        return {"rss": sizes["Rss"], "private": sizes["Private_Dirty"]}

    def read_seconds(self) -> float:
        """Return the seconds of processor that it has used."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def list_faults(self) -> list[str]:
        """Return what the logs hold that should not be there."""
        said = self.log.read_text(errors="replace") if self.log.is_file() else ""
        found = [mark for mark in BAD if mark in said]
        return found + ([self.faults.read_text()[:2000]] if self.faults.is_file() else [])


@contextmanager
def serve(folder: Path, stores: Path, **settings: str) -> Iterator[Server]:
    """Yield a server that is ready, and stop it afterwards."""
    server = Server(folder, stores, **settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()
