"""Importing a folder of photos: the consent first, then one sub-folder a student, then a reason for each picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.opening import Use
from gui.screen import BaseScreen
from gui.texts import N_, _, anchor, end, ngettext, number_text, start, told
from gui.theme import pixels
from gui.widgets.file_line import FileLine
from gui.widgets.form import Form, not_empty
from gui.widgets.small import EmptyState, follow_width
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from core.enrolment import EnrolRequest, StudentReport
    from gui.application import Application


@dataclass(frozen=True)
class Row:
    """What came of one student (source empty) or of one picture that was refused."""

    number: int
    who: str
    source: str
    words: str


def rows_of(reports: list[StudentReport]) -> list[Row]:
    """A row for each student, and one for each picture that was not taken."""
    found: list[Row] = []
    for one in reports:
        who = f"{one.roll} {one.name}"
        accepted = ngettext("{} new face", "{} new faces", one.accepted).format(number_text(one.accepted))
        kept = ngettext("{} stored", "{} stored", one.kept).format(number_text(one.kept))
        words = f"{'✓' if one.accepted else '!'} {accepted}, {kept}"
        found.append(Row(len(found), who, "", "  ·  ".join(filter(None, (words, one.warning)))))
        for refusal in one.refused:
            found.append(Row(len(found), who, refusal.source, f"✗ {told(refusal.reason)}"))
    return found


class Screen(BaseScreen):
    """Class, consent, folder, Start; the outcome below."""

    name = "import_photos"
    title = N_("Import photos")
    action = "faces.enrol"
    order = 0
    icon = "images"

    def __init__(self, app: Application, parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self._codes: list[str] = []
        self.heading(_("Import photos of students"), (_("Students"), lambda: app.open("students")))
        words = _("A folder with one sub-folder a student, named like “R001 Ada Lovelace”, with photos in it.")
        follow_width(ttk.Label(self, text=words, style="Muted.TLabel", justify=start())).pack(fill="x")
        self.file = FileLine(self, lambda _path: None, folder=True)
        self.file.pack(fill="x", pady=(pixels(self, 8), pixels(self, 4)))
        under = ttk.Frame(self)
        under.pack(fill="x", pady=(0, pixels(self, 10)))
        left = ttk.Frame(under)
        left.pack(side=start(), anchor="n")
        ttk.Label(left, text=_("Class they join")).pack(anchor=anchor(), pady=(pixels(self, 8), pixels(self, 2)))
        self.class_box = ttk.Combobox(left, state="readonly", width=18)
        self.class_box.pack(anchor=anchor())
        self.form = Form(under)
        gap = pixels(self, 16)
        self.form.pack(side=start(), fill="x", expand=True, anchor="n", padx=(gap, 0))
        label = _("Their consent, like “paper forms, folder 3”")
        self.consent = self.form.add_text("consent", label, check=not_empty)
        self.consent.bind("<Return>", lambda _event: self._begin())
        self._make_foot()
        columns: tuple[Column[Row], ...] = (
            Column(_("Student"), lambda one: one.who, 180),
            Column(_("Picture"), lambda one: one.source, 160),
            Column(_("What came of it"), lambda one: one.words, 280, stretch=True),
        )
        self.table: Table[Row] = Table(
            self, columns, lambda one: str(one.number), on_select=self._explain, search=False
        )
        self.table.pack(fill="both", expand=True)
        sentence = _("Only with a recorded consent. Each picture that is not taken gets its reason here.")
        self.table.show_when_empty(EmptyState(self.table.tree, "images", _("Nothing imported yet"), sentence))

    def _make_foot(self) -> None:
        foot = ttk.Frame(self)
        foot.pack(side="bottom", fill="x", pady=(pixels(self, 10), 0))
        self.begin = ttk.Button(foot, text=_("Start"), icon="play-fill", bootstyle="primary", command=self._begin)
        self.begin.pack(side=end())
        words = ttk.Frame(foot)
        words.pack(side=start(), fill="x", expand=True)
        self.problem = follow_width(ttk.Label(words, style="Problem.TLabel", justify=start()))
        self.summary = follow_width(ttk.Label(words, justify=start()))
        self.summary.pack(fill="x")

    def show(self, about: object = None) -> None:
        """about: code of the class that is proposed."""

        def work(use: Use) -> list[str]:
            from core.office.classes import list_classes

            return [one.school_class.code for one in list_classes(use.store)]

        self.call(work, lambda codes: self._fill(codes, about))

    def _fill(self, codes: list[str], about: object) -> None:
        chosen = about if about in codes else self.class_box.get()
        self._codes = codes
        self.class_box.configure(values=codes)
        if codes:
            self.class_box.current(codes.index(chosen) if chosen in codes else 0)
        self.begin.configure(state="normal" if codes else "disabled")
        self._say("" if codes else _("There is no class yet. Add one on the page Classes first."))
        self.file.entry.focus_set()

    def _say(self, problem: str) -> None:
        self.problem.configure(text=problem)
        if problem:
            self.problem.pack(fill="x")
        else:
            self.problem.pack_forget()

    def _begin(self) -> None:
        source = self.file.path.get().strip()
        self._say("" if source else _("Choose a folder first."))
        if not source:
            self.file.entry.focus_set()
            return
        if not self.form.check() or not self._codes:
            return
        code, consent = self._codes[self.class_box.current()], self.form.values()["consent"]

        def work(use: Use) -> tuple[list[StudentReport], str]:
            from core.enrolment import EnrolRequest

            return _enrolled(use, EnrolRequest(code, source, consent))

        self.app.wait_for(_("Taking faces from the photos"), work, self._done, owner=self)

    def _explain(self, row: Row | None) -> None:
        """All of what the table may have to cut."""
        if row is not None:
            self.summary.configure(text="  ·  ".join(filter(None, (row.who, row.source, row.words))))

    def _done(self, found: tuple[list[StudentReport], str]) -> None:
        reports, note = found
        accepted = sum(one.accepted for one in reports)
        refused = sum(len(one.refused) for one in reports)
        words = _("{faces} of {students}; {refused}.").format(
            faces=ngettext("{} new face", "{} new faces", accepted).format(number_text(accepted)),
            students=ngettext("{} student", "{} students", len(reports)).format(number_text(len(reports))),
            refused=ngettext("{} picture was not taken", "{} pictures were not taken", refused).format(
                number_text(refused)
            ),
        )
        self.summary.configure(text=" ".join(filter(None, (words, note))))
        self.table.set_rows(rows_of(reports))


def _enrolled(use: Use, request: EnrolRequest) -> tuple[list[StudentReport], str]:
    """Enrol, and bring the class's classifier up to date where that can be done without a training."""
    from core.enrolment import enrol
    from core.extending import extend
    from core.locks import home_lock
    from gui.networks import load_networks

    with home_lock(use.home, "enrolling students"):
        networks = load_networks(use)
        reports = enrol(use.store, networks, use.settings, request, use.progress)
        rolls = [one.roll for one in reports if one.kept]
        extension = extend(use.store, networks, request.class_code, rolls, use.progress) if rolls else None
    if extension is None:
        return reports, ""
    if extension.obstacle is not None:
        return reports, _("Next: train the class on the page Train.")
    count = len(extension.renewed)
    if not count:
        return reports, ""
    return reports, ngettext(
        "{} student can be recognised from now on.", "{} students can be recognised from now on.", count
    ).format(number_text(count))
