"""What a run is asked of: a store, how its encoder is read, and the files that a reader gave."""

from collections.abc import Callable
from dataclasses import dataclass

from clipdash.audit import Rule, Table, tabulate
from clipdash.encoders import Encoder
from clipdash.labels import ARGMAX, LabelSet, Mode
from clipdash.probes.probe import Probe
from clipdash.probes.runs import Run
from clipdash.store import Readable, Store
from clipdash.zeroshot import Predictions, predict

__all__ = ["Task"]


@dataclass(frozen=True)
class Task:
    """What a run is asked of.

    Parameters
    ----------
    probe : Probe
        The experiment.
    store : Store
        The images.
    variant : str or None
        Of the store.
    read : callable
        Loads an encoder.
    options : Path, Upload or None
        The file of options of each image.
    labels : LabelSet or None
        The labels of a file.
    templates : tuple of str
        The templates of a file.
    progress : callable
        Takes how much is done, of how much.
    """

    probe: Probe
    store: Store
    variant: str | None
    read: Callable[[str], Encoder]
    options: Readable | None
    labels: LabelSet | None
    templates: tuple[str, ...]
    progress: Callable[[int, int], None]

    def predict(self, label_set: LabelSet, mode: Mode = ARGMAX, variant: str | None = None) -> Predictions:
        """Return the labels of every image under a set; by the variant of the task unless another is named."""
        return predict(self.store, label_set, variant=variant or self.variant, mode=mode, read=self.read)

    def tabulate(self, run: Run, by: tuple[str, ...], *sides: Predictions, rule: Rule | None = None) -> Table:
        """Count the images that a run is about."""
        return tabulate(self.store.people, by, *sides, where=run.where, rule=rule)
