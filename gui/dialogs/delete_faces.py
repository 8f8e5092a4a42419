"""Deleting stored faces: asked, done behind the progress dialog, and told."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gui.dialogs import ask
from gui.texts import _, ngettext

if TYPE_CHECKING:
    from core.face_gallery import FacesDeleted
    from gui.application import Application
    from gui.opening import Use


def ask_to_delete(
    app: Application, owner: tk.Misc, roll: str, ids: Sequence[int], done: Callable[[FacesDeleted], None]
) -> None:
    """Ask whether these faces of a student shall go; ``done`` is told what went."""
    sentence = ngettext(
        "{} face is deleted, and the classes learn without it.",
        "{} faces are deleted, and the classes learn without them.",
        len(ids),
    ).format(len(ids))

    def work(use: Use) -> FacesDeleted:
        from core.face_gallery import delete_faces
        from core.locks import home_lock
        from gui.networks import load_networks

        with home_lock(use.home, "deleting faces"):
            return delete_faces(use.store, roll, ids, lambda: load_networks(use))

    def delete() -> None:
        app.wait_for(_("Deleting faces"), work, done, owner=owner)

    ask.yes_no(app, sentence, delete, title=_("Delete faces"), yes=_("Delete"), danger=True)
