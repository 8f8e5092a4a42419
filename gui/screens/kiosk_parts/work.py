"""What the kiosk has done in the background."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING

from core import clock
from core.errors import NotFoundError, RollcallError
from core.store.rooms import IN_ROOM
from gui.networks import load_networks
from gui.texts import _, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from core.settings import Settings
    from core.watching import WatchEvent, WatchRequest
    from gui.opening import Use


@dataclass(frozen=True, slots=True)
class Choices:
    """What a kiosk can be started with.

    cameras: name and how it is opened, those of the rooms first; classes: code and words.
    """

    cameras: tuple[tuple[str, str], ...]
    classes: tuple[tuple[str, str], ...]
    needs_pin: bool


def load_choices(use: Use) -> Choices:
    """The cameras of this computer and of the rooms, and the classes that who acts may see."""
    from core.errors import AccessError
    from core.kiosk import door_rooms, needs_pin
    from core.office.classes import list_classes
    from gui.widgets.camera import found_cameras

    try:
        classes = tuple(
            (one.school_class.code, f"{one.school_class.code}  {one.school_class.name}"[:60])
            for one in list_classes(use.store)
        )
    except AccessError:
        classes = ()  # The account of a kiosk sees no class; it watches for all.
    rooms = [(_("Room {name}").format(name=name[:60]), f"{IN_ROOM}{name}") for name in door_rooms(use.store)]
    here = [(one.name, one.spec) for one in found_cameras()]
    return Choices((*rooms, *here), classes, needs_pin(use.store))


def watch_door(
    use: Use, request: WatchRequest, recognised: Callable[[str, datetime], None], lost: Callable[[bool], None]
) -> None:
    """Watch until the task is cancelled.

    recognised: called in this thread with a name, once it is saved; lost: with whether the camera sends no pictures.
    """
    from core.watching import watch

    def tell(event: WatchEvent) -> None:
        if event.kept is not None:
            recognised(event.kept.student.name, event.at)
        elif event.lost is not None:
            lost(event.lost)

    watch(use.store, load_networks(use), use.settings, request, tell, stop=use.task.cancelled)


def ask_teacher(use: Use, request: WatchRequest, roll: str) -> int:
    """In how many lessons the teacher is asked."""
    from core.kiosk import TypedRoll, ask_teacher

    return ask_teacher(use.store, use.settings, use.actor, TypedRoll(roll, request.source, request.class_code))


def prove_pin(use: Use, pin: str) -> None:
    """Raises LoginError for a wrong one."""
    from core.kiosk import prove_pin

    prove_pin(use.store, pin)


def plain(problem: RollcallError) -> str:
    """What a passer-by is told: never what is stored of others."""
    return _("Nobody has this number. Please look once more.") if isinstance(problem, NotFoundError) else told(problem)


def zone_of(settings: Settings) -> tzinfo | None:
    """The school's zone."""
    return clock.school_zone(settings)
