"""A small study, built once for the tests of the top floor."""

import shutil
from pathlib import Path

import pytest

from cdisckit.build import build

INFUSION = Path(__file__).parents[1] / "data" / "infusion"


@pytest.fixture(scope="session")
def demo_raw(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "raw"
    shutil.copytree(INFUSION / "raw", folder)
    return folder


@pytest.fixture(scope="session")
def demo(demo_raw):
    return build(str(INFUSION), demo_raw, demo_raw.parent / "out")
