"""What the first pages of the demonstration store import, in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = """
import sys
from streamlit.testing.v1 import AppTest
from clipdash.ui import warm_up

def open_page(name=None):
    app = AppTest.from_file("clipdash/ui/frame.py", default_timeout=120).run()
    if name:
        app.switch_page(f"../../pages/{name}.py").run()
    assert not app.exception, app.exception
    return app

warm_up()
open_page()
app = open_page("shift")
print(len(app.get("plotly_chart")), sorted({"torch", "open_clip"} & set(sys.modules)))
"""


def test_the_first_pages_import_no_torch():
    """They show presets, whose prompts the store brings along."""
    environ = {name: value for name, value in os.environ.items() if name != "CLIPDASH_STORES"}
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    charts, imported = done.stdout.split(maxsplit=1)
    assert int(charts) >= 3
    assert imported.strip() == "[]"
