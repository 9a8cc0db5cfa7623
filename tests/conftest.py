"""What every test may use: settled hypothesis profiles, the folder of data sets, and skips without an accelerator."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# Runs in tests, those in processes of their own too, know nothing of what was measured for this machine.
os.environ["GRAPHGROW_CALIBRATION"] = ""

# The default draws the same examples on every machine; HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs an accelerator where there is none; torch is loaded only if such a test was collected."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="no accelerator on this machine"))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of data sets: $GRAPHGROW_DATA, else shared/data beside the clone, else the test is skipped."""
    chosen = os.environ.get("GRAPHGROW_DATA")
    folder = Path(chosen).expanduser() if chosen else ROOT.parent / "shared" / "data"
    if folder.is_dir():
        return folder
    if chosen:
        pytest.fail(f"$GRAPHGROW_DATA: expected a folder, got {folder}: create it or unset the variable")
    pytest.skip("no data sets: set GRAPHGROW_DATA to a folder that holds them")
