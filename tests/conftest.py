"""Fixtures shared by all tests: the home folder in tmp_path and the material for evaluation."""

from pathlib import Path

import pytest

from core.paths import Home

PROJECT = Path(__file__).resolve().parent.parent
SHARED = PROJECT.parent / "shared"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home of its own."""
    home = Home(tmp_path / "home")
    home.create()
    return home


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real faces for evaluation; they lie beside the checkout of the developers and of CI, not at users."""
    if not (SHARED / "faces").is_dir():
        pytest.skip("the evaluation faces (../shared) are not on this computer")
    return SHARED
