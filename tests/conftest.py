"""What every test shares: no network, logs and records in a temporary folder, unhurried property tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from clipdash.encoders import forget_texts

os.environ["HF_HUB_OFFLINE"] = "1"
# Two test processes, their servers and browsers share two processors: threads of numpy and torch would only wait for
# one another. Read where those libraries are loaded, which is later than this.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
settings.register_profile("house", deadline=None, max_examples=50)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def log_folder(tmp_path_factory, monkeypatch):
    """Keep the log of faults, the records and the texts that are known out of the user's home."""
    folder = tmp_path_factory.mktemp("logs")
    monkeypatch.setenv("CLIPDASH_LOGS", str(folder))
    monkeypatch.setenv("CLIPDASH_RECORDS", str(folder))
    forget_texts()
    return folder


@pytest.fixture(scope="session")
def local_ray():
    """A real Ray of two processors, whose processes import the clipdash under test; shared by all tests."""
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
    import ray

    path, tests = os.environ.get("PYTHONPATH", ""), Path(__file__).parent
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(tests.parent), str(tests), path]))
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        _node_ip_address="127.0.0.1",
        log_to_driver=False,
        logging_level="ERROR",
    )
    os.environ["PYTHONPATH"] = path
    yield ray
    ray.shutdown()
