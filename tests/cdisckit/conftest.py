"""One demo study, simulated and built once for the tests of the top floor."""

from pathlib import Path

import pytest

from cdisckit.build import build
from studies.bat4706_bat1308.synthetic import simulate


@pytest.fixture(scope="session")
def demo_raw(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "raw"
    simulate(folder)
    return folder


@pytest.fixture(scope="session")
def demo(demo_raw):
    return build("bat4706_bat1308", demo_raw, demo_raw.parent / "out")
