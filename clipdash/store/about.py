"""The file that says what a store is: title, licence, source, notice, and how its attributes came about."""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clipdash.errors import BuildError, suggest
from clipdash.store.manifest import Depicts, describe_invalid


class AttributeAbout(BaseModel):
    """What the metadata itself does not say of an attribute: the order of its values, and how they were derived."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: tuple[str, ...] | None = None
    derived: str | None = None


class About(BaseModel):
    """What the manifest of a store says besides what can be counted.

    Parameters
    ----------
    title : str, optional
        For the reader; the name of the store by default.
    licence, source, notice : str, optional
        Of the images: the licence, where they are from, and the attribution to show with them.
    depicts : {"people", "drawings", "objects"}, optional
        What the pictures show: photographs of people, drawings, or things alone. Where it is not said, the app takes it
        that people are shown.
    cluster : str, optional
        The attribute that names which images are not independent of each other (a person, a drawing).
    attributes : dict of str to AttributeAbout
        By the name of the attribute.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[str, Field(min_length=1)] | None = None
    licence: str | None = None
    source: str | None = None
    notice: str | None = None
    depicts: Depicts | None = None
    cluster: str | None = None
    attributes: dict[str, AttributeAbout] = {}


def read_about(path: Path) -> About:
    """Read an about file.

    ::

        title = "People at work"
        licence = "CC BY 4.0"
        source = "https://..."
        notice = "Pictures by ..."
        depicts = "people"
        cluster = "person"
        [attributes.age]
        order = ["child", "adult", "older adult"]
        derived = "As annotated by ..."

    Raises
    ------
    BuildError
        The file cannot be read, is not TOML, or holds something unknown.
    """
    try:
        return About.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BuildError(f"The about file {path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise BuildError(f"{path} is not UTF-8 text. Save it again with the encoding UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise BuildError(f"{path} is not TOML: {error}.") from None
    except ValidationError as error:
        raise BuildError(f"{path}: {_describe(error)}") from None


def _describe(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    if first["type"] != "extra_forbidden":
        return f"{describe_invalid(error)}."
    known = AttributeAbout.model_fields if len(first["loc"]) > 1 else About.model_fields
    return f'the key "{".".join(map(str, first["loc"]))}" is unknown. {suggest(str(first["loc"][-1]), known)}'
