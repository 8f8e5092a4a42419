"""Fixtures shared by all tests: the home folder in tmp_path and the material for evaluation."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from core.engine import Engine, load_engine
from core.networks.prepare import prepare_networks
from core.paths import Home
from core.store.database import Store, open_store
from tests.cli_support import Cli

PROJECT = Path(__file__).resolve().parent.parent
SHARED = PROJECT.parent / "shared"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home of its own."""
    home = Home(tmp_path / "home")
    home.create()
    return home


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    """The empty store of an empty home."""
    with open_store(home) as store:
        yield store


@pytest.fixture
def db(store: Store) -> Iterator[Session]:
    """A transaction of the store."""
    with store.transaction() as db:
        yield db


@pytest.fixture
def cli(home: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line on an empty home, for what needs no networks."""
    return Cli(home, capsys)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real faces for evaluation; they lie beside the checkout of the developers and of CI, not at users."""
    if not (SHARED / "faces").is_dir():
        pytest.skip("the evaluation faces (../shared) are not on this computer")
    return SHARED


@pytest.fixture(scope="session")
def engine_home() -> Home:
    """The project's own networks, prepared once; only their folder is used."""
    home = Home(PROJECT)
    prepare_networks(home)
    return home


@pytest.fixture(scope="session")
def engine(engine_home: Home) -> Engine:
    """Detector and embedder, loaded once."""
    return load_engine(engine_home, 30)


@pytest.fixture
def ready(home: Home, engine_home: Home) -> Home:
    """An empty home whose networks are prepared."""
    shutil.copytree(engine_home.networks, home.networks)
    return home
