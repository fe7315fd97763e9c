import pytest

from clipdash.errors import LabelError
from clipdash.labels import DEFAULT_TEMPLATES, fill_template


@pytest.mark.parametrize(
    ("template", "text", "prompt"),
    [
        ("a photo of a {}", "man", "a photo of a man"),
        ("{}", "{}", "{}"),
        ("a {} at 100%", "%s", "a %s at 100%"),
        ("{0} {x} {} {{", "{0.__class__.__mro__}", "{0} {x} {0.__class__.__mro__} {{"),
        ("<i>{}</i>", "<script>", "<i><script></i>"),
        (r"\1 {}", r"\g<0>", r"\1 \g<0>"),
    ],
)
def test_the_label_replaces_the_slot_and_nothing_else(template, text, prompt):
    assert fill_template(template, text) == prompt


@pytest.mark.parametrize("template", ["", " ", "a photo", "{0}", "{} {}", "{ }", "a\n{}", "a\0{}"])
def test_a_template_needs_exactly_one_slot_on_one_line(template):
    with pytest.raises(LabelError, match="The template"):
        fill_template(template, "man")


def test_the_default_is_the_usual_prompt():
    assert DEFAULT_TEMPLATES == ("a photo of a {}",)
