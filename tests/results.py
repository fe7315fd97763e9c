"""Results made from counts, through the real tables: what charts, words and reports are tested on."""

from hostile import FIT
from worlds import make_people, make_set, predict

from clipdash.audit import Rule, measure, shift, tabulate
from clipdash.labels import Label

STANDARD = {"3-9": (10, 30, 2, 58), "10-19": (12, 10, 8, 70), "20-29": (20, 1, 15, 64), "over 70": (3, 2, 1, 6)}


def spread(counts, words):
    """Repeat each of four words as often as its count says."""
    return [word for word, count in zip(words, counts, strict=True) for _ in range(count)]


def make_shift(
    groups=None,
    *,
    by="band",
    rule=None,
    min_n=30,
    before=("thief", "person"),
    after=("thief", "person", "photo"),
    missing=0,
    where=None,
):
    """Compare groups of (both, fixed, broken, neither) images; the last `missing` images have no group."""
    groups = STANDARD if groups is None else groups
    people, first, second = [], [], []
    for name, counts in groups.items():
        people += [name] * sum(counts)
        first += spread(counts, (before[0], before[0], before[1], before[1]))
        second += spread(counts, (before[0], before[1], before[0], before[1]))
    people[len(people) - missing :] = [None] * missing
    table = tabulate(
        make_people(**{by: people}),
        [by],
        predict(make_set(*before), first),
        predict(make_set(*after), second),
        where=where,
    )
    return shift(table, rule or Rule("flagged"), min_n)


def make_audit(groups=None, *, rule=None, min_n=30, labels=("thief", "person")):
    """Rates of groups of (misclassified, not) images."""
    groups = {"3-9": (30, 70), "10-19": (5, 95), "over 70": (2, 3)} if groups is None else groups
    people, texts = [], []
    for name, (wrong, right) in groups.items():
        people += [name] * (wrong + right)
        texts += [labels[0]] * wrong + [labels[1]] * right
    table = tabulate(make_people(band=people), ["band"], predict(make_set(*labels), texts))
    return measure(table, rule or Rule("flagged"), min_n)


HOSTILE = tuple(FIT.values())


def hostile_label(text):
    return Label(text=text, category="crime")


def compare_sets_of(before, after, words, **predicted):
    """Compare two label sets on sixty images; `words` are the texts before and after, repeated."""
    people = make_people(band=["x", "y"] * 30)
    first, second = (
        predict(s, [w[side] for w in words] * (60 // len(words)), **predicted) for side, s in enumerate((before, after))
    )
    return shift(tabulate(people, ["band"], first, second), Rule("flagged"))
