"""Fixtures shared by all tests: the home folder in tmp_path and the material for evaluation."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from sqlalchemy.orm import Session

from core import clock
from core.engine import Engine, load_engine
from core.networks.prepare import MANIFEST, prepare_networks
from core.networks.runtime import Network, load_network
from core.paths import Home
from core.store import schema
from core.store.database import Store, open_store
from core.vision import embedder, mtcnn
from core.vision.feed import OPEN_S, LiveOptions
from tests.cli_support import Cli

# Tests must not put keys into the keyring of whoever runs them; the programs they start inherit this.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
# The same examples each time, however long a busy computer takes over them.
settings.register_profile(
    "same",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("same")
# Else they hold numbers and words of whatever modules of ours the tests before have loaded.
_NO_CONSTANTS = providers.Constants()
providers._get_local_constants = lambda: _NO_CONSTANTS
PROJECT = Path(__file__).resolve().parent.parent
SHARED = PROJECT.parent / "shared"


_build = schema._build


@pytest.fixture(scope="session", autouse=True)
def _new_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """New databases are copies of the first one: building it takes longer than most tests."""
    first = tmp_path_factory.mktemp("database") / "empty.db"

    def copy(path: Path) -> None:
        if not first.exists():
            _build(first)
        shutil.copyfile(first, path)

    schema._build = copy
    yield
    schema._build = _build


@pytest.fixture
def built_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    """New databases are built as for a user; for tests of just that."""
    monkeypatch.setattr(schema, "_build", _build)


@pytest.fixture(scope="session", autouse=True)
def _networks_once() -> Iterator[None]:
    """A network is checked and compiled once for all copies of its files; a file that was touched is no copy."""
    known: dict[object, Network] = {}

    def load(home: Home, name: str, **how: object) -> Network:
        files = [home.networks / one for one in (MANIFEST, f"{name}.xml", f"{name}.bin")]
        if not all(one.is_file() for one in files):
            return load_network(home, name, **how)  # type: ignore[arg-type]
        stamps = [(one.stat().st_size, one.stat().st_mtime_ns) for one in files]
        key = (name, *stamps, *sorted(how.items()))
        if key not in known:
            known[key] = load_network(home, name, **how)  # type: ignore[arg-type]
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        for user in (mtcnn, embedder):
            patch.setattr(user, "load_network", load)
        yield


@pytest.fixture(scope="session", autouse=True)
def _patient_with_cameras() -> Iterator[None]:
    """The process of a camera may take long to begin on a busy computer, which is no trouble of the camera."""
    begin: Any = LiveOptions.__init__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(begin, "__defaults__", tuple(120.0 if one == OPEN_S else one for one in begin.__defaults__))
        yield


@pytest.fixture
def own_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each network is checked and compiled as for a user; for tests of just that."""
    for user in (mtcnn, embedder):
        monkeypatch.setattr(user, "load_network", load_network)


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
def noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Noon of this day, aware UTC, at which the clock stands: for tests in which no midnight may come between."""
    moment = clock.local(clock.now(), None).replace(hour=12, minute=0, second=0).astimezone(UTC)
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment


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
