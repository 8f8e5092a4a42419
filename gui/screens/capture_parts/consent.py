"""Recording a consent on the spot, because without one no face is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.records import Student
from gui.dialogs.ask import AskDialog
from gui.texts import _, told
from gui.widgets.form import not_empty

if TYPE_CHECKING:
    from gui.screen import BaseScreen


class ConsentDialog(AskDialog):
    """Asks what was signed, and by whom; ``then`` is called once it is recorded."""

    def __init__(self, screen: BaseScreen, student: Student, then: Callable[[], None]) -> None:
        sentence = _("No consent of {who} is recorded yet, and without one no face is taken.")
        who = f"{student.roll} {student.name}"[:80]
        super().__init__(
            screen.app, _("Record the consent"), sentence.format(who=who), _("Record and go on"), lambda _given: None
        )
        self._screen, self._roll, self._recorded = screen, student.roll, then
        text = _("What was signed, like “paper form, folder 3”")
        self.text = self.form.add_text("text", text, value=_("paper form"), check=not_empty)
        self.form.add_text("version", _("Version of the form, if it has one"))
        self.form.add_text("guardian", _("Name of the guardian who signed"))
        self.form.add_switch("of_age", _("The student is of age and signed"))
        self.open(self.text)

    def accept(self) -> None:
        """Record it; what is wrong stands in the dialog, which stays."""
        if not self.form.check():
            return
        given, roll = self.form.values(), self._roll

        def work(use: object) -> None:
            from core.consent import ConsentDraft, give

            draft = ConsentDraft(
                given["text"],
                version=given["version"] or None,
                guardian=given["guardian"] or None,
                of_age=given["of_age"] == "1",
            )
            give(use.store, roll, draft)  # type: ignore[attr-defined]

        self._screen.app.call(work, lambda _none: self._done(), owner=self, failed=self._wrong, saves=True)

    def _done(self) -> None:
        self.close()
        self._recorded()

    def _wrong(self, problem: Exception) -> bool:
        self.form.show_problem("guardian", told(problem))
        return True
