"""A student's consent: how it stands, its history, and giving, refusing, withdrawing."""

from __future__ import annotations

from collections.abc import Callable

import ttkbootstrap as ttk

from core import clock
from core.consent import ConsentDraft, ConsentRecord, ConsentState
from core.errors import RollcallError
from core.office.students import StudentCard
from core.records import Student
from gui.dialogs import ask
from gui.opening import Use
from gui.screens.student_parts.acts import named, tell, to_train_again
from gui.screens.student_parts.tab import Tab
from gui.texts import _, anchor, day_text, ngettext, start, told
from gui.theme import pixels
from gui.widgets.days import optional_day
from gui.widgets.form import not_empty


def guardian_problem(guardian: str, *, of_age: bool, guardian_signs: bool) -> str | None:
    """What is wrong with who signs."""
    if guardian.strip() and of_age:
        return _("A student who is of age has no guardian who signs. Give only one of the two.")
    if guardian_signs and not guardian.strip() and not of_age:
        return _("In this school a guardian signs. Name them, or say that the student is of age.")
    return None


def record_text(record: ConsentRecord, day: Callable[[object], str]) -> str:
    """One record in a line; day: an aware moment as a day."""
    if record.kind != "given":
        words = _("Refused on {day}: {text}").format(day=day(record.at), text=record.text)
    else:
        words = _("Given on {day}: {text}").format(day=day(record.at), text=record.text)
    signed = record.guardian or record.given_by
    parts = [
        words,
        _("version {version}").format(version=record.version) if record.version else "",
        _("signed by {name}").format(name=signed) if signed else "",
        _("recorded by {name}").format(name=record.recorded_by),
        _("withdrawn on {day}").format(day=day(record.withdrawn_at)) if record.withdrawn_at else "",
    ]
    return "  ·  ".join(filter(None, parts))


class ConsentTab(Tab):
    """The state large, the acts beside it, the history below."""

    def show(self, card: StudentCard) -> None:
        def work(use: Use) -> ConsentState:
            from core.consent import history

            return history(use.store, card.student.roll)

        self.screen.call(work, lambda found: self._fill(found) if self.is_about(card) else None)

    def _fill(self, found: ConsentState) -> None:
        for old in self.inside.winfo_children():
            old.destroy()
        student = found.student
        box = ttk.Frame(self.inside, style="Card.TFrame", padding=pixels(self, 16))
        box.pack(fill="x")
        title, sentence = state_words(found)
        ttk.Label(box, text=title, style="CardTitle.TLabel").pack(anchor=anchor())
        ttk.Label(
            box, text=sentence, style="CardMuted.TLabel", wraplength=pixels(self, 760), justify=start()
        ).pack(anchor=anchor(), pady=(pixels(self, 4), 0))  # fmt: skip
        self._add_acts(student, bool(found.records and found.records[0].stands))
        ttk.Label(self.inside, text=_("History"), style="Title.TLabel").pack(anchor=anchor(), pady=pixels(self, 8))
        if not found.records:
            ttk.Label(self.inside, text=_("Nothing is recorded yet."), style="Muted.TLabel").pack(anchor=anchor())
        for record in found.records:
            text = record_text(record, self._day)
            line = ttk.Label(self.inside, text=text, wraplength=pixels(self, 820), justify=start())
            line.pack(anchor=anchor(), pady=pixels(self, 3))

    def _add_acts(self, student: Student, stands: bool) -> None:
        line = ttk.Frame(self.inside)
        line.pack(fill="x", pady=pixels(self, 12))
        if self.screen.may("consent.record"):
            text = _("Record a new consent") if stands else _("Record a consent")
            look = "neutral" if stands else "primary"
            give = ttk.Button(line, text=text, bootstyle=look, command=lambda: GiveDialog(self, student))
            give.pack(side=start(), padx=(0, pixels(self, 8)))
        if self.screen.may("consent.withdraw"):
            if stands:
                button = ttk.Button(
                    line, text=_("Withdraw …"), bootstyle="danger outline", command=lambda: self._withdraw(student)
                )
            else:
                button = ttk.Button(
                    line, text=_("Record a refusal …"), bootstyle="neutral", command=lambda: self._refuse(student)
                )
            button.pack(side=start())

    def _day(self, moment: object) -> str:
        zone = clock.school_zone(self.screen.app.settings)
        return day_text(clock.local(moment, zone).date(), "medium")  # type: ignore[arg-type]

    def _withdraw(self, student: Student) -> None:
        def work(use: Use) -> ConsentState:
            from core.consent import withdraw
            from core.locks import home_lock

            with home_lock(use.home, "erasing a face"):
                return withdraw(use.store, student.roll)

        sentence = _(
            "The face of {who} is erased at once: photos, classifiers, pictures in lessons, older copies of the "
            "database. Marks stay, and from now on they are marked by hand. This cannot be undone."
        ).format(who=named(student))
        ask.yes_no(
            self.screen.app, sentence, lambda: self._erase(_("Erasing the face"), work),
            title=_("Withdraw the consent"), yes=_("Withdraw and erase"), danger=True,
        )  # fmt: skip

    def _refuse(self, student: Student) -> None:
        def refuse(text: str) -> None:
            def work(use: Use) -> ConsentState:
                from core.consent import refuse as refuse_now
                from core.locks import home_lock

                with home_lock(use.home, "erasing a face"):
                    return refuse_now(use.store, student.roll, ConsentDraft(text))

            self._erase(_("Recording the refusal"), work)

        sentence = _("Whatever is stored of the face of {who} is erased, and none is taken any more.")
        ask.text(
            self.screen.app, _("Where the answer is, like “letter of 3 May, folder 3”"), refuse,
            title=_("Record a refusal"), sentence=sentence.format(who=named(student)),
        )  # fmt: skip

    def _erase(self, title: str, work: Callable[[Use], ConsentState]) -> None:
        def done(state: ConsentState) -> None:
            if state.erased is not None:
                count = state.erased.samples
                words = ngettext("{} face was erased.", "{} faces were erased.", count).format(count)
                tell(self.screen.app, f"{words} {to_train_again(state.removed)}".rstrip())
            self.screen.reload()

        self.screen.app.wait_for(title, work, done, owner=self)


