"""Asking for a recording, a folder of photos or the address of a camera."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog
from typing import TYPE_CHECKING

from gui.dialogs import ask
from gui.texts import _

if TYPE_CHECKING:
    from gui.application import Application

Take = Callable[[str, str], None]
"""Gets the source as core opens it, and what it is called where people look: no folders, no passwords."""


def ways_to_ask(app: Application, take: Take) -> list[tuple[str, Callable[[], None]]]:
    """The last lines of a list of sources: a title, and what asks; ``take`` is called once something was answered."""
    return [
        (_("Video file …"), lambda: _ask_video(app, take)),
        (_("Photos in a folder …"), lambda: _ask_folder(app, take)),
        (_("Network camera …"), lambda: _ask_address(app, take)),
    ]


def address_check(value: str) -> str | None:
    """For the address of a network camera."""
    from core.vision.sources import ADDRESS

    return None if ADDRESS.match(value.strip()) else _("An address begins with rtsp:// or http://.")


def _ask_video(app: Application, take: Take) -> None:
    from core.vision.sources import VIDEO_SUFFIXES

    kinds = [(_("Videos"), " ".join(f"*{one}" for one in sorted(VIDEO_SUFFIXES))), (_("All files"), "*")]
    _take_path(filedialog.askopenfilename(parent=app.root, title=_("Video file"), filetypes=kinds), take)


def _ask_folder(app: Application, take: Take) -> None:
    _take_path(filedialog.askdirectory(parent=app.root, title=_("Photos in a folder")), take)


def _take_path(path: str, take: Take) -> None:
    if path:
        take(path, Path(path).name)


def _ask_address(app: Application, take: Take) -> None:
    def answered(given: str) -> None:
        from core.vision.sources import masked

        take(given.strip(), masked(given.strip()))

    label = _("Address of the camera, like rtsp://192.168.1.20/stream")
    ask.text(app, label, answered, check=address_check)
