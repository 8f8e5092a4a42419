"""How long what is kept, what is due, and copies of the database."""

from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import backups, clock, retention
from core.store.copies import Copy
from gui.texts import N_, _, moment_text, ngettext, number_text
from gui.widgets.pages import Field, FieldsPage, Page, ask_word
from gui.widgets.small import EmptyState
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from core.retention import Kept, Swept
    from gui.application import Application
    from gui.opening import Use

_WHY = {"daily": N_("every day"), "by-hand": N_("by hand"), "before-restore": N_("before a copy was put back")}


def due_text(count: int) -> str:
    """How much is due, in words."""
    return (
        ngettext("{} is due now.", "{} are due now.", count).format(number_text(count))
        if count
        else _("Nothing is due.")
    )


class RetentionPage(FieldsPage):
    """Each period with what is due by it."""

    title = N_("How long data is kept")
    icon = "hourglass-split"
    fields = (
        Field("sample_days_after_leaving", N_("Faces after a student left, days"), "whole", N_("0: never erased.")),
        Field("thumbnail_days", N_("Pictures of faces in lessons, days"), "whole", N_("0: for good.")),
        Field("unknown_faces_days", N_("Pictures of unknown faces, days"), "whole", N_("0: never stored.")),
        Field("selfie_days", N_("Selfies that a teacher decides about, days"), "whole"),
        Field("passage_picture_days", N_("Pictures of who passed a camera, days"), "whole", N_("0: for good.")),
        Field("mark_days", N_("Lessons with their marks, days"), "whole", N_("0: for good.")),
        Field("video_days", N_("Videos with names in them, days"), "whole", N_("0: for good.")),
        Field("backup_days", N_("Copies of the database, days"), "whole"),
        Field("audit_days", N_("Rows of the audit, days"), "whole", N_("0: for good; else at least 90.")),
    )  # fmt: skip

    def show(self) -> None:
        if not self.is_changed:
            self.call(lambda use: retention.show(use.store, use.settings), self._found)

    def add_actions(self) -> None:
        self.add_buttons([(_("Save"), self.save, "primary"), (_("Erase what is due"), self._ask, "danger")])

    def _found(self, kept: "tuple[Kept, ...]") -> None:
        self.fill(self.app.settings, {one.name: due_text(one.due) for one in kept if one.name})

    def _ask(self) -> None:
        sentence = _("What is older than the saved periods is erased for good. Rollcall does it by itself every day.")
        ask_word(self.app, _("Erase what is due"), sentence, _("erase"), _("Erase"), self._sweep)

    def _sweep(self) -> None:
        self.app.wait_for(
            _("Erasing what is due"), lambda use: retention.sweep(use.store, use.settings), self._swept, owner=self
        )

    def _swept(self, done: "Swept") -> None:
        told = " ".join((done.in_words or _("Nothing was due."), *done.notes))
        if self.app.shell is not None:
            self.app.shell.status.tell(told)
        self.show()


class BackupsPage(Page):
    """Made, listed, put back."""

    title = N_("Backups")
    action = "data.backup"
    icon = "archive"

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.buttons = self.add_buttons([
            (_("Back up now"), self._back_up, "primary"), (_("Put back"), self._ask, "danger")
        ])  # fmt: skip
        columns = (
            Column[Copy](_("Made"), self._made, 220, order=lambda one: one.made_at, stretch=True),
            Column[Copy](_("Why"), lambda one: _(_WHY.get(one.why, one.why)), 220, stretch=True),
            Column[Copy](_("Size in MB"), lambda one: number_text(round(one.size / 1e6, 1)), 100,
                         order=lambda one: one.size, align="end"),
        )  # fmt: skip
        self.table = Table(self, columns, lambda one: one.path.name, on_select=self._selected, search=False)
        self.table.pack(fill="both", expand=True)
        self.table.show_when_empty(EmptyState(
            self.table.tree, "archive", _("No copy yet"), _("One is made every day, and now with the button above.")
        ))  # fmt: skip
        self._selected(None)

    def show(self) -> None:
        self.call(lambda use: backups.list_copies(use.store), self.table.set_rows)

    def _made(self, one: Copy) -> str:
        return moment_text(one.made_at, clock.school_zone(self.app.settings))

    def _selected(self, one: Copy | None) -> None:
        self.buttons[1].configure(state="normal" if one else "disabled")

    def _back_up(self) -> None:
        self.call(lambda use: backups.back_up(use.store), lambda _copy: self.show(), saves=True, title=_("Copying"))

    def _ask(self) -> None:
        for one in self.table.selected():
            sentence = _(
                "The database becomes what it was on {when}. What came later is kept as another copy, but is gone "
                "from the window. Everybody logs in again."
            ).format(when=self._made(one))
            ask_word(self.app, _("Put a copy back"), sentence, _("restore"), _("Put back"), partial(self._restore, one))

    def _restore(self, one: Copy) -> None:
        def work(use: "Use") -> backups.Restored:
            from core.locks import home_lock

            with home_lock(use.home, "putting a copy back"):
                return backups.restore(use.home, one.path)

        self.app.wait_for(_("Putting the copy back"), work, lambda _done: self._restored(), owner=self)

    def _restored(self) -> None:
        # Whoever is logged in may not be in the copy, nor what is worked on: all begins anew.
        for task in self.app.background.running:
            task.cancel()
        self.app.log_out()
        self.app.restart()
