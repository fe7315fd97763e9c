"""Every figure agrees with its known answer or independent source, on the real data where they are there."""

import importlib.util
import sys
from pathlib import Path

from worlds import SHARED, needs_shared

AGREEMENT = Path(__file__).parent.parent / "benchmarks" / "agreement.py"


def load_agreement():
    """The benchmarks are no package, and one of them is named like a library."""
    spec = importlib.util.spec_from_file_location("agreement", AGREEMENT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["agreement"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@needs_shared
def test_every_line_of_the_agreement_agrees(tmp_path):
    lines = list(load_agreement().compare_all(SHARED, tmp_path))
    assert len(lines) > 60
    assert [line for line in lines if not line.agrees] == []
