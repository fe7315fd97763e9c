"""The command line: ``clipdash`` or ``python -m clipdash``.

Exit 0: done. Exit 2: the input is at fault; one or two sentences on standard error, nothing on standard output.
Exit 1: a bug of ours or a failure of the machine; the traceback goes to a log file that the message names.
"""

import os
import socket
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer
from typer._click.exceptions import ClickException

from clipdash.access import find_sign_in, keep_answer_clean
from clipdash.cli import COMMANDS, GROUPS, AsJson, StoreName, print_json, print_rows
from clipdash.errors import InputError, QueryError, StoreError, record_fault

_LOOPBACK = "127.0.0.1"
#: Every run of a page is a thread of its own. With a heap for each, the C library keeps what one has freed from others.
_FEW_HEAPS = {"MALLOC_ARENA_MAX": "2"}

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Audit how a zero-shot classifier's class labels treat each group of images.",
)


@app.command()
def stores(as_json: AsJson = False) -> None:
    """List the stores that can be named, with what is wrong with a broken one."""
    from clipdash.store import list_stores

    entries = list_stores()
    rows = [(entry, entry.manifest.images if entry.manifest else None) for entry in entries]
    if as_json:
        listed = [{"name": e.name, "path": str(e.path), "fault": e.fault, "images": images} for e, images in rows]
        print_json({"stores": listed})
        return
    cells = [
        (e.name, "" if images is None else f"{images:,}", e.manifest.title if e.manifest else "", e.fault or "")
        for e, images in rows
    ]
    print_rows(("store", "images", "title", "fault"), cells)


@app.command()
def verify(store: StoreName, as_json: AsJson = False) -> None:
    """Hold every file of a store against its checksum."""
    from clipdash.store import verify_store

    faults = verify_store(store)
    if faults:
        raise StoreError(
            f"{store} is damaged: {'; '.join(faults)}. Build it again, or bring back the file from a copy."
        )
    if as_json:
        print_json({"store": store, "faults": []})
    else:
        print(f"{store} is sound: every file has the checksum that its manifest names.")


@app.command()
def serve(
    port: Annotated[int, typer.Option("--port", help="Port to listen on.", envvar="STREAMLIT_SERVER_PORT")] = 8501,
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            help="Address to listen on: this machine only, unless sign-in is set up or CLIPDASH_OPEN=1 says otherwise.",
        ),
    ] = None,
) -> None:
    """Serve the app in the browser."""
    script = Path(__file__).parent.parent / "app.py"
    if not script.is_file():
        raise StoreError(f"The app was looked for at {script} and is not there. Run this from a checkout of clipdash.")
    signed_in = find_sign_in() is not None  # a set-up at fault is said before the server starts
    host = _choose_address(address or os.environ.get("STREAMLIT_SERVER_ADDRESS") or _LOOPBACK, signed_in=signed_in)
    _check_port(host, port)
    sys.stdout.flush()
    options = ["--server.port", str(port), "--server.address", host]
    # The same process, so that a container's stop signal reaches the server and not a parent that waits for it.
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    os.execve(sys.executable, command, _FEW_HEAPS | os.environ)  # noqa: S606  # nosec B606  # fixed words, a number and an address


for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
for _name, _group in GROUPS.items():
    app.add_typer(_group, name=_name)


def _choose_address(asked: str, *, signed_in: bool) -> str:
    """Return the address to listen on: `asked`, unless anybody on the network could then enter without being asked."""
    if _is_loopback(asked) or signed_in or os.environ.get("CLIPDASH_OPEN") == "1":
        return asked
    print(
        f"Listening on {_LOOPBACK} and not on {asked}, since anybody who reaches that could enter. Set up sign-in "
        "(CLIPDASH_SIGN_IN and CLIPDASH_ACCESS), or set CLIPDASH_OPEN=1 if something in front decides who may enter.",
        file=sys.stderr,
    )
    return _LOOPBACK


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _check_port(host: str, port: int) -> None:
    if not 1 <= port <= 65535:
        raise QueryError(f"Port {port} does not exist; choose one from 1 to 65535.")
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, ValueError):
        raise QueryError(
            f'"{host}" is no address of this machine. Expected one such as 0.0.0.0 or 127.0.0.1.'
        ) from None
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError:
            raise QueryError(
                f"Port {port} of {host} cannot be used (it is taken, or not ours to take). Choose another with --port."
            ) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        The arguments after the program's name; those of the process by default.

    Returns
    -------
    int
        0, 1 or 2 as the module says.
    """
    try:
        with keep_answer_clean():
            code = app(
                args=list(sys.argv[1:] if arguments is None else arguments), prog_name="clipdash", standalone_mode=False
            )
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except ClickException as error:
        print(f"{error.format_message().rstrip('.')}. See: clipdash --help", file=sys.stderr)
        return 2
    except Exception as error:
        print(record_fault(error), file=sys.stderr)
        return 1
    return code if isinstance(code, int) else 0  # 130 after Ctrl+C


if __name__ == "__main__":
    sys.exit(main())
