"""Whether a store has what a run needs: attributes, values that are claimed or kept, labels, embeddings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clipdash.probes.probe import Probe
from clipdash.probes.runs import GenderedRun, Run

if TYPE_CHECKING:
    from clipdash.store import Manifest

__all__ = ["Fit", "find_fits", "say_missing"]

_NAMED = 4


@dataclass(frozen=True)
class Fit:
    """A run, and what a store lacks for it.

    Parameters
    ----------
    run : Run
        The run.
    missing : tuple of str
        What is not there, in words; empty where it fits.
    """

    run: Run
    missing: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the store has all that the run needs; a file that the reader gives is not counted."""
        return not self.missing


def find_fits(probe: Probe, manifest: "Manifest", variant: str | None = None) -> tuple[Fit, ...]:
    """Return what a store lacks for each run of a probe.

    Parameters
    ----------
    probe : Probe
        The experiment.
    manifest : Manifest
        What the store holds.
    variant : str, optional
        The variant of the store that is asked; the first by default.

    Returns
    -------
    tuple of Fit
        One a run, in the order of the probe.
    """
    return tuple(
        Fit(run, (*_miss_annotations(probe, run, manifest), *_miss_labels(probe, run, manifest, variant)))
        for run in probe.runs
    )


def _list_needs(probe: Probe, run: Run) -> dict[str, dict[str, None]]:
    """Return the attributes that a run needs, each with the values that must occur."""
    needs: dict[str, dict[str, None]] = {attribute: {} for attribute in run.attributes}
    claims = [label.claims for key in run.sets for label in probe.find_set(key).labels]
    for mapping in (*claims, run.where):
        for attribute, values in mapping.items():
            needs.setdefault(attribute, {}).update(dict.fromkeys(values))
    return needs


def _miss_annotations(probe: Probe, run: Run, manifest: "Manifest") -> Iterator[str]:
    known = {attribute.name: attribute.values for attribute in manifest.attributes}
    for attribute, values in _list_needs(probe, run).items():
        if attribute not in known:
            yield f'the attribute "{attribute}"'
            continue
        absent = [value for value in values if value not in known[attribute]]
        if absent:
            yield f'{_list_names(absent)} among the values of "{attribute}"'
        if isinstance(run, GenderedRun) and attribute == run.by and len(known[attribute]) != 2:
            yield f'exactly two values of "{attribute}" (it has {len(known[attribute])})'


def _miss_labels(probe: Probe, run: Run, manifest: "Manifest", variant: str | None) -> Iterator[str]:
    variants = {each.name: each.encoder for each in manifest.variants}
    spec = variants.get(variant or "", manifest.variants[0].encoder)
    if spec.kind == "scores" and run.vectors:
        yield "embeddings of the images (it holds scores)"
    if spec.kind == "encoder":
        return
    texts = dict.fromkeys(text for key in run.sets for text in probe.find_set(key).texts)
    absent = [text for text in texts if text not in set(spec.labels)]
    if absent:
        yield f"an encoder, or the label{'s' * (len(absent) > 1)} {_list_names(absent)}"


def _list_names(names: list[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown


def say_missing(probe: Probe, fits: tuple[Fit, ...], store: str) -> str:
    """Say what a store lacks for the run that it is nearest to, and how to build one that fits.

    Parameters
    ----------
    probe : Probe
        The experiment.
    fits : tuple of Fit
        Of that store, none of which fits.
    store : str
        Its name.
    """
    nearest = min(fits, key=lambda fit: len(fit.missing))
    return (
        f'The store "{store}" fits no run of the probe "{probe.key}": for "{nearest.run.title}" it lacks '
        f"{'; '.join(nearest.missing)}. Such a store is built by: {probe.build}"
    )