class GiveDialog(ask.AskDialog):
    """A consent; stays open until core took it."""

    def __init__(self, tab: ConsentTab, student: Student) -> None:
        sentence = _("{who} allows that their face is stored and recognised.").format(who=named(student))
        super().__init__(tab.screen.app, _("Record a consent"), sentence, _("Save"), lambda _answers: None)
        self._tab, self._student = tab, student
        form = self.form
        zone = clock.school_zone(self.app.settings)
        first = form.add_text("text", _("Where the signed paper is, like “paper form, folder 3”"), check=not_empty)
        form.add_text("version", _("Version of the form (may be empty)"))
        form.add_day("day", _("Day of the signature"), zone, value=clock.today(zone).isoformat(), optional=True)
        form.add_text("guardian", _("Parent or guardian who signed (empty: the student)"))
        form.add_switch("of_age", _("The student is of age and signed without a guardian"))
        self.open(first)

    def accept(self) -> None:
        if not self.form.check():
            return
        given = self.form.values()
        is_of_age = given["of_age"] == "1"
        problem = guardian_problem(
            given["guardian"], of_age=is_of_age, guardian_signs=self.app.settings.guardian_signs
        )  # fmt: skip
        if problem:
            self.form.show_problem("guardian", problem)
            return
        zone = clock.school_zone(self.app.settings)
        day = optional_day(given["day"], zone)
        at = clock.parse_local(f"{day.isoformat()}T12:00", zone) if day else None
        draft = ConsentDraft(
            given["text"], given["version"] or None, at, guardian=given["guardian"].strip() or None, of_age=is_of_age
        )
        self.yes.configure(state="disabled")
        roll = self._student.roll

        def work(use: Use) -> None:
            from core.consent import give

            give(use.store, roll, draft)

        self.app.call(work, self._saved, owner=self, failed=self._failed, saves=True)

    def _saved(self, _nothing: None) -> None:
        self.close()
        self._tab.screen.reload()

    def _failed(self, problem: RollcallError) -> bool:
        self.yes.configure(state="normal")
        self.form.show_problem("text", told(problem))
        return True


def state_words(found: ConsentState) -> tuple[str, str]:
    """How it stands, and what that means."""
    newest = found.records[0] if found.records else None
    if found.student.consent:
        return _("✓  Consent stands"), _("The face may be stored and recognised.")
    if newest is None:
        return _("?  No consent yet"), _("Without one no face is stored and nobody is recognised; mark them by hand.")
    title = _("✗  Refused") if newest.kind == "refused" else _("✗  Withdrawn")
    return title, _("No face is stored or recognised; mark them by hand.")
