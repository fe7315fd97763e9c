"""Associations made by hand: what charts, words and the report are tested on."""

import numpy as np

from clipdash.audit import Association, AssociationGroup
from clipdash.labels import WordList
from clipdash.stats import benjamini_hochberg
from clipdash.store import StoreRef


def make_association(words=40, groups=2, *, tested=True, names=None, **changes):
    """A word has an effect from -1 to 1, evenly spread; the outer tenth of them on either side is called."""
    texts = tuple(names or (f"word{place}" for place in range(words)))
    contrasts = 1 if groups == 2 else groups
    effects = np.tile(np.linspace(1, -1, len(texts)), (contrasts, 1))
    p = np.where(np.abs(effects) > 0.9, 0.001, 0.5)
    adjusted = benjamini_hochberg(p.ravel()).reshape(p.shape)
    means = np.full((groups, len(texts)), 0.2)
    means[:contrasts] += 0.1 * effects
    held = tuple(AssociationGroup({"age": f"group {place}"}, 100 + place, False) for place in range(groups))
    fields = {
        "store": StoreRef("toy", "0" * 64),
        "variant": "rn",
        "measure": "cosine",
        "word_list": WordList("mine.txt", (*texts, "left"), "", 2),
        "words": texts,
        "left_out": (("left", "too long"),),
        "templates": ("a photo of a {}",),
        "by": ("age",),
        "where": {},
        "groups": (*held, AssociationGroup({"age": "few"}, 3, True)),
        "min_n": 30,
        "ungrouped": 7,
        "others": 5,
        "means": means,
        "differences": 0.1 * effects,
        "effects": effects,
        "deviations": np.full(len(texts), 0.1),
        "p": p if tested else None,
        "p_adjusted": adjusted if tested else None,
        "adjust": "bh",
        "permutations": 999 if tested else 0,
        "seed": 3,
        "cluster": "same_person",
    }
    return Association(**{**fields, **changes})
