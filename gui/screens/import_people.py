"""Importing a list of students: choose the file, look at what it would do, apply it, see what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.errors import RollcallError
from gui.opening import Use
from gui.screen import BaseScreen
from gui.screens.import_parts.mapping import MappingPanel
from gui.screens.import_parts.outcome import columns, counts_text, details_text, facts
from gui.texts import N_, _, anchor, end, ngettext, start, told
from gui.theme import pixels
from gui.widgets.file_line import FileLine
from gui.widgets.flow import Flow
from gui.widgets.small import EmptyState, follow_width
from gui.widgets.table import Table

if TYPE_CHECKING:
    from core.rosters.importing import PeopleImport, PeopleOutcome
    from core.rosters.plan import PersonPlan
    from gui.application import Application


ROOM_FOR_COLUMNS = 600
"""Pixels at 100 % of height from which the columns are shown without asking."""


class Screen(BaseScreen):
    """One page in the order of the steps; each step shows when the one before is done."""

    name = "import_people"
    title = N_("Import a list")
    action = "people.import"
    order = 0
    icon = "table"

    def __init__(self, app: Application, parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.outcome: PeopleOutcome | None = None
        self._said: dict[str, str] = {}
        self._codes: list[str] = [""]
        self._number = 0
        line = self.heading(_("Import a list of students"), (_("Students"), lambda: app.open("students")))
        self.columns = ttk.Button(
            line, text=_("Columns"), icon="layout-three-columns", bootstyle="neutral", command=self._turn_columns
        )
        self.columns.pack(side=end())
        kinds = [(_("Lists"), "*.csv *.xlsx *.ods *.txt"), (_("All files"), "*")]
        self.file = FileLine(self, self._chosen, kinds=kinds)
        self.file.pack(fill="x", pady=(pixels(self, 8), pixels(self, 10)))
        self._make_foot()
        self._make_options()
        self.mapping = MappingPanel(self, self._map)
        self.problem = follow_width(ttk.Label(self, style="Problem.TLabel", justify=start()))
        self.sentence = follow_width(ttk.Label(self, justify=start()))
        self.table: Table[PersonPlan] = Table(
            self, columns(), lambda one: ",".join(map(str, one.rows)), on_select=self._explain, search=False
        )
        self.table.pack(fill="both", expand=True)
        self.table.show_when_empty(self._no_file())
        self._preview_over(None)

    def show(self, about: object = None) -> None:
        """about: path of a list, which is taken at once."""
        self.call(_class_codes, self._fill_classes)
        if isinstance(about, str):
            self.file.path.set(about)
            self._chosen(about)
        self.file.entry.focus_set()

    def _no_file(self) -> EmptyState:
        sentence = _(
            "CSV, Excel (.xlsx) or LibreOffice (.ods), with headings such as Roll and Name. "
            "Nothing is stored before you have seen what would change."
        )
        return EmptyState(
            self.table.tree, "table", _("Choose a list"), sentence, _("Choose …"), self.file.button.invoke
        )

    def _no_meaning(self) -> EmptyState:
        sentence = _("Choose above which column is the roll number and which is the name.")
        return EmptyState(self.table.tree, "layout-three-columns", _("What are the columns?"), sentence)

    def _make_options(self) -> None:
        line = self.options = Flow(self)
        line.pack(fill="x", pady=(0, pixels(self, 8)))
        chosen = ttk.Frame(line)
        line.add(chosen)
        ttk.Label(chosen, text=_("Everybody into the class")).pack(side=start())
        self.class_box = ttk.Combobox(chosen, state="readonly", width=16, values=[_("– as listed –")])
        self.class_box.current(0)
        self.class_box.pack(side=start(), padx=pixels(self, 8))
        self.class_box.bind("<<ComboboxSelected>>", lambda _event: self._preview())
        self._switches: dict[str, ttk.BooleanVar] = {}
        switches = ttk.Frame(line)
        line.add(switches, 18)
        for name, words in (
            ("create", _("Make missing classes and groups")),
            ("rename", _("Take over changed names")),
        ):
            variable = self._switches[name] = ttk.BooleanVar(self, value=False)
            ttk.Checkbutton(switches, text=words, variable=variable, command=self._preview).pack(anchor=anchor())

    def _turn_columns(self) -> None:
        if self.mapping.winfo_manager():
            self.mapping.pack_forget()
        else:
            self.mapping.pack(fill="x", pady=(0, pixels(self, 8)), after=self.options)

    def _make_foot(self) -> None:
        foot = self.foot = ttk.Frame(self)
        foot.pack(side="bottom", fill="x", pady=(pixels(self, 10), 0))
        self.apply = ttk.Button(foot, text=_("Import"), bootstyle="primary", command=self._apply)
        self.apply.pack(side=end())
        self.skip_bad = ttk.BooleanVar(self, value=False)
        self.skip = ttk.Checkbutton(
            foot, text=_("Skip rows with errors"), variable=self.skip_bad, command=self._show_apply
        )
        self.counts = ttk.Label(foot, wraplength=pixels(self, 340), justify=start())
        self.counts.pack(side=start())

    def _fill_classes(self, codes: list[str]) -> None:
        chosen = self._codes[self.class_box.current()]
        self._codes = ["", *codes]
        self.class_box.configure(values=[_("– as listed –"), *codes])
        self.class_box.current(self._codes.index(chosen) if chosen in self._codes else 0)

    def _chosen(self, _path: str) -> None:
        self._said = {}
        self._preview()

    def _map(self, field: str, heading: str) -> None:
        """A person said which heading a field is; "" for none."""
        if heading:
            self._said = {one: said for one, said in self._said.items() if said != heading}
        self._said[field] = heading
        self._preview()

    def _request(self) -> Callable[[], PeopleImport]:
        path, said = Path(self.file.path.get().strip()), dict(self._said)
        chosen = self._codes[self.class_box.current()] or None
        rename, create = self._switches["rename"].get(), self._switches["create"].get()
        skip_bad = self.skip_bad.get()

        def request() -> PeopleImport:
            from core.rosters.importing import PeopleImport

            return PeopleImport(
                path, columns=said, default_class=chosen, rename=rename, create=create, skip_bad=skip_bad
            )

        return request

    def _preview(self) -> None:
        if not self.file.path.get().strip():
            return
        self._number += 1
        number, request = self._number, self._request()

        def work(use: Use) -> tuple[PeopleOutcome | None, tuple[str, ...], str]:
            return _looked_at(use, request())

        def take(found: tuple[PeopleOutcome | None, tuple[str, ...], str]) -> None:
            if number == self._number:
                self._preview_over(*found)

        def failed(problem: RollcallError) -> bool:
            take((None, (), told(problem)))
            return True

        self.call(work, take, failed=failed)

    def _preview_over(self, outcome: PeopleOutcome | None, headings: tuple[str, ...] = (), problem: str = "") -> None:
        """Show what the list would do, or why it cannot be read; headings: what can be mapped."""
        self.outcome = outcome
        self._say(told(problem))
        self.table.show_when_empty(self._no_meaning() if headings and outcome is None else self._no_file())
        mapped = {} if outcome is None else _by_field(outcome)
        self.mapping.set(headings, mapped | {one: said for one, said in self._said.items() if outcome is None})
        is_shown = bool(self.mapping.winfo_manager())
        # In a low window the rows need the room, unless a person has to say what the headings mean.
        has_room = self.winfo_height() > pixels(self, ROOM_FOR_COLUMNS) or outcome is None
        if bool(headings) != is_shown and (is_shown or has_room):
            self._turn_columns()
        self.columns.configure(state="normal" if headings else "disabled")
        # Errors first: they are what has to be looked at.
        order = {"bad": 0, "new": 1, "changed": 2, "same": 3}
        plans = () if outcome is None else outcome.people
        self.table.set_rows(sorted(plans, key=lambda one: order[one.action]))
        self.counts.configure(text="" if outcome is None else "  ".join(facts(outcome)))
        if outcome is not None and outcome.of("bad"):
            self.skip.pack(side=end(), padx=pixels(self, 14))
        else:
            self.skip.pack_forget()
            self.skip_bad.set(False)
        self._show_apply()

    def _say(self, problem: str) -> None:
        self.problem.configure(text=problem)
        if problem:
            self.problem.pack(fill="x", pady=(0, pixels(self, 8)), before=self.table)
        else:
            self.problem.pack_forget()

    def _explain(self, plan: PersonPlan | None) -> None:
        """All of what the table may have to cut."""
        text = "" if plan is None else details_text(plan)
        self.sentence.configure(text=text)
        if text:
            self.sentence.pack(side="bottom", fill="x", pady=(pixels(self, 6), 0), after=self.foot)
        else:
            self.sentence.pack_forget()

    def _show_apply(self) -> None:
        one = self.outcome
        can = one is not None and one.has_changes and (not one.of("bad") or self.skip_bad.get()) and not one.applied
        self.apply.configure(state="normal" if can else "disabled")

    def _apply(self) -> None:
        request = self._request()

        def work(use: Use) -> PeopleOutcome:
            from core.rosters.importing import import_people

            return import_people(use.store, use.settings, request())

        self.app.wait_for(_("Importing the list"), work, self._applied, owner=self)

    def _applied(self, outcome: PeopleOutcome) -> None:
        if not outcome.applied:
            # Somebody changed the store between the preview and now.
            self._preview()
            return
        self.outcome = outcome
        if self.mapping.winfo_manager():
            self._turn_columns()
        count = len(outcome.of("new")) + len(outcome.of("changed"))
        done = ngettext("Done: {} student was taken in.", "Done: {} students were taken in.", count).format(count)
        self.counts.configure(text=f"✓ {done}  {counts_text(outcome)}")
        self.skip.pack_forget()
        self._show_apply()
        self.call(_class_codes, self._fill_classes)


def _by_field(outcome: PeopleOutcome) -> dict[str, str]:
    """Field -> headings that were taken for it."""
    found: dict[str, str] = {}
    for one in outcome.columns:
        found[one.field] = f"{found[one.field]}, {one.heading}" if one.field in found else one.heading
    return found


def _class_codes(use: Use) -> list[str]:
    from core.office.classes import list_classes

    return [one.school_class.code for one in list_classes(use.store)]


def _looked_at(use: Use, request: PeopleImport) -> tuple[PeopleOutcome | None, tuple[str, ...], str]:
    """The preview, all headings, and why there is no preview."""
    from core.errors import InputError
    from core.rosters.columns import likely_headings
    from core.rosters.importing import preview_people
    from core.tables_in import read_table

    try:
        found = preview_people(use.store, use.settings, request)
    except InputError as problem:
        # The headings may be such that only a person knows what they mean; a file that is none fails again here.
        return None, likely_headings(read_table(request.path, request.sheet)), told(problem)
    return found, (*(one.heading for one in found.columns), *found.unused), ""
