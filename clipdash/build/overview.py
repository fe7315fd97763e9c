"""Every build that is under way, waits to be gone on with, or has just ended, under a root of stores."""

import json
import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from clipdash.build.errand import find_process, is_alive, list_errands, read_errand, read_outcome
from clipdash.build.progress import BuildProgress, read_progress
from clipdash.store import PLAN, is_store, name_workplace, read_holder

Stage = Literal["starting", "running", "ending", "interrupted", "finished", "stopped", "failed"]
_INTERRUPTED = 130


@dataclass(frozen=True)
class BuildState:
    """What is known of a build.

    Parameters
    ----------
    place : Path
        The folder of its store.
    stage : str
        Whether it is starting, running, ending, interrupted (and can go on), finished, stopped or failed.
    progress : BuildProgress, optional
        How far it is, where it has said so.
    holder : mapping
        Process, machine and since of a running one, as far as they are known.
    stoppable : bool
        Whether it can be stopped from here.
    report : mapping
        What a finished one printed.
    fault : str
        Why it ended, in a sentence, where it did not finish.
    """

    place: Path
    stage: Stage
    progress: BuildProgress | None = None
    holder: dict[str, Any] | None = None
    stoppable: bool = False
    report: dict[str, Any] | None = None
    fault: str = ""

    @property
    def name(self) -> str:
        """The name of its store."""
        return self.place.name

    @property
    def is_under_way(self) -> bool:
        """Whether a process works on it."""
        return self.stage in ("starting", "running", "ending")


def list_builds(root: Path) -> tuple[BuildState, ...]:
    """Return the builds under a root of stores, by name, whoever started them.

    Parameters
    ----------
    root : Path
        Where stores lie; builds are found by their workplaces.
    """
    left = {path.name[1 : -len(".build")] for path in root.glob(".*.build") if path.is_dir()} if root.is_dir() else ()
    names = sorted({*left, *list_errands(root)})
    return tuple(state for name in names if (state := find_build(root / name)) is not None)


def find_build(place: Path) -> BuildState | None:
    """Return what is known of the build of a store; None where there is none."""
    progress = read_progress(name_workplace(place))
    holder = read_holder(place)
    if holder is not None:
        progress = _renew(progress, holder)
        return BuildState(place, "running", progress, holder, stoppable=find_process(place) is not None)
    if is_alive(place):
        stage: Stage = "ending" if is_store(place) and not _replaces(place) else "starting"
        return BuildState(place, stage, stoppable=stage == "starting")
    ended = _describe_end(place)
    if (name_workplace(place) / PLAN).is_file():
        return BuildState(place, "interrupted", progress, fault=ended.fault if ended else "")
    if ended is not None and ended.stage == "stopped" and is_store(place) and not _replaces(place):
        return None  # it was gone on with elsewhere
    return ended


def _replaces(place: Path) -> bool:
    errand = read_errand(place)
    return errand is not None and errand.replaces


def _renew(progress: BuildProgress | None, holder: dict[str, Any]) -> BuildProgress | None:
    """Return the progress as this run found it, where it has not said anything yet: its pace is not known then."""
    if progress is None:
        return None
    try:
        since = datetime.fromisoformat(holder["since"]).timestamp()
    except (KeyError, TypeError, ValueError):  # it holds the lock, and has not yet said who it is
        since = math.inf
    return progress.model_copy(update={"fresh": 0}) if progress.began < since else progress


def _describe_end(place: Path) -> BuildState | None:
    errand = read_errand(place)
    if errand is None:
        return None
    code, said, fault = read_outcome(place)
    report = _parse_report(said)
    if report is not None and code in (0, None):
        return BuildState(place, "finished", report=report)
    if errand.stopped or code == _INTERRUPTED:
        return BuildState(place, "stopped")
    return BuildState(place, "failed", fault=_pick_fault(code, fault))


def _parse_report(said: str) -> dict[str, Any] | None:
    try:
        report = json.loads(said)
    except ValueError:
        return None
    return report if isinstance(report, dict) and report.keys() & {"built", "images"} else None


def _pick_fault(code: int | None, fault: str) -> str:
    """Return the sentence that a command ends with; what libraries printed before it is left out."""
    lines = [line for line in fault.splitlines() if line.strip()]
    if lines and code in (1, 2, None):
        return lines[-1].strip()
    how = "" if code is None else f" by signal {-code}" if code < 0 else f" with code {code}"
    return f"Its process was ended{how}, without a word. Memory may have run out, or the machine was stopped."
