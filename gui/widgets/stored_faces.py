"""The stored faces of one student: loaded, shown as a gallery, cleaned up; for every screen that shows them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.records import Student
from gui.dialogs.delete_faces import ask_to_delete
from gui.opening import Use
from gui.texts import _, day_text, percent_text
from gui.widgets.gallery import Gallery, GalleryItem

if TYPE_CHECKING:
    from core.face_gallery import FacesDeleted, StoredFace
    from gui.screen import BaseScreen

GOOD, POOR = 0.7, 0.5
LONGEST_SOURCE = 60


def quality_text(quality: float) -> str:
    """How good a face is (0-1): a letter and a word."""
    if quality >= GOOD:
        return _("A  good")
    return _("B  fair") if quality >= POOR else _("C  poor")


def item(face: StoredFace) -> GalleryItem:
    """A stored face in the gallery."""
    words = _("Quality {quality}  ·  {pixels} pixels  ·  {source}  ·  {day}").format(
        # Whole percents: more of them would say more than is known.
        quality=percent_text(round(100 * face.quality)),
        pixels=round(face.face_px),
        source=face.source[:LONGEST_SOURCE],
        day=day_text(face.stored_at.date(), "medium"),
    )
    return GalleryItem(face.id, face.crop, quality_text(face.quality), words)


class StoredFaces(Gallery):
    """The gallery of a student; deleting asks first."""

    def __init__(
        self, screen: BaseScreen, parent: tk.Misc, deleted: Callable[[FacesDeleted], None], *, empty: str = ""
    ) -> None:
        """deleted: told what went; empty: the sentence while there is no face."""
        may = screen.may("faces.delete")
        super().__init__(
            parent,
            on_delete=self._ask if may else None,
            hint=_("Choose those that are blurred or show somebody else.") if may else "",
            empty=empty,
        )
        self._screen, self._deleted = screen, deleted
        self._student: Student | None = None

    def load(self, student: Student) -> None:
        """Show the faces of a student."""
        if self._student is None or self._student.id != student.id:
            self.set_items(())
        self._student = student

        def work(use: Use) -> list[GalleryItem]:
            from core.face_gallery import faces_of

            return [item(one) for one in faces_of(use.store, student.roll)]

        def fill(items: list[GalleryItem]) -> None:
            if self._student is student:
                self.set_items(items)

        self._screen.call(work, fill)

    def _ask(self, ids: list[int]) -> None:
        if self._student is not None:
            ask_to_delete(self._screen.app, self, self._student.roll, ids, self._deleted)
