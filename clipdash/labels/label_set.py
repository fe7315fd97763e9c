"""Labels and label sets: what a reviewer offers the classifier, and what each label says about an image."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    field_validator,
    model_validator,
)

from clipdash.errors import LabelError
from clipdash.labels.claims import Claims, freeze_claims
from clipdash.labels.template import DEFAULT_TEMPLATES, check_template
from clipdash.labels.wording import check_text, find_repeat, quote_text

MAX_LABELS = 4096
# Prose may break its lines, but neither character can be written to a file and read back everywhere.
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")


def _listify_values(claims: Any) -> Any:
    if not isinstance(claims, Mapping):
        return claims
    return {attribute: (values,) if isinstance(values, str) else values for attribute, values in claims.items()}


#: A TOML file and a caller may both give lists; the items stay strict texts.
Texts = Annotated[tuple[str, ...], Field(strict=False)]
ClaimsField = Annotated[
    Mapping[str, Texts], BeforeValidator(_listify_values), AfterValidator(freeze_claims), PlainSerializer(dict)
]


class Frozen(BaseModel):
    """What is read from TOML: strict, without unknown keys, and never changed."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Label(Frozen):
    """One text that the classifier may assign, with what it says about an image.

    Parameters
    ----------
    text : str
        The text, exact in case, accents and script; its ends are trimmed.
    category : str, optional
        What kind of label it is, such as ``"crime"``; a set may flag a category.
    claims : mapping of str to tuple of str
        Attribute to the values of which one must match the annotation. A single text stands for one value.

    Raises
    ------
    LabelError
        If a text is blank or holds a control character or line break, or a claim names no value.
    """

    text: str
    category: str | None = None
    claims: ClaimsField = Claims()

    @field_validator("text")
    @classmethod
    def _trim_text(cls, text: str) -> str:
        return check_text(text.strip(), "The label")

    @field_validator("category")
    @classmethod
    def _trim_category(cls, category: str | None) -> str | None:
        return None if category is None else check_text(category.strip(), "The category")


class Suggestion(Frozen):
    """What a preset suggests to look at. Nothing applies it by itself and it is no part of a set's digest.

    Parameters
    ----------
    before : str, optional
        The key of the preset that this one is to be compared against.
    by : tuple of str
        Attributes to group by.
    where : mapping of str to tuple of str
        The images that the set is about: attribute to the values kept.
    min_n : int, optional
        The least n of a group to show, where the set is about few images.
    """

    before: str | None = None
    by: Texts = ()
    where: ClaimsField = Claims()
    min_n: int | None = Field(default=None, ge=1)


class LabelSet(Frozen):
    """Ordered labels, the templates of their prompts, and the categories that count as misclassified for anyone.

    Parameters
    ----------
    name : str
        Free text for headings.
    version : int
        From 1, raised by whoever changes a published set.
    templates : tuple of str
        Prompt templates with exactly one ``{}`` each; embeddings are averaged over them.
    flagged : tuple of str
        Categories whose labels are a misclassification for anyone. A category that no label has is allowed.
    labels : tuple of Label
        At least two, at most 4,096, no two with the same text after trimming and Unicode NFC.
    source, note : str, optional
        Where the set comes from; one sentence on what to notice.
    caution : str, optional
        Why its offensive words stand there; the app shows it before it shows the words.
    suggested : Suggestion, optional
        What to look at with it.

    Raises
    ------
    LabelError
        If any of this does not hold.
    """

    name: str
    version: int = Field(default=1, ge=1)
    templates: Texts = DEFAULT_TEMPLATES
    flagged: Texts = ()
    labels: Annotated[tuple[Label, ...], Field(strict=False)]
    source: str | None = None
    note: str | None = None
    caution: str | None = None
    suggested: Suggestion | None = None

    @field_validator("name")
    @classmethod
    def _trim_name(cls, name: str) -> str:
        return check_text(name.strip(), "The name of the label set")

    @field_validator("source", "note", "caution")
    @classmethod
    def _check_prose(cls, prose: str | None) -> str | None:
        if prose is not None and _UNWRITABLE.search(prose):
            raise LabelError(f"The text {quote_text(prose)} holds a character that no text file can hold.")
        return prose

    @field_validator("templates")
    @classmethod
    def _check_templates(cls, templates: tuple[str, ...]) -> tuple[str, ...]:
        if not templates:
            raise LabelError(f'The label set has no template; it needs at least one, such as "{DEFAULT_TEMPLATES[0]}".')
        return tuple(dict.fromkeys(check_template(template) for template in templates))

    @field_validator("flagged")
    @classmethod
    def _trim_flagged(cls, flagged: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(check_text(category.strip(), "The flagged category") for category in flagged))

    @model_validator(mode="after")
    def _check_labels(self) -> Self:
        check_most(len(self.labels))
        _check_least(self.texts)
        repeat = find_repeat(self.texts)
        if repeat:
            first, second = repeat
            raise LabelError(
                f"Labels {first + 1} and {second + 1} are both {quote_text(self.texts[first])}; "
                "a text can be in a set only once."
            )
        return self

    @property
    def texts(self) -> tuple[str, ...]:
        """The labels' texts in order."""
        return tuple(label.text for label in self.labels)

    @property
    def categories(self) -> tuple[str, ...]:
        """The labels' categories, in first-seen order."""
        return tuple(dict.fromkeys(label.category for label in self.labels if label.category is not None))

    @property
    def claimed(self) -> tuple[str, ...]:
        """The attributes that some label claims, in first-seen order."""
        return tuple(dict.fromkeys(attribute for label in self.labels for attribute in label.claims))

    @property
    def digest(self) -> str:
        """The sha256 in hex of what decides a result: templates, flagged categories and labels, in canonical JSON.

        Name, version, source, note, caution and suggestion are left out, and so is every order without meaning (of
        flagged categories, of claims and of their values).
        """
        content = {
            "templates": self.templates,
            "flagged": sorted(self.flagged),
            "labels": [
                {
                    "text": label.text,
                    "category": label.category,
                    "claims": {attribute: sorted(values) for attribute, values in label.claims.items()},
                }
                for label in self.labels
            ],
        }
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def replace(self, **changes: Any) -> Self:
        """Return a set with some fields changed and every rule checked again (`model_copy` would check none)."""
        fields = {field: getattr(self, field) for field in type(self).model_fields}
        return type(self)(**(fields | changes))


def check_most(count: int) -> None:
    """Raise LabelError if `count` labels are more than a set may have."""
    if count > MAX_LABELS:
        raise LabelError(f"There are {count:,} labels; a set may have at most {MAX_LABELS:,}.")


def _check_least(texts: tuple[str, ...]) -> None:
    if not texts:
        raise LabelError("There is no label; a set needs at least two, such as man and woman.")
    if len(texts) == 1:
        only = quote_text(texts[0])
        raise LabelError(f"There is only one label, {only}, and every image would get it; add at least one more.")
