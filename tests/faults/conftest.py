"""Faults of the machine are tried on the made-up stores of the pages."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "pages"))
