"""A work for engines, in a module that their processes can import."""

import os

from clipdash.errors import BuildError


class Squares:
    """A part is a number; some numbers end the process, or are refused."""

    def __init__(self, folder):
        self._folder = folder

    def __call__(self, number):
        if number < 0:
            raise BuildError("There are no negative squares.")
        if number == 13:
            os._exit(1)
        if number == 7 and not (self._folder / "died").exists():
            (self._folder / "died").touch()
            os._exit(1)
        return number * number
