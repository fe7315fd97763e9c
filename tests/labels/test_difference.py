from clipdash.labels import Difference, compare_sets, parse_labels


def test_words_added_removed_and_kept():
    before = parse_labels("man | gender=Male\nthief | crime\nanimal | non-human\nboy")
    after = parse_labels("child\nboy\nthief\nman | gender=Female\nperson")
    assert compare_sets(before, after) == Difference(
        added=("child", "person"),
        removed=("animal",),
        kept=("boy", "thief", "man"),
        changed=("thief", "man"),
        templates=False,
        flagged=True,
    )


def test_sets_that_mean_the_same():
    before = parse_labels("caf\u00e9 | b\nbar | a", name="one")
    after = parse_labels("bar | a\ncafe\u0301 | b", name="two")
    difference = compare_sets(before, after)
    assert difference == Difference((), (), ("bar", "cafe\u0301"), (), templates=False, flagged=False)


def test_another_prompt_is_a_difference():
    before = parse_labels("man\nwoman")
    assert compare_sets(before, before.replace(templates=("{}",))).templates
