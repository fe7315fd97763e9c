"""What is not given: a status, and one plain sentence that names nothing of the machine."""

from starlette.responses import PlainTextResponse, Response

from clipdash.errors import ClipdashError

__all__ = ["Refusal"]


class Refusal(ClipdashError):  # noqa: N818  nobody made an error
    """A request that is not answered as it asked.

    Parameters
    ----------
    status : int
        Of HTTP.
    sentence : str
        For whoever asked, and so without a path, a traceback or anything that they sent.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence

    def answer(self) -> Response:
        """Return the refusal as an answer, which nobody keeps."""
        return PlainTextResponse(f"{self.sentence}\n", status_code=self.status, headers={"Cache-Control": "no-store"})
