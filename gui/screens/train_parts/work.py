"""What the page Train has done in the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui.networks import load_networks
from gui.texts import told

if TYPE_CHECKING:
    from core.accuracy import Accuracy
    from core.records import Image
    from core.training import TrainingResult
    from core.training_state import TrainingState
    from core.versions import Version
    from gui.opening import Use


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What is known of a class that was trained.

    accuracy, chart: None where nothing could be tested; obstacle: why, in a sentence.  comparison: sentences on the
    version in use against another one.
    """

    versions: tuple[Version, ...]
    comparison: tuple[str, ...]
    accuracy: Accuracy | None = None
    chart: Image | None = None
    obstacle: str = ""


def load_states(use: Use) -> tuple[TrainingState, ...]:
    """The classes and what changed."""
    from core.training_state import training_states

    return training_states(use.store)


def load_shown(use: Use, code: str) -> Shown:
    """The accuracy sheet with its chart, and the versions."""
    from core import clock
    from core.accuracy import check
    from core.errors import ClassifierError
    from core.networks.prepare import network_key
    from core.versions import comparison, list_versions

    key = network_key(use.home)
    _class, found = list_versions(use.store, code, key)
    versions, sentences = tuple(found), tuple(comparison(found))
    try:
        accuracy = check(use.store, code, key, use.progress, use.settings.caution)
    except ClassifierError as error:
        return Shown(versions, sentences, obstacle=told(error))
    use.task.check()
    from core.reports.accuracy_picture import accuracy_image  # Loads Matplotlib.

    return Shown(versions, sentences, accuracy, accuracy_image(accuracy, clock.school_zone(use.settings)))


def train_class(use: Use, code: str) -> TrainingResult:
    """Train it.  Raises BusyError while another long work goes on."""
    from core.locks import home_lock
    from core.training import train

    with home_lock(use.home, f"training {code}"):
        return train(use.store, load_networks(use), code, use.progress)


def choose_version(use: Use, code: str, run_id: int) -> None:
    """Mark with this version from now on."""
    from core.locks import home_lock
    from core.networks.prepare import read_manifest
    from core.versions import use_version

    with home_lock(use.home, "choosing a version"):
        use_version(use.store, code, run_id, read_manifest(use.home).embedding_key)
