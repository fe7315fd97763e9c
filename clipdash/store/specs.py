"""What is behind a variant besides an encoder: a table of scores, an approximate index."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """What the typed files of a store have in common: nothing unknown in them, and nothing changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)


class ScoresSpec(Model):
    """Identity of a table of scores.

    Parameters
    ----------
    kind : {"scores"}
        What the spec is of.
    reference : str
        Name of the file that it was read from.
    labels : tuple of str
        The labels that have a score.
    sha256 : str
        Checksum of labels and scores, in hexadecimal.
    """

    kind: Literal["scores"] = "scores"
    reference: str
    labels: Annotated[tuple[str, ...], Field(min_length=1)]
    sha256: str

    @property
    def digest(self) -> str:
        """Checksum of everything that a prediction depends on."""
        return self.sha256


class SearchSpec(Model):
    """An approximate index of a variant, which proposes images to a search.

    Parameters
    ----------
    factory : str
        FAISS's name of it, such as ``"HNSW32"``.
    recall : float
        Share of the 10 nearest images that it finds, measured when it was built with images of the store as queries.
    queries : int
        How many queries that was measured with.
    """

    factory: str
    recall: Annotated[float, Field(ge=0, le=1)]
    queries: Annotated[int, Field(ge=1)]
