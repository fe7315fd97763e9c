"""Pages run on a made-up store, and on an encoder that needs no weights."""

from functools import cache

import pytest
import stage
from streamlit.components.v2 import manifest_scanner

from clipdash import ui
from clipdash.ui import memory
from clipdash.ui.catalogue import forget_entries


@pytest.fixture(scope="session", autouse=True)
def components():
    """Look through the metadata of all installed packages for components once, where each page would do so anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session")
def made_stores(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores")
    stage.make_store(folder)
    stage.make_store(folder, name="second", images=120, title="Fewer people")
    broken = stage.make_store(folder, name="broken", images=40).path
    (broken / "people.parquet").write_bytes(b"damaged")
    return folder


@pytest.fixture(autouse=True)
def stores(made_stores, monkeypatch):
    """Stand the stores up where the app looks for them; results are kept under digests, so from test to test too."""
    monkeypatch.setenv("CLIPDASH_STORES", str(made_stores))
    monkeypatch.setattr("clipdash.ui.results.read_encoder", lambda reference: stage.StageEncoder())
    forget_entries()
    memory._kept.clear()  # what was noted of a result was noted in the records of another test
    return made_stores


@pytest.fixture
def results(monkeypatch):
    """Every result whose downloads a page offers, the last one last."""
    shown, offer = [], ui.offer_actions
    monkeypatch.setattr(ui, "offer_actions", lambda result: shown.append(result) or offer(result))
    return shown
