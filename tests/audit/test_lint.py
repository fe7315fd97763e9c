import numpy as np
from worlds import VALUES, make_set

from clipdash.audit import lint_labels
from clipdash.labels import Label


def test_a_sound_set_has_no_hints():
    assert lint_labels(make_set("man", "woman", "thief", flagged=("crime",)), VALUES, np.eye(3, dtype=np.float32)) == ()


def test_labels_that_mean_the_same_are_named():
    weights = np.array([[1, 0], [0.99, np.sqrt(1 - 0.99**2)], [0, 1]], dtype=np.float32)
    (hint,) = lint_labels(make_set("person", "photo", "thief", flagged=()), VALUES, weights)
    assert hint.startswith('"person" and "photo" mean nearly the same to this encoder')
    many = lint_labels(make_set("person", "photo", "thief", "animal", flagged=()), VALUES, np.ones((4, 1), np.float32))
    assert many[-1] == "So do 3 more pairs of labels."
    assert lint_labels(make_set("person", "photo", flagged=()), VALUES) == ()


def test_an_idle_category_and_a_lopsided_set_are_named():
    hints = lint_labels(make_set("man", "photo", flagged=("crime",)), VALUES)
    assert hints == (
        'The category "crime" is flagged, but no label has it.',
        'Some label claims a value of gender, none claims "Female": images annotated so cannot be supported, only '
        "contradicted, flagged or unclaimed.",
    )


def test_many_values_are_counted():
    label = Label(text="one", claims={"digit": ("1",)})
    (hint,) = lint_labels(make_set(label, "photo", flagged=()), {"digit": tuple("123456")})
    assert 'none claims "2", "3", "4" and 2 more' in hint
