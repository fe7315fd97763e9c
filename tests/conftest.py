"""What every test shares: no network, logs and records in a temporary folder, unhurried property tests."""

import os

import pytest
from hypothesis import settings

os.environ["HF_HUB_OFFLINE"] = "1"
settings.register_profile("house", deadline=None, max_examples=50)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def log_folder(tmp_path_factory, monkeypatch):
    """Keep the log of faults and the records out of the user's home."""
    folder = tmp_path_factory.mktemp("logs")
    monkeypatch.setenv("CLIPDASH_LOGS", str(folder))
    monkeypatch.setenv("CLIPDASH_RECORDS", str(folder))
    return folder
