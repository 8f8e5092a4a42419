"""A student's stored faces, the worst of which can be deleted."""

from __future__ import annotations

import tkinter as tk
from typing import TYPE_CHECKING

from core.office.students import StudentCard
from gui.screens.student_parts.acts import tell
from gui.screens.student_parts.tab import Tab
from gui.texts import _, ngettext, told
from gui.widgets.small import EmptyState
from gui.widgets.stored_faces import StoredFaces

if TYPE_CHECKING:
    from core.face_gallery import FacesDeleted
    from gui.screens.student import Screen


class FacesTab(Tab):
    """The gallery, or what to do where there is no face."""

    def __init__(self, screen: Screen, parent: tk.Misc) -> None:
        super().__init__(screen, parent)
        self.gallery = StoredFaces(screen, self, self._deleted)
        self._nothing: EmptyState | None = None

    def show(self, card: StudentCard) -> None:
        if self._nothing is not None:
            self._nothing.destroy()
            self._nothing = None
        if card.samples:
            self.gallery.pack(fill="both", expand=True)
            self.gallery.load(card.student)
            return
        self.gallery.pack_forget()
        if card.student.consent:
            sentence = _("At least five, on different days and from different sides, let a student be recognised well.")
            self._nothing = EmptyState(
                self, "person-bounding-box", _("No faces yet"), sentence, _("Import photos"),
                lambda: self.screen.app.open("import_photos"),
            )  # fmt: skip
        else:
            sentence = _("A face is stored only with a consent. Record it first.")
            self._nothing = EmptyState(self, "person-bounding-box", _("No faces"), sentence)
        self._nothing.pack()

    def _deleted(self, result: FacesDeleted) -> None:
        words = ngettext("{} face was deleted.", "{} faces were deleted.", result.gone).format(result.gone)
        tell(self.screen.app, " ".join((words, *map(told, result.notes))))
        self.screen.reload()
