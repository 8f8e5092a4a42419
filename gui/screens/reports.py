"""Reports: the list of all there are, what each one asks, and what it comes to; saved as a file, opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import clock
from gui.dialogs import files
from gui.screen import LOW, BaseScreen
from gui.screens.report_parts.questions import Known, choices_of, given_of, hint_of, label_of, load_known
from gui.screens.report_parts.result import ResultView, chart_picture
from gui.texts import N_, _, anchor, end, start
from gui.theme import pixels
from gui.widgets.form import Form, anything, not_empty
from gui.widgets.saved import SavedLine
from gui.widgets.small import EmptyState
from gui.widgets.table import Column, Table
from gui.widgets.tall_place import LEAST

if TYPE_CHECKING:
    from core.files import Written
    from core.reports.parameters import Parameter
    from core.reports.registry import Report
    from core.reports.result import ReportResult
    from gui.application import Application
    from gui.opening import Use
    from gui.widgets.picture import Chart

FORM_WIDTH = 260
ROOM_FOR_QUESTIONS = 900
"""From this width of the page on, pixels at 100 %, questions and answer have room side by side."""


class Screen(BaseScreen):
    """``about``: a report's name, or (name, answers) to run it at once."""

    name = "reports"
    title = N_("Reports")
    action = "classes.list"
    order = 16
    icon = "bar-chart"
    least = LOW

    def __init__(self, app: Application, parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.known: Known | None = None
        self.report: Report | None = None
        self.result: ReportResult | None = None
        self.form: Form | None = None
        self._wanted: tuple[str, dict[str, str]] | None = None
        line = self.heading(_("Reports"), (_("All reports"), self._back))
        self.save = ttk.Button(line, text=_("Save as"), icon="download", bootstyle="neutral", command=self._save)
        self.print = ttk.Button(line, text=_("Print"), icon="printer", bootstyle="neutral", command=self._print)
        self.asked = ttk.Button(
            line, text=_("Questions"), icon="sliders", bootstyle="neutral", command=self._turn_questions
        )
        self.saved = SavedLine(self, self)
        self.saved.pack(side="bottom", fill="x")
        self._make_list()
        self._make_page()

    def show(self, about: object = None) -> None:
        if isinstance(about, str):
            self._wanted = about, {}
        elif isinstance(about, tuple):
            self._wanted = about[0], dict(about[1])
        self.call(load_known, self._take_known)

    def _make_list(self) -> None:
        columns = [
            Column["Report"](_("Report"), lambda one: _(one.title), 290),
            Column["Report"](_("What it tells"), lambda one: _(one.about), 560, stretch=True),
        ]
        self.list = Table["Report"](self, columns, key=lambda one: one.name, on_open=self.open_report)

    def _make_page(self) -> None:
        self.page = ttk.Frame(self)
        self.questions = ttk.Frame(self.page, width=pixels(self, FORM_WIDTH))
        self.questions.pack(side=start(), fill="y")
        self.questions.pack_propagate(False)
        self.result_view = ResultView(self.page, lambda: self.app.preferences.mode)
        inner = pixels(self, 20)
        self.result_view.pack(side=start(), fill="both", expand=True, padx=(inner, 0))

    def _take_known(self, known: Known) -> None:
        self.known = known
        self.list.set_rows(known.reports)
        wanted, self._wanted = self._wanted, None
        found = [one for one in known.reports if wanted is not None and one.name == wanted[0]]
        if wanted is not None and found:
            self.open_report(found[0], wanted[1])
            if wanted[1]:
                self.run()
        elif self.report is None:
            self.show_list()

    def _back(self) -> None:
        if self.report is not None:
            self.show_list()

    def show_list(self) -> None:
        """Show all reports."""
        self.report = None
        self._forget_result()
        self.page.pack_forget()
        self.title_line.show_back(wanted=False)
        self.list.pack(fill="both", expand=True)
        self._need(LOW)
        chosen = self.list.selected() or self.list.shown()
        if chosen:
            self.list.select([chosen[0].name])
        self.list.tree.focus_set()

    def _need(self, least: int) -> None:
        """The list scrolls by itself; what a report tells stands above its table and needs more room."""
        self.least = least  # type: ignore[misc]
        if self.app.shell is not None:
            self.app.shell.place_of_page.set_least(least)

    def open_report(self, report: Report, answers: Mapping[str, str] | None = None) -> None:
        """Show what a report asks; answers: what stands there at first."""
        self.report = report
        self._forget_result()
        self.list.pack_forget()
        self.page.pack(fill="both", expand=True)
        self._need(LEAST)
        self.title_line.show_back(wanted=True)
        self.result_view.clear()
        sentence = _("Answer what you want to know at the side, then press Show.")
        EmptyState(self.result_view, "bar-chart", _(report.title), f"{_(report.about)} {sentence}").pack(expand=True)
        self._make_questions(report, answers or {})

    def _forget_result(self) -> None:
        self.result = None
        for button in (self.save, self.print, self.asked):
            button.pack_forget()
        self._turn_questions(wanted=True)
        self.saved.clear()

    def _turn_questions(self, *, wanted: bool | None = None) -> None:
        """With large letters the questions give way to the answer."""
        is_there = bool(self.questions.winfo_manager())
        if wanted is None:
            wanted = not is_there
        if wanted and not is_there:
            self.questions.pack(side=start(), fill="y", before=self.result_view)
        elif not wanted:
            self.questions.pack_forget()

    def _make_questions(self, report: Report, answers: Mapping[str, str]) -> None:
        for old in self.questions.winfo_children():
            old.destroy()
        self.run_button = ttk.Button(self.questions, text=_("Show"), bootstyle="primary", command=self.run)
        gap = pixels(self, 24)
        self.run_button.pack(side="bottom", fill="x", pady=(pixels(self, 10), 0), padx=(0, gap))
        place = ttk.ScrolledFrame(self.questions)
        place.pack(fill="both", expand=True)
        ttk.Label(place, text=_(report.title), style="Title.TLabel", wraplength=pixels(self, FORM_WIDTH - 30)).pack(
            anchor=anchor()
        )
        self.form = Form(place, wide=FORM_WIDTH - 30)
        self.form.pack(fill="x", padx=(0, pixels(self, 14)))
        fields = [self._add_question(self.form, one, answers.get(one.name, "")) for one in report.takes]
        for field in fields:
            field.bind("<Return>", lambda _event: self.run())
        (fields[0] if fields else self.run_button).focus_set()

    def _add_question(self, form: Form, parameter: Parameter, value: str) -> ttk.Entry | ttk.Combobox:
        if self.known is None:
            raise RuntimeError("nothing is loaded yet")
        choices = choices_of(parameter, self.known)
        if choices is not None:
            first = value if value in dict(choices) else None
            return form.add_choice(parameter.name, label_of(parameter), choices, value=first)
        if parameter.kind == "day":
            zone, optional = clock.school_zone(self.app.settings), not parameter.required
            return form.add_day(
                parameter.name, label_of(parameter), zone, value=value, optional=optional, hint=hint_of(parameter)
            ).entry
        check = not_empty if parameter.required else anything
        return form.add_text(parameter.name, label_of(parameter), value=value, check=check, hint=hint_of(parameter))

    def run(self) -> None:
        """Show what the report comes to."""
        report, form = self.report, self.form
        if report is None or form is None or self.known is None or not form.check():
            return
        given = given_of(form.values(), report.takes, self.known)

        wide = self.result_view.chart_width

        def work(use: Use) -> tuple[ReportResult, Chart | None]:
            from core.reports.registry import run_report

            result = run_report(use.store, use.settings, report.name, given)
            use.task.check()
            return result, chart_picture(result, wide)

        def fill(found: tuple[ReportResult, Chart | None]) -> None:
            if self.report is report:
                self._show_result(*found)

        self.app.wait_for(_("Working out the report"), work, fill, owner=self)

    def _show_result(self, result: ReportResult, picture: Chart | None) -> None:
        self.result = result
        self.saved.clear()
        gap = pixels(self, 8)
        self.save.pack(side=end())
        self.print.pack(side=end(), padx=(0, gap))
        if self.winfo_width() < pixels(self, ROOM_FOR_QUESTIONS):
            self.asked.pack(side=end(), padx=(0, gap))
            self._turn_questions(wanted=False)
            self.update_idletasks()
        self.result_view.show(result, picture)

    def _save(self) -> None:
        result = self.result
        if result is None:
            return
        from core.reports.output import endings, file_name

        offered = [one for one in endings() if one != "png" or result.charts]
        files.save_as(self.app, file_name(result, offered[0]), offered, lambda path: self._write(result, path))

    def _print(self) -> None:
        """A page that every program can print, made and opened."""
        if self.result is not None:
            self._write(self.result, None)

    def _write(self, result: ReportResult, path: Path | None) -> None:
        """path: None makes a page in the folder for output, and opens it."""

        def work(use: Use) -> Written:
            from core.reports.output import Paper, file_name, write_report
            from gui.open_file import open_file

            now = clock.local(clock.now(), clock.school_zone(use.settings)).replace(tzinfo=None)
            paper = Paper(use.settings.school, now)
            target = path or use.home.output / file_name(result, "pdf")
            written = write_report(target, result, paper, fallback=use.home.output)
            if path is None:
                open_file(written.path)
            return written

        self.app.wait_for(_("Writing the report"), work, self.saved.show, owner=self)
