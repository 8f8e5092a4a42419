"""Train: one button, and how well the class is recognised since."""

from functools import partial
from typing import TYPE_CHECKING, TypeVar

import ttkbootstrap as ttk

from core import clock
from gui.dialogs import ask
from gui.screen import BaseScreen
from gui.screens.train_parts.result import Result
from gui.screens.train_parts.words import change_text, share_text, state_text, trained_text
from gui.screens.train_parts.work import Shown, choose_version, load_shown, load_states, train_class
from gui.texts import N_, _, end, moment_text, number_text, start, told
from gui.theme import pixels
from gui.widgets.small import Badge, EmptyState, follow_width
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.accuracy import Confusion, StudentAccuracy
    from core.training import TrainingResult
    from core.training_state import TrainingState
    from core.versions import Version
    from gui.application import Application

T = TypeVar("T")

CHANGED, FRESH = "#e5b567", "#63c08d"


class Screen(BaseScreen):
    """One class at a time; about: its code."""

    name = "train"
    title = N_("Train")
    action = "faces.train"
    order = 38
    icon = "person-check"

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.states: dict[str, TrainingState] = {}
        self.code: str | None = None
        self._zone = clock.school_zone(app.settings)
        self._make_heading()
        self._make_state_line()
        self.tabs = ttk.Notebook(self)
        self.tabs.pack(fill="both", expand=True)
        self.result = Result(self.tabs, self)
        self.tabs.add(self.result, text=_("Result"))
        self._make_tables()

    def show(self, about: object = None) -> None:
        if isinstance(about, str):
            self.code = about
        self.call(load_states, self._take_states)

    def _make_heading(self) -> None:
        line = self.heading(_("Train"))
        self.choice = ttk.Combobox(line, state="readonly", width=28)
        self.choice.pack(side=start(), padx=pixels(self, 16))
        self.choice.bind("<<ComboboxSelected>>", lambda _event: self._chosen())
        self.button = ttk.Button(
            line, text=_("Train now"), icon="mortarboard", bootstyle="primary", command=self._train, state="disabled"
        )
        self.button.pack(side=end(), ipadx=pixels(self, 8))

    def _make_state_line(self) -> None:
        line = ttk.Frame(self)
        line.pack(fill="x", pady=(0, pixels(self, 12)))
        self.badge = Badge(line, "", FRESH)
        self.said = ttk.Label(line, justify=start())
        self.said.pack(side=start(), fill="x")
        line.bind("<Configure>", lambda event: self.said.configure(wraplength=event.width - pixels(self, 140)))

    def _make_tables(self) -> None:
        self.weak: Table[StudentAccuracy] = self._add_table(_("Who needs photos"), [
            Column(_("Roll number"), lambda one: one.student.roll, 100),
            Column(_("Name"), lambda one: one.student.name, 180),
            Column(_("Photos"), lambda one: number_text(one.photos), 70, lambda one: one.photos, "end"),
            Column(_("Why"), lambda one: "; ".join(told(advice.reason) for advice in one.advice), 300, stretch=True),
            Column(_("What helps"), _remedy, 360, stretch=True),
        ], lambda one: one.student.roll)  # fmt: skip
        self.alike: Table[Confusion] = self._add_table(_("Look-alikes"), [
            Column(_("Student"), lambda one: f"{one.student.roll} {one.student.name}", 240, stretch=True),
            Column(_("Near to"), lambda one: f"{one.other.roll} {one.other.name}", 240, stretch=True),
            Column(_("Photos"), lambda one: number_text(one.photos), 80, lambda one: one.photos, "end"),
            Column(_("Taken for them"), lambda one: number_text(one.wrong), 130, lambda one: one.wrong, "end"),
            Column(_("Asked about"), lambda one: number_text(one.close), 120, lambda one: one.close, "end"),
        ], lambda one: f"{one.student.roll}\t{one.other.roll}")  # fmt: skip
        self.versions: Table[Version] = self._add_table(_("Versions"), [
            Column(_("Version"), lambda one: str(one.run.id), 80, lambda one: one.run.id, "end"),
            Column(_("Made"), lambda one: moment_text(one.run.created_at, self._zone), 190, lambda one: one.run.id),
            Column(_("Students"), lambda one: number_text(one.run.students), 90, lambda one: one.run.students, "end"),
            Column(_("Photos"), lambda one: number_text(one.run.samples), 80, lambda one: one.run.samples, "end"),
            Column(_("Right name"), lambda one: share_text(one.share("probes", "right")), 110, None, "end"),
            Column(_("Wrong name"), lambda one: share_text(one.share("probes", "wrong")), 120, None, "end"),
            Column(_("State"), _version_state, 260, stretch=True),
        ], lambda one: str(one.run.id))  # fmt: skip
        self.weak.show_when_empty(EmptyState(self.weak.tree, "check-circle", _("Nobody needs more photos")))
        self.alike.show_when_empty(EmptyState(self.alike.tree, "check-circle", _("Nobody looks too much alike")))
        # Whole, for the column may be too narrow.
        self.helps = follow_width(ttk.Label(self.weak, style="Muted.TLabel", justify=start()))
        self.helps.pack(side="bottom", fill="x", pady=(pixels(self, 10), 0), before=self.weak.tree.master)
        self.weak.tree.bind("<<TreeviewSelect>>", lambda _event: self._weak_selected(), add="+")
        foot = ttk.Frame(self.versions)
        foot.pack(fill="x", side="bottom", pady=(pixels(self, 10), 0), before=self.versions.tree.master)
        self.use = ttk.Button(
            foot, text=_("Use this version"), bootstyle="neutral", command=self._use_selected, state="disabled"
        )
        self.use.pack(side=end())
        self.compared = follow_width(ttk.Label(foot, style="Muted.TLabel", justify=start()))
        self.compared.pack(side=start(), fill="x", expand=True)
        self.versions.tree.bind("<<TreeviewSelect>>", lambda _event: self._version_selected(), add="+")
        self.versions.tree.bind("<Return>", lambda _event: self._use_selected())

    def _add_table(self, title: str, columns: "Sequence[Column[T]]", key: "Callable[[T], str]") -> "Table[T]":
        place = ttk.Frame(self.tabs, padding=pixels(self, 12))
        table = Table(place, columns, key, search=False)
        table.pack(fill="both", expand=True)
        self.tabs.add(place, text=title)
        return table

    def _take_states(self, found: "tuple[TrainingState, ...]") -> None:
        self.states = {one.school_class.code: one for one in found}
        if self.code not in self.states:
            # First a class that needs it, so that the button is at hand.
            needy = [one for one in found if one.is_changed or (one.run is None and one.can_be_trained)]
            self.code = next((one.school_class.code for one in (*needy, *found)), None)
        self.choice.configure(values=[f"{one.school_class.code}  {one.school_class.name}" for one in found])
        if self.code is None:
            self._say("", "", FRESH)
            self.result.show_empty("mortarboard", _("There is no class yet"), _("Add one on the page Classes."))
            return
        self.choice.current(list(self.states).index(self.code))
        self._show_class()

    def _chosen(self) -> None:
        self.code = list(self.states)[self.choice.current()]
        self._show_class()

    def _show_class(self) -> None:
        if self.code is None:
            return
        state = self.states[self.code]
        self.button.configure(state="normal" if state.can_be_trained else "disabled")
        self._show_state(state)
        self._fill(None)
        if not state.can_be_trained:
            self.result.show_empty(
                "camera",
                _("Nobody here has photos yet"),
                _("Take photos of the students, or import a folder of them. Each needs a recorded consent."),
            )
        elif state.run is None:
            self.result.show_empty(
                "mortarboard",
                _("This class was not trained yet"),
                _("Press Train now. It takes seconds, and you see how well everybody is recognised."),
            )
        else:
            code = self.code
            self.result.show_empty("hourglass-split", _("Testing …"), _("Each photo is tried against the others."))
            self.call(partial(load_shown, code=code), lambda shown: self._take_shown(code, shown), title=_("Testing"))

    def _show_state(self, state: "TrainingState") -> None:
        words = state_text(state, self._zone)
        change = change_text(state)
        if change and self.app.settings.train_by_itself:
            change += " " + _("It is trained again by itself soon.")
        missing = state.students - state.with_photos
        if missing > 0 and not change:
            words += " " + _("{count} of {all} students have no photo.").format(
                count=number_text(missing), all=number_text(state.students)
            )
        badge = _("Changed") if change else (_("Up to date") if state.run else "")
        self._say(badge, f"{change}\n{words}" if change else words, CHANGED if change else FRESH)

    def _say(self, badge: str, words: str, colour: str) -> None:
        self.badge.pack_forget()
        if badge:
            self.badge.set(badge, colour)
            self.badge.pack(side=start(), before=self.said, padx=(0, pixels(self, 10)), anchor="n")
        self.said.configure(text=words)

    def _take_shown(self, code: str, shown: Shown) -> None:
        if code != self.code:
            return
        self._fill(shown)
        if shown.accuracy is None or shown.chart is None:
            self.result.show_empty("question-circle", _("This class cannot be tested"), shown.obstacle)
        else:
            self.result.show(shown.accuracy, shown.chart)

    def _fill(self, shown: Shown | None) -> None:
        report = None if shown is None else shown.accuracy
        weak = [] if report is None else [one for one in report.students if one.advice]
        alike = () if report is None else report.confusions
        versions = () if shown is None else shown.versions
        self.weak.set_rows(weak)
        self.alike.set_rows(alike)
        self.versions.set_rows(versions)
        if weak:
            self.weak.select([weak[0].student.roll])
        self.compared.configure(text=" ".join(() if shown is None else shown.comparison))
        for tab, title, rows in (
            (1, _("Who needs photos"), weak), (2, _("Look-alikes"), alike), (3, _("Versions"), versions)
        ):  # fmt: skip
            self.tabs.tab(tab, text=f"{title} ({number_text(len(rows))})" if shown else title)
        self._version_selected()

    def _train(self) -> None:
        if self.code is not None:
            code = self.code
            self.app.wait_for(
                _("Training {code}").format(code=code), partial(train_class, code=code), self._trained, owner=self
            )

    def _trained(self, result: "TrainingResult") -> None:
        if self.app.shell is not None:
            self.app.shell.status.tell(f"{result.class_code}: {trained_text(result)}")
        self.tabs.select(0)
        self.show()

    def _weak_selected(self) -> None:
        chosen = self.weak.selected()
        lines = [f"{told(advice.reason)}: {told(advice.remedy)}" for one in chosen for advice in one.advice]
        self.helps.configure(text="\n".join(lines))

    def _version_selected(self) -> None:
        chosen = self.versions.selected()
        usable = bool(chosen) and not chosen[0].in_use and chosen[0].problem is None
        self.use.configure(state="normal" if usable else "disabled")

    def _use_selected(self) -> None:
        chosen = self.versions.selected()
        if self.code is None or not chosen or chosen[0].in_use:
            return
        code, number = self.code, chosen[0].run.id
        sentence = _("Use version {number} of {code} from now on? The others stay, so that you can come back.")
        use = partial(choose_version, code=code, run_id=number)

        def go_back() -> None:
            self.call(use, lambda _done: self.show(), saves=True)

        ask.yes_no(self.app, sentence.format(number=number, code=code), go_back, yes=_("Use this version"))


def _remedy(one: "StudentAccuracy") -> str:
    return told(one.advice[0].remedy) if one.advice else ""


def _version_state(one: "Version") -> str:
    if one.in_use:
        return _("● in use")
    return one.problem or (_("a few students added") if one.extended_from is not None else "")
