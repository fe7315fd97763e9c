"""Run with ``python -m secluded PROGRAM ...``: a process in which nothing can reach another host, and a try is told.

Each try is a line of the file that ``$SECLUDED`` names; it fails as if the host did not answer.
"""

import ipaddress
import os
import runpy
import sys
from pathlib import Path

_INTERNET = {2, 10}  # AF_INET and AF_INET6 of Linux


def _is_own(host):
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def watch(event, arguments):
    """Refuse connections and look-ups other than to this machine."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        connection, address = arguments[0], arguments[-1]
        host = address[0] if int(connection.family) in _INTERNET and isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    else:
        return
    if not _is_own(host):
        with Path(os.environ["SECLUDED"]).open("a") as told:
            told.write(f"{event} {host}\n")
        raise OSError(f"{event} to {host} was tried")


def main():
    sys.addaudithook(watch)
    sys.argv = sys.argv[1:]
    if sys.argv[0].endswith(".py"):
        runpy.run_path(sys.argv[0], run_name="__main__")
    else:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
