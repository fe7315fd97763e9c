"""What a page asks: the settings and both lists of labels, as one frozen value."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clipdash.errors import QueryError
from clipdash.labels import DEFAULT_TEMPLATES

__all__ = ["Question"]


class Question(BaseModel):
    """Everything that decides what a page shows.

    Parameters
    ----------
    store : str
        Name of the store; empty until one is chosen.
    before, after : str
        Both lists of labels as typed, one label a line. A page that shows one set shows `before`.
    by : tuple of str
        Attributes to group by.
    where : mapping of str to tuple of str
        Attribute to the values of the images kept.
    rule : str
        What counts as misclassified.
    min_n : int
        Groups with fewer judged images are withheld.
    templates : tuple of str
        The prompt templates of both lists.
    flagged : tuple of str, optional
        The flagged categories of both lists; None means every category that is typed.
    cluster : str
        The attribute by which images hang together; empty where each counts by itself.
    together : bool
        Whether the intervals of all groups are to hold together.
    """

    model_config = ConfigDict(frozen=True)

    store: str = ""
    before: str = ""
    after: str = ""
    by: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = {}
    rule: str = "misclassified"
    min_n: Annotated[int, Field(ge=1, le=1_000_000)] = 30
    templates: tuple[str, ...] = DEFAULT_TEMPLATES
    flagged: tuple[str, ...] | None = None
    cluster: str = ""
    together: bool = False

    def change(self, **fields: Any) -> "Question":
        """Return a question with some fields changed.

        Raises
        ------
        QueryError
            If a field cannot hold what was sent for it, as no page of ours would send it.
        """
        try:
            return Question(**(dict(self) | fields))
        except ValidationError as error:
            named = " and ".join(dict.fromkeys(f'"{fault["loc"][0]}"' for fault in error.errors()))
            raise QueryError(f"The page sent something for {named} that it does not hold. Reload it.") from error
