"""What can be done with a student from the list and from the card: each asks first where it cannot be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tkinter import filedialog
from typing import TYPE_CHECKING

from core.records import Student
from gui.dialogs import ask
from gui.opening import Use
from gui.texts import _, ngettext, shortened, told
from gui.widgets.form import Check

if TYPE_CHECKING:
    from core.office.merging import Merged
    from core.store.people import Erased
    from gui.application import Application
    from gui.screen import BaseScreen


def typed_check(wanted: str) -> Check:
    """For a field into which exactly this must be typed, upper or lower case."""

    def check(value: str) -> str | None:
        if value.strip().casefold() == wanted.casefold():
            return None
        return _("Type {wanted} to confirm.").format(wanted=wanted)

    return check


def turn_active(screen: BaseScreen, student: Student, done: Callable[[], None]) -> None:
    """Say that somebody left, after asking; or at once that they are back."""

    def work(use: Use) -> Student:
        from core.office.students import set_active

        return set_active(use.store, student.roll, active=not student.active)

    def turn() -> None:
        screen.call(work, lambda _student: done(), saves=True)

    if not student.active:
        turn()
        return
    sentence = _("{who} will be neither recognised nor marked any more. Marks stay, and it can be undone.")
    ask.yes_no(screen.app, sentence.format(who=named(student)), turn, yes=_("Deactivate"))


def delete(screen: BaseScreen, student: Student, done: Callable[[], None]) -> None:
    """Erase somebody everywhere, once the roll number was typed."""

    def work(use: Use) -> tuple[Erased, tuple[str, ...]]:
        from core.erasure import erase_student
        from core.locks import home_lock

        with home_lock(use.home, "deleting a student"):
            return erase_student(use.store, student.roll)

    def erased(result: tuple[Erased, tuple[str, ...]]) -> None:
        gone, removed = result
        sentence = _("{who} is deleted, with {faces} and {marks}.").format(
            who=named(student),
            faces=ngettext("{} face", "{} faces", gone.samples).format(gone.samples),
            marks=ngettext("{} mark", "{} marks", gone.marks).format(gone.marks),
        )
        tell(screen.app, f"{sentence} {to_train_again(removed)}".rstrip())
        done()

    def start(_answers: dict[str, str]) -> None:
        screen.app.wait_for(_("Deleting {who}").format(who=named(student)), work, erased)

    sentence = _(
        "{who} is deleted with all faces, marks and mails, also from the classifiers and from older copies of the "
        "database. This cannot be undone. Sheets and videos that were written or sent before may still show them."
    )
    dialog = ask.AskDialog(
        screen.app, _("Delete a student"), sentence.format(who=named(student)), _("Delete"), start, danger=True
    )
    label = _("To confirm, type the roll number: {roll}").format(roll=student.roll)
    dialog.open(dialog.form.add_text("roll", label, check=typed_check(student.roll)))


def merge(screen: BaseScreen, students: Sequence[Student], done: Callable[[], None]) -> None:
    """Make one of two entries: of two that are chosen one stays; to a single one the other is asked for."""
    if len(students) == 2:
        choices = [(one.roll, named(one)) for one in students]
        other = {students[0].roll: students[1].roll, students[1].roll: students[0].roll}
        sentence = _("Both are one student. Which entry stays? It gets the faces, marks and classes of the other one.")
        ask.choice(
            screen.app, sentence, choices, lambda kept: _merge(screen, kept, other[kept], done), _("Merge two entries")
        )
    elif students:
        kept = students[0]
        sentence = _("{who} stays, and gets the faces, marks and classes of the other entry, which is deleted.")
        ask.text(
            screen.app, _("Roll number of the other entry"), lambda gone: _merge(screen, kept.roll, gone, done),
            title=_("Merge two entries"), sentence=sentence.format(who=named(kept)),
        )  # fmt: skip


def _merge(screen: BaseScreen, kept: str, gone: str, done: Callable[[], None]) -> None:
    def work(use: Use) -> Merged:
        from core.locks import home_lock
        from core.office.merging import merge_students
        from gui.networks import load_networks

        with home_lock(use.home, "merging two students"):
            return merge_students(use.store, use.settings, use.actor, kept, gone, lambda: load_networks(use))

    def begin() -> None:
        screen.app.wait_for(title, work, merged)

    def merged(made: Merged) -> None:
        sentence = _("{gone} is now {kept}, with {faces} more and {marks} more.").format(
            gone=named(made.gone),
            kept=named(made.student),
            faces=ngettext("{} face", "{} faces", made.samples).format(made.samples),
            marks=ngettext("{} mark", "{} marks", made.marks).format(made.marks),
        )
        tell(screen.app, " ".join((sentence, *map(told, made.notes))))
        done()

    title = _("Merging {gone} into {kept}").format(gone=gone, kept=kept)
    ask.yes_no(
        screen.app, _("{gone} is deleted when {kept} has everything of it. This cannot be undone.").format(
            gone=gone, kept=kept
        ), begin, yes=_("Merge"), danger=True,
    )  # fmt: skip


def export(screen: BaseScreen, student: Student) -> None:
    """Write everything that is stored about one student into an empty folder."""
    chosen = filedialog.askdirectory(
        parent=screen.app.root, title=_("An empty folder for everything about {roll}").format(roll=student.roll)
    )
    if chosen:
        export_to(screen, student, Path(chosen))


def export_to(screen: BaseScreen, student: Student, folder: Path) -> None:
    """The second half of :func:`export`."""

    def work(use: Use) -> tuple[int, int]:
        from core.person_export import export_person

        done = export_person(use.store, student.roll, folder)
        return done.rows, done.pictures

    def written(counts: tuple[int, int]) -> None:
        sentence = _(
            "{rows} rows and {pictures} pictures are in {folder}. It is not encrypted: hand it over, then delete it."
        )
        tell(screen.app, sentence.format(rows=counts[0], pictures=counts[1], folder=folder))

    screen.app.wait_for(_("Exporting {who}").format(who=named(student)), work, written, owner=screen)


def named(student: Student) -> str:
    """Roll number and name for a sentence; very long names are cut."""
    return f"{student.roll[:40]} {shortened(student.name, 60)}"


def to_train_again(codes: Sequence[str]) -> str:
    """What is left to do where the key of the faces was not there; nothing for no class."""
    words = _("The key of the faces is not there, so what was learned of {codes} is gone. With the key, train again.")
    return words.format(codes=", ".join(codes)) if codes else ""


def tell(app: Application, sentence: str) -> None:
    """What was done, in the status line."""
    if app.shell is not None:
        app.shell.status.tell(sentence)
