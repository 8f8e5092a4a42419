"""Asking for a class: new, or changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from core.errors import RollcallError
from core.office.classes import ClassCard
from gui.dialogs.ask import AskDialog
from gui.opening import Use
from gui.texts import _, told
from gui.widgets.form import not_empty

if TYPE_CHECKING:
    from gui.application import Application


def names_in(text: str) -> list[str]:
    """The teachers that were typed, with commas between, each once."""
    return list(dict.fromkeys(name for one in text.split(",") if (name := " ".join(one.split()))))


class ClassDialog(AskDialog):
    """Stays open until core took what was typed."""

    def __init__(
        self,
        app: Application,
        title: str,
        save: Callable[[Use, dict[str, str]], ClassCard],
        done: Callable[[str], None],
    ) -> None:
        """save: runs in the background.  done: gets the code as it is then."""
        super().__init__(app, title, "", _("Save"), lambda _answers: None)
        self._save, self._done = save, done

    @classmethod
    def for_new(cls, app: Application, done: Callable[[str], None]) -> ClassDialog:
        """Ask for a new class."""
        dialog = cls(app, _("Add a class"), _add, done)
        dialog._load(None)
        return dialog

    @classmethod
    def for_class(cls, app: Application, card: ClassCard, done: Callable[[str], None]) -> ClassDialog:
        """Change one that is there."""
        code = card.school_class.code
        dialog = cls(app, _("Edit {code}").format(code=code), lambda use, given: _edit(use, code, given), done)
        dialog._load(card)
        return dialog

    def accept(self) -> None:
        """Save; what core has against it stands in the dialog, which stays."""
        if not self.form.check():
            return
        self.yes.configure(state="disabled")
        given = self.form.values()
        self.app.call(lambda use: self._save(use, given), self._saved, owner=self, failed=self._failed, saves=True)

    def _load(self, card: ClassCard | None) -> None:
        def work(use: Use) -> tuple[list[str], list[str]]:
            from core.office.rooms import list_rooms
            from core.office.teachers import list_teachers

            names = [one.teacher.name for one in list_teachers(use.store) if one.teacher.active]
            return names, [one.name for one in list_rooms(use.store)]

        self.app.call(work, lambda found: self._fill(card, *found), owner=self)

    def _fill(self, card: ClassCard | None, teachers: Sequence[str], rooms: Sequence[str]) -> None:
        school_class = card.school_class if card else None
        form = self.form
        first = form.add_text(
            "code", _("Code, like CS101"), value=school_class.code if school_class else "", check=not_empty
        )
        form.add_text("name", _("Name"), value=school_class.name if school_class else "", check=not_empty)
        known = _("Known: {names}").format(names=", ".join(teachers[:12])) if teachers else ""
        form.add_text(
            "teachers", _("Teachers, with commas between; the first stands first on the sheet"),
            value=", ".join(school_class.teachers) if school_class else "", hint=known,
        )  # fmt: skip
        choices = [("", _("No room")), *((name, name) for name in rooms)]
        form.add_choice("room", _("Room"), choices, value=(card.room or "") if card else "")
        self.open(first)

    def _saved(self, card: ClassCard) -> None:
        self.close()
        self._done(card.school_class.code)

    def _failed(self, problem: RollcallError) -> bool:
        self.yes.configure(state="normal")
        self.form.show_problem("code", told(problem))
        return True


def _add(use: Use, given: dict[str, str]) -> ClassCard:
    from core.office.classes import add_class

    return add_class(
        use.store, given["code"], given["name"], teachers=names_in(given["teachers"]), room=given["room"]
    )  # fmt: skip


def _edit(use: Use, code: str, given: dict[str, str]) -> ClassCard:
    from core.office.classes import edit_class

    return edit_class(
        use.store, code, new_code=given["code"], name=given["name"], teachers=names_in(given["teachers"]),
        room=given["room"],
    )  # fmt: skip
