"""What is asked beside a result, and takes longer: neutral words beside added labels, labels left out in turn."""

from collections.abc import Mapping
from typing import Any

from clipdash.cli.printing import Extra
from clipdash.cli.scan import ask_words
from clipdash.errors import QueryError

__all__ = ["ablate_labels", "place_words"]


def ablate_labels(store: Any, labels: str, variant: str | None, mode: Any, asked: Mapping[str, Any]) -> Extra:
    """Leave each label of a set out in turn; `QueryError` where the store is not on this machine."""
    from clipdash.audit import ablate
    from clipdash.labels import load_labels
    from clipdash.report import ablation_json, ablation_rows
    from clipdash.store import RemoteStore
    from clipdash.zeroshot import predict

    if isinstance(store, RemoteStore):
        raise QueryError("Labels are left out in turn on a store of this machine: leave out --ablate, or copy it here.")

    def label(label_set: Any) -> Any:
        return predict(store, label_set, variant=variant, mode=mode)

    by, rest = asked["by"], {name: value for name, value in asked.items() if name != "by"}
    rows = ablate(store.people, by, label(load_labels(labels)), predict=label, **rest)
    said = "Each label left out in turn: the shift, in points with paired 95% intervals, that its being there makes."
    return Extra({"ablation": ablation_json(rows)}, ablation_rows(rows), [said])


def place_words(store: Any, result: Any, variant: str | None) -> Extra:
    """Put neutral words in the place of each label that a comparison adds."""
    from clipdash.audit import Placebos, place_nouns
    from clipdash.report import placebo_json, say_placebos
    from clipdash.store import RemoteStore

    if isinstance(store, RemoteStore):
        found = Placebos(note="The store is elsewhere; neutral words are tried on a store of this machine only.")
    else:
        found = place_nouns(
            store.people,
            result.by,
            result.before,
            result.after,
            **ask_words(store, result.after, variant),
            vectors=lambda: store.vectors(variant),
            where=result.where,
            rule=result.rule,
            min_n=result.min_n,
            mode=result.table.mode,
        )
    return Extra(placebo_json(found), (), say_placebos(found))
