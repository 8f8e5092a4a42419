"""Students: everybody in one table, searched and filtered; from here to the card, to adding and to importing."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.office.students import Coverage, StudentLine, list_students
from gui.opening import Use
from gui.screen import LOW, BaseScreen
from gui.screens.student_parts import acts
from gui.screens.student_parts.forms import StudentDialog
from gui.texts import N_, _, end, start
from gui.theme import pixels
from gui.widgets.coverage import LETTERS, coverage_text, state_text
from gui.widgets.people_table import PeopleTable
from gui.widgets.small import EmptyState
from gui.widgets.table import Column

if TYPE_CHECKING:
    from gui.application import Application

_ORDER: dict[Coverage, int] = {"consent": 0, "none": 1, "few": 2, "enough": 3}


def columns() -> tuple[Column[StudentLine], ...]:
    """What the table shows of a student."""
    return (
        Column(_("Roll"), lambda one: one.student.roll, 90),
        Column(_("Name"), lambda one: one.student.name, 160, stretch=True),
        Column(_("Classes"), lambda one: ", ".join(one.classes), 105, stretch=True),
        Column(
            _("Faces"),
            lambda one: coverage_text(one.coverage, one.samples),
            140,
            order=lambda one: (_ORDER[one.coverage], one.samples),
        ),
        Column(_("State"), lambda one: state_text(one.student), 80),
    )


def filtered(lines: Sequence[StudentLine], class_code: str, coverage: str) -> list[StudentLine]:
    """Those of a class and a coverage; "" for all, "-" for who is in no class."""
    return [
        one
        for one in lines
        if (not class_code or class_code in one.classes or (class_code == "-" and not one.classes))
        and (not coverage or one.coverage == coverage)
    ]


class Screen(BaseScreen):
    """The students of the school, or of a teacher's classes."""

    name = "students"
    title = N_("Students")
    action = "people.list"
    order = 20
    icon = "people"
    least = LOW

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self._lines: tuple[StudentLine, ...] = ()
        self._classes: list[str] = [""]
        self._coverages: list[str] = ["", *LETTERS]
        line = self.heading(_("Students"))
        if self.may("people.change"):
            self._button(line, _("Add a student"), "person-plus", self.add, "primary").pack(side=end())
        if self.may("people.import"):
            self._button(line, _("Import a list"), "table", lambda: app.open("import_people")).pack(
                side=end(), padx=pixels(self, 8)
            )
        if self.may("faces.enrol"):
            self._button(line, _("Import photos"), "images", lambda: app.open("import_photos")).pack(side=end())
        # The acts first: where the window is low the table gives way, not the buttons.
        self.acts = ttk.Frame(self)
        self.acts.pack(side="bottom", fill="x", pady=(pixels(self, 10), 0))
        self.table: PeopleTable[StudentLine] = PeopleTable(
            self, self, columns(), on_open=self._open, on_select=self._chosen
        )
        self.table.pack(fill="both", expand=True)
        self._make_filters()
        self._make_acts()
        self.table.tree.bind("<Delete>", lambda _event: self._with_one(self._delete))
        self.table.show_when_empty(self._nobody())

    def show(self, about: object = None) -> None:
        """about: code of a class whose students are wanted."""
        self._wanted = about if isinstance(about, str) else None
        self.load()

    def load(self) -> None:
        """Read everybody again."""
        self.call(_read, self._fill)

    def add(self) -> None:
        """Ask for a new student."""
        codes = self._classes[1:-1]
        chosen = self._classes[self.class_box.current()]
        StudentDialog.for_new(self.app, codes, chosen, lambda roll: self.app.open("student", roll))

    def _fill(self, found: tuple[tuple[StudentLine, ...], list[str]]) -> None:
        self._lines, codes = found
        chosen = self._wanted if self._wanted is not None else self._classes[max(0, self.class_box.current())]
        self._wanted = None
        self._classes = ["", *codes, "-"]
        self.class_box.configure(values=[_("All classes"), *codes, _("In no class")])
        self.class_box.current(self._classes.index(chosen) if chosen in self._classes else 0)
        self._show_filtered()

    def _show_filtered(self) -> None:
        class_code = self._classes[self.class_box.current()]
        coverage = self._coverages[self.coverage_box.current()]
        self.table.set_rows(filtered(self._lines, class_code, coverage))
        self._chosen(None)
        is_filtered = bool(self._lines) and bool(class_code or coverage)
        self.table.show_when_empty(self._nobody_fits() if is_filtered else self._nobody())

    def _nobody(self) -> EmptyState:
        if not self.may("people.change"):
            sentence = _("Your classes have no students yet. The office of the school adds them.")
            return EmptyState(self.table.tree, "people", _("No students yet"), sentence)
        sentence = _("Import a list from Excel, LibreOffice or CSV – or add one student.")
        return EmptyState(
            self.table.tree, "people", _("No students yet"), sentence, _("Import a list"),
            lambda: self.app.open("import_people"),
        )  # fmt: skip

    def _nobody_fits(self) -> EmptyState:
        return EmptyState(
            self.table.tree, "funnel", _("Nobody fits"), _("No student is in this class and has this state."),
            _("Show all"), self._show_all,
        )  # fmt: skip

    def _show_all(self) -> None:
        self.class_box.current(0)
        self.coverage_box.current(0)
        self._show_filtered()

    def _make_filters(self) -> None:
        """Beside the search: one line for all that narrows the table down."""
        line = self.table.head
        if self.table.box is not None:
            self.table.box.configure(width=20)
        self.class_box = ttk.Combobox(line, state="readonly", width=13, values=[_("All classes")])
        words = {
            "consent": _("Consent missing"), "none": _("No face"), "few": _("Few faces"), "enough": _("Enough faces"),
        }  # fmt: skip
        states = [f"{LETTERS[one]}  {words[one]}" for one in LETTERS]
        self.coverage_box = ttk.Combobox(line, state="readonly", width=16, values=[_("All states"), *states])
        for box in (self.class_box, self.coverage_box):
            box.current(0)
            box.pack(side=start(), padx=(pixels(self, 10), 0))
            box.bind("<<ComboboxSelected>>", lambda _event: self._show_filtered())

    def _button(
        self, parent: ttk.Frame, text: str, icon: str, command: Callable[[], None], bootstyle: str = "neutral"
    ) -> ttk.Button:
        return ttk.Button(parent, text=text, icon=icon, command=command, bootstyle=bootstyle)

    def _make_acts(self) -> None:
        self.buttons: dict[str, ttk.Button] = {"open": self._act(_("Open"), "person-vcard", self._open)}
        if self.may("people.change"):
            self.buttons["edit"] = self._act(_("Edit"), "pencil", self._edit)
            self.buttons["active"] = self._act(_("Deactivate"), "pause-circle", self._turn_active)
        if self.may("people.merge"):
            merge = self._button(self.acts, _("Merge …"), "intersect", self._merge)
            merge.pack(side=start(), padx=(0, pixels(self, 8)))
            self.buttons["merge"] = merge
        if self.may("people.erase"):
            button = self._button(
                self.acts, _("Delete …"), "trash", lambda: self._with_one(self._delete), "danger outline"
            )
            button.pack(side=end())
            self.buttons["delete"] = button

    def _act(self, text: str, icon: str, act: Callable[[StudentLine], None]) -> ttk.Button:
        button = self._button(self.acts, text, icon, lambda: self._with_one(act))
        button.pack(side=start(), padx=(0, pixels(self, 8)))
        return button

    def _with_one(self, act: Callable[[StudentLine], None]) -> None:
        chosen = self.table.selected()
        if len(chosen) == 1:
            act(chosen[0])

    def _chosen(self, _line: StudentLine | None) -> None:
        chosen = self.table.selected()
        for name, button in self.buttons.items():
            fits = len(chosen) == 1 or (name == "merge" and len(chosen) == 2)
            button.configure(state="normal" if fits else "disabled")
        if "active" in self.buttons:
            is_off = len(chosen) == 1 and not chosen[0].student.active
            self.buttons["active"].configure(text=_("Activate") if is_off else _("Deactivate"))

    def _open(self, line: StudentLine) -> None:
        self.app.open("student", line.student.roll)

    def _edit(self, line: StudentLine) -> None:
        StudentDialog.for_student(self.app, line.student, lambda _student: self.load())

    def _turn_active(self, line: StudentLine) -> None:
        acts.turn_active(self, line.student, self.load)

    def _delete(self, line: StudentLine) -> None:
        if "delete" in self.buttons:
            acts.delete(self, line.student, self.load)

    def _merge(self) -> None:
        chosen = [one.student for one in self.table.selected()]
        acts.merge(self, chosen, self.load)


def _read(use: Use) -> tuple[tuple[StudentLine, ...], list[str]]:
    from core.office.classes import list_classes

    return list_students(use.store), [one.school_class.code for one in list_classes(use.store)]
