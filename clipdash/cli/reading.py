"""What a command reads: the encoder, loaded once however often it asks, the store, and its table of counts."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

__all__ = ["keep_encoder", "open_any", "tabulate_sets"]


@lru_cache(maxsize=2)
def keep_encoder(reference: str) -> Any:
    """Return the encoder of a reference, and keep it as long as the process lasts."""
    from clipdash.encoders import read_encoder

    return read_encoder(reference)


def open_any(reference: str) -> Any:
    """Open a store of this machine, or one elsewhere by its URL."""
    from clipdash.store import is_url, open_remote, open_store

    return open_remote(reference) if is_url(reference) else open_store(reference)


def tabulate_sets(
    store: Any,
    sides: Sequence[tuple[str, str | None]],
    mode: Any,
    asked: Mapping[str, Any],
    engine: str = "local",
    shards: int | None = None,
) -> Any:
    """Count a store under label sets, part by part; the result is the same wherever that is done."""
    from clipdash.audit import Question, tabulate_parts
    from clipdash.build.cluster import check_engine
    from clipdash.labels import load_labels
    from clipdash.zeroshot import prepare_labels

    check_engine(engine)
    prepared = [
        prepare_labels(store, load_labels(labels), variant=variant, mode=mode, read=keep_encoder)
        for labels, variant in sides
    ]
    return tabulate_parts(store, Question(prepared, **asked), engine=engine, shards=shards)
