"""Prompt templates: a text with one ``{}`` where the label goes. Every other brace is plain text."""

from clipdash.errors import LabelError
from clipdash.labels.wording import check_text, quote_text

DEFAULT_TEMPLATES = ("a photo of a {}",)
_SLOT = "{}"


def check_template(template: str) -> str:
    """Return `template` if it can stand on one line and has exactly one ``{}``, else raise LabelError."""
    check_text(template, "The template")
    slots = template.count(_SLOT)
    if slots != 1:
        found = "no {}" if slots == 0 else f"{{}} in {slots} places"
        raise LabelError(
            f"The template {quote_text(template)} has {found}; it needs exactly one {{}}, where the label goes, "
            f'as in "{DEFAULT_TEMPLATES[0]}".'
        )
    return template


def fill_template(template: str, text: str) -> str:
    """Return the prompt of one label.

    Neither text is ever read as a format string: braces, attribute paths and ``%`` stay as they are.

    Parameters
    ----------
    template : str
        A text with exactly one ``{}``.
    text : str
        The label's text.

    Returns
    -------
    str
        The template with the label in place of ``{}``.

    Raises
    ------
    LabelError
        If the template has not exactly one ``{}``.

    Examples
    --------
    >>> fill_template("a photo of a {}", "thief")
    'a photo of a thief'
    """
    return check_template(template).replace(_SLOT, text)
