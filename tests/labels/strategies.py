"""Any label that the rules allow, for hypothesis."""

import unicodedata

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from clipdash.labels import Label, LabelSet

# How long an example takes on a shared machine is not what these tests ask.
at_leisure = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])

# The marks of the grammar and things close to them turn up far more often than chance would have them.
marks = st.sampled_from(
    [*"|=/,\\ {}%'\"#[]", "\u00a0", "\u3000", "\\ ", ", a=", "\u200d", "\u202e", "é", "e\u0301", "👩🏿‍⚕️"]
)
characters = st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp"))
words = st.lists(marks | characters, min_size=1, max_size=8).map("".join).map(lambda text: text + "x")
edged = st.tuples(
    st.sampled_from(["", " ", "\u00a0 "]), words, st.sampled_from(["", " ", " \u3000", "\\", "\\\\ "])
).map("".join)
values = st.lists(edged, min_size=1, max_size=3).map(tuple)
claims = st.dictionaries(edged, values, max_size=3)
labels = st.builds(Label, text=words, category=st.none() | words, claims=claims)


def _key(label):
    return unicodedata.normalize("NFC", label.text)


label_lists = st.lists(labels, max_size=5, unique_by=_key)
label_sets = st.builds(
    LabelSet,
    name=words,
    version=st.integers(1, 9),
    templates=st.lists(words.map(lambda text: text.replace("{", "(") + "{}"), min_size=1, max_size=2),
    flagged=st.lists(words, max_size=2),
    labels=st.lists(labels, min_size=2, max_size=4, unique_by=_key),
    source=st.none() | st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=20),
)
