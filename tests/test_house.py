"""The house as a whole: budgets, what a page may do, what an import costs, the public door."""

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import clipdash

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "clipdash").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def body_length(function):
    """Lines of a function without its docstring."""
    documented = ast.get_docstring(function) is not None
    start = function.body[0].end_lineno if documented else function.body[0].lineno - 1
    return function.end_lineno - start


def functions(path):
    return [node for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_within_its_budget(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_functions_are_within_their_budget():
    lengths = {f"{path.name}:{f.name}": body_length(f) for path in MODULES for f in functions(path)}
    assert {name: n for name, n in lengths.items() if n > 50} == {}
    assert statistics.median(lengths.values()) <= 10
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= 30


def test_no_cache_of_streamlits_runs_out():
    """An entry that runs out between being found and being read raises KeyError there, in one run of a great many."""
    kept = [
        keyword.arg
        for path in MODULES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("st.cache_")
        for keyword in node.keywords
    ]
    assert "max_entries" in kept
    assert "ttl" not in kept


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_page_only_places_words_and_results(path):
    tree = parse(path)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 80
    forbidden = (ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.BinOp, ast.AugAssign)
    assert [type(node).__name__ for node in ast.walk(tree) if isinstance(node, forbidden)] == []
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= {"streamlit", "clipdash"}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not attributes & {"session_state", "query_params", "open", "read_text"}


def test_there_are_pages_to_test():
    assert len(PAGES) >= 4


def test_importing_the_package_or_the_command_line_loads_nothing_heavy():
    heavy = "{'torch', 'open_clip', 'streamlit', 'plotly', 'pandas', 'faiss', 'numpy', 'sklearn'}"
    code = f"import sys, clipdash, clipdash.__main__; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_public_door_is_sorted_complete_and_documented():
    names = [name for name in clipdash.__all__ if name != "__version__"]
    assert clipdash.__all__ == sorted(clipdash.__all__)
    assert sorted(names) == sorted(name for room in clipdash._ROOMS.values() for name in room)
    for name in names:
        value = getattr(clipdash, name)
        assert value.__doc__, name
        assert value.__module__.startswith("clipdash."), name


def test_public_door_names_what_is_not_there():
    with pytest.raises(AttributeError, match="no attribute 'shfit'"):
        clipdash.shfit  # noqa: B018
    assert dir(clipdash) == clipdash.__all__
