"""Asking for a student: new, or changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from core.errors import InputError, RollcallError
from core.records import Student
from gui.dialogs.ask import AskDialog
from gui.opening import Use
from gui.texts import _, told
from gui.widgets.form import not_empty

if TYPE_CHECKING:
    from gui.application import Application


def mail_check(value: str) -> str | None:
    """For one address, or none."""
    from core.store.addresses import clean_email

    try:
        if value.strip():
            clean_email(value)
    except InputError as problem:
        return told(problem)
    return None


def mails_check(value: str) -> str | None:
    """For several addresses with commas between, or none."""
    from core.store.addresses import clean_emails

    try:
        if value.strip():
            clean_emails(value)
    except InputError as problem:
        return told(problem)
    return None


class StudentDialog(AskDialog):
    """Stays open until core took what was typed."""

    def __init__(
        self, app: Application, title: str, save: Callable[[Use, dict[str, str]], Student], done: Callable[[str], None]
    ) -> None:
        """save: runs in the background.  done: gets the roll number as it is then."""
        super().__init__(app, title, "", _("Save"), lambda _answers: None)
        self._save, self._done = save, done

    @classmethod
    def for_new(cls, app: Application, codes: Sequence[str], chosen: str, done: Callable[[str], None]) -> StudentDialog:
        """codes: of the classes to choose from; chosen: the one that is proposed, "" for none."""
        dialog = cls(app, _("Add a student"), _add, done)
        dialog._add_fields(None)
        choices = [("", _("No class yet")), *((code, code) for code in codes)]
        dialog.form.add_choice("class", _("Class"), choices, value=chosen if chosen in codes else "")
        dialog.open(dialog.first)
        return dialog

    @classmethod
    def for_student(cls, app: Application, student: Student, done: Callable[[str], None]) -> StudentDialog:
        """Change one who is there."""
        dialog = cls(
            app, _("Edit {roll}").format(roll=student.roll), lambda use, given: _edit(use, student, given), done
        )
        dialog._add_fields(student)
        dialog.open(dialog.first)
        return dialog

    def accept(self) -> None:
        """Save; what core has against it stands in the dialog, which stays."""
        if not self.form.check():
            return
        self.yes.configure(state="disabled")
        given = self.form.values()
        self.app.call(lambda use: self._save(use, given), self._saved, owner=self, failed=self._failed, saves=True)

    def _saved(self, student: Student) -> None:
        self.close()
        self._done(student.roll)

    def _failed(self, problem: RollcallError) -> bool:
        self.yes.configure(state="normal")
        self.form.show_problem("roll", told(problem))
        return True

    def _add_fields(self, student: Student | None) -> None:
        self.first = self.form.add_text(
            "roll", _("Roll number"), value=student.roll if student else "", check=not_empty
        )
        self.form.add_text("name", _("Full name"), value=student.name if student else "", check=not_empty)
        self.form.add_text(
            "email", _("E-mail (may be empty)"), value=(student.email or "") if student else "", check=mail_check
        )
        self.form.add_text(
            "parents_email",
            _("E-mail of the parents (may be empty; several with commas between)"),
            value=(student.parents_email or "") if student else "",
            check=mails_check,
        )


def _add(use: Use, given: dict[str, str]) -> Student:
    from core.office.students import add_student

    codes = [given["class"]] if given["class"] else []
    return add_student(
        use.store, given["roll"], given["name"], codes,
        email=given["email"].strip() or None, parents_email=given["parents_email"].strip() or None,
    ).student  # fmt: skip


def _edit(use: Use, student: Student, given: dict[str, str]) -> Student:
    from core.office.students import edit_student

    return edit_student(
        use.store, student.roll, new_roll=given["roll"], name=given["name"],
        email=given["email"].strip(), parents_email=given["parents_email"].strip(),
    )  # fmt: skip
