"""Twenty strings that break what takes typed words for anything but words, and a store whose every word is one."""

import numpy as np
import pandas as pd

from clipdash.encoders import LabelBank
from clipdash.store import About, AttributeAbout, StoreWriter

HOSTILE = {
    "markup": "<b>bold</b> & <i>x</i> &lt;",
    "script": "<script>window.__hit = 1</script>",
    "attribute": "\"'><img src=x onerror=window.__hit=1>",
    "markdown": "*star* _under_ `code` ~~gone~~ [link](javascript:window.__hit=1) # x",
    "directives": ":red[text] :smile: :material/bug_report: --> www.example.org",
    "braces": "{0.__class__} {} {{ 7 * 7 }} {% raw %}",
    "percent": "100 % %s %(x)d %{x}",
    "right to left": "شخص مشبوه",
    "override": "\u202egnirts\u202c end",
    "zero width": "a\u200bb\u200dc\ufeffd",
    "ten thousand": "x" * 10_000,
    "emoji": "👩🏿‍⚕️ 🏴‍☠️ 👨‍👩‍👧‍👦",
    "sql": "'; DROP TABLE labels; --",
    "latex": r"$\frac{1}{2}$ \href{http://example.org}{x}",
    "formula": '=cmd|" /C calc"!A0',
    "sum": "+1-1@SUM(A1)",
    "separators": "a|b=c/d,e\\f; g",
    "path": "../../etc/passwd",
    "newline": "two\nlines",
    "null byte": "nul\0byte",
}
#: What cannot stand on a line, with the name that the refusal gives it; all others are labels like any other.
UNFIT = {"newline": "a line break", "null byte": "a null character"}
FIT = {name: text for name, text in HOSTILE.items() if name not in UNFIT}
#: Hostile as the name of a folder too.
STORE = FIT["attribute"]


def make_hostile_store(root, images=120):
    """Write a store with hostile labels, attributes, values, image ids, title and name; it needs no encoder."""
    random = np.random.default_rng(3)
    words = [*FIT.values()]
    values = [words[row % len(words)] for row in range(images)]
    people = pd.DataFrame(
        {FIT["script"]: values, FIT["markdown"]: np.where(np.arange(images) % 2, FIT["formula"], FIT["braces"])},
        index=pd.Index([f"{row} {words[row % 10]}" for row in range(images)], name="image_id"),
        dtype=object,
    )
    labels = [*words, "man"]
    bank = LabelBank("bank.npz", labels, random.standard_normal((len(labels), 16)).astype(np.float32))
    rows = random.standard_normal((images, 16)).astype(np.float32)
    about = About(
        title=FIT["script"],
        licence=FIT["directives"],
        source=FIT["latex"],
        notice=FIT["attribute"],
        attributes={FIT["markdown"]: AttributeAbout(derived=FIT["attribute"])},
    )
    with StoreWriter(root / STORE, {"bank": bank}) as writer:
        writer.add_vectors("bank", rows, list(people.index))
        writer.finish(people, about=about, skipped=[(text, text) for text in words])
    return root / STORE
