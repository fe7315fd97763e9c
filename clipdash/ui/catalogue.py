"""The stores and comparisons that can be picked, and a question brought in line with the store it names."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from threading import Lock

from cachetools import TTLCache, cached

from clipdash.errors import LabelError, suggest
from clipdash.labels import LabelSet, Preset, format_labels, list_presets, parse_lines, read_preset
from clipdash.report.question import Question
from clipdash.store import Manifest, StoreEntry, find_root, list_stores
from clipdash.ui.memory import remember
from clipdash.ui.pinned import find_pinned, is_replaced, pin_entry, unpin_stores

__all__ = [
    "find_entry",
    "fit_presets",
    "fit_values",
    "forget_entries",
    "has_new",
    "list_comparisons",
    "list_entries",
    "list_filters",
    "list_groupings",
    "name_attribute",
    "open_comparison",
    "open_session",
    "settle_flags",
    "settle_question",
]

#: The store and the comparison that a session opens on, where they are here.
OPENING_STORE, OPENING_COMPARISON = "emoji", "gender-person"
MOST_ATTRIBUTES = 2
#: So many names that are not here are told, and so many letters of each.
_MOST_NAMED, _LONGEST = 8, 200

_last: dict[Path, StoreEntry] = {}


def list_entries() -> tuple[StoreEntry, ...]:
    """Return every store under the root, a broken one with its fault; what is new shows within two seconds."""
    return _list_entries(str(find_root()))


# A run asks many times, and each time every manifest would be read and every file looked at. It is not Streamlit's
# cache, where what runs out between being found and being read raises KeyError.
@cached(TTLCache(maxsize=8, ttl=2), lock=Lock())
def _list_entries(root: str) -> tuple[StoreEntry, ...]:
    return tuple(map(_keep_same, list_stores(Path(root))))


def _keep_same(entry: StoreEntry) -> StoreEntry:
    """Return the entry of before where nothing changed: what follows from a manifest is kept by the object."""
    last = _last.get(entry.path)
    _last[entry.path] = entry if last != entry else last
    return _last[entry.path]


def forget_entries() -> None:
    """Look for stores anew, where one has just been made, and take each as it is now."""
    _list_entries.cache_clear()
    unpin_stores()


def find_entry(name: str) -> StoreEntry | None:
    """Return the sound store of that name, else the opening store, else the first sound one; None without any.

    A store that was replaced since this session first asked for it is the one of then, until the reader takes the new.
    """
    here = {entry.name: entry for entry in list_entries()}
    sound = {name: entry for name, entry in here.items() if entry.manifest is not None}
    found = find_pinned(name, here) or sound.get(name) or sound.get(OPENING_STORE) or next(iter(sound.values()), None)
    return None if found is None else pin_entry(found)


def has_new(name: str) -> bool:
    """Say whether a store was replaced since this session first asked for it."""
    return is_replaced(name, {entry.name: entry for entry in list_entries()})


def list_groupings(manifest: Manifest) -> tuple[str, ...]:
    """Return the attributes that images can be grouped by; not what says which images hang together."""
    return tuple(a.name for a in manifest.attributes if a.groupable and a.name != manifest.cluster)


def list_filters(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    """Return the attributes that images can be picked by, with their values in order."""
    return {a.name: a.values for a in manifest.attributes if a.name != manifest.cluster}


def name_attribute(attribute: str) -> str:
    """Write an attribute's name in words."""
    return attribute.replace("_", " ")


def list_comparisons(manifest: Manifest) -> tuple[Preset, ...]:
    """Return the presets that name another one to be compared with, and fit the store."""
    return tuple(preset for preset in fit_presets(manifest) if preset.before is not None)


def fit_presets(manifest: Manifest) -> tuple[Preset, ...]:
    """Return the presets whose claims and suggestions the store can check, and whose labels it can be asked for."""
    return remember(manifest, "presets", lambda: _fit_presets(manifest))


def _fit_presets(manifest: Manifest) -> tuple[Preset, ...]:
    spec = manifest.variants[0].encoder
    fitting = fit_values({attribute.name: attribute.values for attribute in manifest.attributes})
    if spec.kind == "encoder":
        return fitting
    return tuple(preset for preset in fitting if {*spec.labels}.issuperset(preset.label_set.texts))


def fit_values(known: Mapping[str, tuple[str, ...]]) -> tuple[Preset, ...]:
    """Return the presets whose claims and suggestions these attributes and values can check."""
    return tuple(preset for preset in list_presets() if _fits(preset.label_set, known))


def _fits(label_set: LabelSet, known: Mapping[str, tuple[str, ...]]) -> bool:
    claims = [claim for label in label_set.labels for claim in label.claims.items()]
    claims += label_set.suggested.where.items() if label_set.suggested else []
    by = label_set.suggested.by if label_set.suggested else ()
    return all(set(values) <= set(known.get(attribute, ())) for attribute, values in claims) and set(by) <= set(known)


