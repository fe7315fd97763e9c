"""Every figure here is held against plotly's own check of each property, which the app leaves out."""

import pytest
from plotly.basedatatypes import BaseFigure


@pytest.fixture(autouse=True)
def check_properties(monkeypatch):
    begin = BaseFigure.__init__

    def begin_checked(figure, *given, **named):
        begin(figure, *given, **{**named, "_validate": True})

    monkeypatch.setattr(BaseFigure, "__init__", begin_checked)
