"""What follows from a result and is the same at every rerun: computed once for each result, and bounded."""

import gc
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from cachetools import LRUCache

from clipdash.serve import watch_cache

__all__ = ["remember", "settle_memory"]

_T = TypeVar("_T")
_kept: LRUCache[tuple[int, Hashable], tuple[Any, Any]] = LRUCache(512)
_lock = Lock()
_uses = {"known": 0, "made": 0}
watch_cache("results", lambda: (_uses["known"], _uses["made"]))


def remember(result: Any, what: Hashable, make: Callable[[], _T]) -> _T:
    """Return what `make` returns, which depends on nothing but `result` and `what`.

    Parameters
    ----------
    result : object
        A result that is itself kept between reruns; it is told from others by being the same object.
    what : hashable
        Tells apart what follows from one result.
    make : callable
        Called where it was not made yet. Nobody may change what it returns.
    """
    key = (id(result), what)
    with _lock:
        found = _kept.get(key)
    if found is not None and found[0] is result:  # another object may have its number once it is gone
        _uses["known"] += 1
    else:
        _uses["made"] += 1
        found = (result, make())
        with _lock:
            _kept[key] = found
    made: _T = found[1]
    return made


def settle_memory() -> None:
    """Have the garbage collector pass over what is there now, such as modules that have just been imported.

    Going through torch's, pandas' and plotly's objects takes longer than a run of a page with nothing changed, in
    whichever run Python collects.
    """
    gc.collect()
    gc.freeze()