def open_comparison(key: str, store: str = "") -> Question:
    """Return the question of a preset and the one it is to be compared with.

    Parameters
    ----------
    key : str
        Of a preset; one that names no other stands on both sides.
    store : str
        Name of the store to ask.

    Returns
    -------
    Question

    Raises
    ------
    LabelError
        If there is no such preset.
    """
    after = read_preset(key).label_set
    before = read_preset(after.suggested.before).label_set if after.suggested and after.suggested.before else after
    flagged = tuple(dict.fromkeys([*before.flagged, *after.flagged]))
    return Question(
        store=store,
        before=format_labels(before.labels),
        after=format_labels(after.labels),
        by=after.suggested.by if after.suggested else (),
        where=dict(after.suggested.where) if after.suggested else {},
        min_n=(after.suggested.min_n if after.suggested else None) or 30,
        templates=after.templates,
        flagged=None if set(flagged) >= {*before.categories, *after.categories} else flagged,
    )


def open_session() -> Question:
    """Return the question that a session opens on: a comparison that fits, and has no word that one must ask for."""
    entry = find_entry("")
    if entry is None or entry.manifest is None:
        return Question()
    keys = [preset.key for preset in list_comparisons(entry.manifest) if preset.label_set.caution is None]
    key = OPENING_COMPARISON if OPENING_COMPARISON in keys else next(iter(keys), None)
    return Question(store=entry.name) if key is None else open_comparison(key, entry.name)


def settle_question(question: Question) -> tuple[Question, tuple[str, ...]]:
    """Bring a question in line with the stores: what they do not have is replaced or left out.

    Parameters
    ----------
    question : Question
        As a link or a change of store left it.

    Returns
    -------
    question : Question
        One that can be asked; unchanged if there is no store at all.
    faults : tuple of str
        What had to be changed, each thing in a sentence or two.
    """
    entry = find_entry(question.store)
    if entry is None or entry.manifest is None:
        return question, ()
    groupings = list_groupings(entry.manifest)
    known = {attribute.name: attribute.values for attribute in entry.manifest.attributes}
    faults = (
        *_check_store(question.store, entry),
        *_check_grouping(question, groupings),
        *_check_filter(question, known),
        *_check_cluster(question, known),
    )
    by = tuple(attribute for attribute in question.by if attribute in groupings)[:MOST_ATTRIBUTES]
    where = {
        attribute: kept
        for attribute, values in question.where.items()
        if (kept := tuple(value for value in values if value in known.get(attribute, ())))
    }
    by = by or groupings[:1]
    cluster = question.cluster if question.cluster in known and question.cluster not in by else ""
    settled = question.change(store=entry.name, by=by, where=where, cluster=cluster)
    return settled, faults


def _list_typed(question: Question) -> set[str] | None:
    """Return the categories of both lists; None while one of them cannot be read."""
    try:
        labels = [label for text in (question.before, question.after) for label in parse_lines(text)]
    except LabelError:
        return None
    return {label.category for label in labels if label.category is not None}


def settle_flags(question: Question) -> tuple[Question, tuple[str, ...]]:
    """Leave flagged categories out that no label of a link's lists has; where none is left, every one is flagged."""
    typed = _list_typed(question)
    strange = [category for category in question.flagged or () if typed is not None and category not in typed]
    if not strange:
        return question, ()
    kept = tuple(category for category in question.flagged or () if category not in strange)
    instead = "It is left out." if kept else "Every category is flagged instead."
    faults = (
        f'No label here has the flagged category "{name}". {suggest(name, typed or ())} {instead}' for name in strange
    )
    return question.change(flagged=kept or None), tuple(faults)


def _check_store(name: str, entry: StoreEntry) -> Iterator[str]:
    if name and name != entry.name:
        others = {other.name: other for other in list_entries()}
        if name in others:
            fault = str(others[name].fault).rstrip(".")
            yield f'Store "{name}" cannot be opened: {fault}. The store "{entry.name}" is shown instead.'
        else:
            yield f'There is no store "{name}" here. {suggest(name, others)} The store "{entry.name}" is shown instead.'


def _check_grouping(question: Question, known: Sequence[str]) -> Iterator[str]:
    instead = next((name for name in question.by if name in known), next(iter(known), ""))
    shown = f' They are grouped by "{instead}".' if instead else ""
    for attribute in _name_few(question.by, known):
        yield f'Images here cannot be grouped by "{attribute}". {suggest(attribute, known)}{shown}'
    if len(question.by) > MOST_ATTRIBUTES:
        yield f"A page groups by at most {MOST_ATTRIBUTES} attributes; the first {MOST_ATTRIBUTES} are shown."


def _check_cluster(question: Question, known: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    if question.cluster and question.cluster not in known:
        near = suggest(question.cluster, known)
        yield f'Images here cannot hang together by "{question.cluster}". {near} Each counts by itself.'


def _check_filter(question: Question, known: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for attribute, values in question.where.items():
        if attribute not in known:
            yield f'Images here cannot be picked by "{attribute}". {suggest(attribute, known)} All are shown.'
            continue
        others = not {*known[attribute]}.isdisjoint(values)
        shown = "The other values are kept." if others else f"Images of every {attribute} are shown."
        for value in _name_few(values, known[attribute]):
            near = suggest(value, known[attribute])
            yield f'No image here is annotated as "{value}" in "{attribute}". {near} {shown}'


def _name_few(asked: Sequence[str], known: Sequence[str]) -> Iterator[str]:
    """Return the first few that are not known, cut where they are long: a page has room for a sentence each."""
    here = {*known}
    strange = (name for name in asked if name not in here)
    return (name[:_LONGEST] for name in islice(strange, _MOST_NAMED))
