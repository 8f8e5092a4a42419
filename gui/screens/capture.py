"""Create data set: one student after another before the camera, told what to do, until there are faces enough."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.capturing import CaptureControl, CaptureReport, CaptureRequest
from core.errors import RollcallError
from core.office.classes import ClassCard, Roster, RosterLine, list_classes, roster
from core.vision.feed import CameraState
from gui.networks import Networks
from gui.opening import Use
from gui.screen import BaseScreen
from gui.screens.capture_parts.choosing import LONGEST, Source, in_order, next_after, student_title
from gui.screens.capture_parts.consent import ConsentDialog
from gui.screens.capture_parts.faces import Faces
from gui.screens.capture_parts.learning import Learner
from gui.screens.capture_parts.panel import ChoiceBar, LivePanel
from gui.screens.capture_parts.running import News, capture_work
from gui.screens.capture_parts.showing import Painter
from gui.texts import N_, _, ngettext, number_text, shortened, told
from gui.theme import pixels
from gui.widgets.camera import found_cameras
from gui.widgets.small import EmptyState, is_plain

if TYPE_CHECKING:
    from PIL.Image import Image

    from core.consent import ConsentState
    from gui.application import Application
    from gui.background import Latest, Task


class Screen(BaseScreen):
    """Choose, start, look, go on to the next; between two captures the faces that are stored are shown."""

    name = "capture"
    title = N_("Create data set")
    action = "faces.enrol"
    order = 35
    icon = "camera"

    def __init__(self, app: Application, parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.heading(_("Create data set"))
        self.bar = ChoiceBar(self, app, self._class_chosen, self._student_chosen, self.start)
        self.bar.pack(fill="x")
        self.live = LivePanel(self, self)
        self.faces = Faces(self)
        self.nothing = EmptyState(
            self,
            "people",
            _("No students yet"),
            _("Faces are taken of students of a class. Add a class and its students first."),
        )
        self.control: CaptureControl | None = None
        self._task: Task | None = None
        self._painting: Task | None = None
        self._painter: Painter | None = None
        self._networks = Networks()
        self._learner = Learner(app, self._networks)
        self._lines: list[RosterLine] = []
        self._then: Callable[[], None] | None = None
        self._wanted: tuple[str, str] | None = None
        self._listed = False
        self._bind_keys()

    @property
    def is_running(self) -> bool:
        """Whether a capture runs, or is just ending."""
        return self._task is not None and not self._task.is_over

    @property
    def line(self) -> RosterLine | None:
        """The student who is chosen."""
        return next((one for one in self._lines if one.student.roll == self.bar.roll), None)

    def show(self, about: object = None) -> None:
        """about: a class's code and a student's roll number to begin with."""
        if isinstance(about, tuple) and len(about) == 2 and not self.is_running:
            self._wanted = str(about[0]), str(about[1])
        if not self._listed:
            self._listed = True
            self.list_cameras()
            # Else the first student would wait for them; what is wrong with them is told at Start.
            self.call(self._networks.warm, failed=lambda _problem: True)
        if not self.is_running:
            self.call(lambda use: list_classes(use.store), self._fill_classes)

    def leave(self) -> bool:
        """What was taken stays; the camera is let go."""
        self.stop()
        return True

    def list_cameras(self) -> None:
        """Ask which cameras there are; a driver that hangs is none."""
        self.call(_cameras, self.bar.source.set_cameras)

    def start(self) -> None:
        """Begin with the student who is chosen, once a consent is recorded."""
        line, source = self.line, self.bar.source.chosen
        if line is not None and source is not None:
            roll = line.student.roll

            def work(use: Use) -> ConsentState:
                from core.consent import history

                return history(use.store, roll)

            self.call(work, lambda state: self._with_consent(state, source))
        else:
            self.bar.tell(_("Choose a student and a camera first."))

    def stop(self) -> None:
        """End what runs; what was taken is stored."""
        self._then = None
        if self.control is not None:
            self.control.stop()

    def next_student(self) -> None:
        """Go on with who has no faces yet."""
        if not self._lines:
            return
        line = next_after(self._lines, self.bar.roll or "")
        if line is None:
            (self.live.tell_below if self.is_running else self.bar.tell)(_("Everybody of this class has faces."))
            return

        def go_on() -> None:
            self.bar.choose_student(line.student.roll)
            self._student_chosen()
            self.start()

        if self.is_running:
            self.stop()
            self._then = go_on
        else:
            go_on()

    def save_now(self) -> None:
        """Take the present picture."""
        if self.control is not None:
            self.control.save_now()

    def pause(self) -> None:
        """Take nothing until it is called again."""
        if self.control is not None:
            (self.control.resume if self.control.paused else self.control.pause)()
            self.live.show_paused(self.control.paused)

    def set_automatic(self, automatic: bool) -> None:
        """Whether good pictures are taken by themselves."""
        if self.control is not None:
            self.control.automatic = automatic

    def retry(self) -> None:
        """Open the camera again now."""
        if self.control is not None:
            self.control.retry()

    def _with_consent(self, state: ConsentState, source: Source) -> None:
        student = state.student
        if student.consent:
            self._run(source)
        elif state.records:
            sentence = _("{who} refused or withdrew the consent, so no face is taken. Mark them by hand.")
            self.bar.tell(sentence.format(who=shortened(f"{student.roll} {student.name}", LONGEST)))
        elif self.may("consent.record"):
            ConsentDialog(self, student, lambda: self._run(source))
        else:
            self.bar.tell(_("No consent is recorded yet. Ask an admin of the school."))

    def _run(self, source: Source) -> None:
        line, code = self.line, self.bar.code
        if line is None or code is None or self.is_running:
            return
        request = CaptureRequest(
            code, line.student.roll, source.spec, self.bar.resolution if source.is_webcam else None
        )
        control = self.control = CaptureControl(automatic=self.live.automatic)
        self._show_live()
        self.live.begin(f"{line.student.roll} {line.student.name}", request.plan)
        latest, place = self.app.background.latest, self.live.picture
        pictures: Latest[Image] = latest(lambda one: self._show(control, one))
        news: Latest[News] = latest(lambda one: self._tell(control, one))
        states: Latest[CameraState] = latest(lambda one: self._camera(control, one))
        painter = self._painter = Painter(control, pictures, lambda: place.space, mirrored=source.is_webcam)
        work = capture_work(request, control, self._networks, painter, news, states)
        self._task = self.call(work, lambda report: self._ended(code, report), failed=self._failed)
        self._painting = self.call(lambda use: painter.paint(use.task))

    def _show(self, control: CaptureControl, picture: Image) -> None:
        if control is self.control and self.winfo_exists():
            self.live.show_picture(picture)
            # Tk draws when it has nothing else to do, and calls this after that.
            self.live.after_idle(self._drawn)

    def _drawn(self) -> None:
        if self._painter is not None:
            self._painter.is_drawn = True

    def _tell(self, control: CaptureControl, news: News) -> None:
        if control is self.control and self.winfo_exists():
            self.live.show(news)

    def _camera(self, control: CaptureControl, state: CameraState) -> None:
        if control is self.control and self.winfo_exists():
            self.live.show_camera(state)

    def _failed(self, _problem: RollcallError) -> bool:
        self._over()
        self.reload()
        return False

    def _ended(self, code: str, report: CaptureReport) -> None:
        self._over()
        taken, student = report.taken, report.student
        words = ngettext("{} picture taken", "{} pictures taken", taken.total).format(number_text(taken.total))
        kept = ngettext("{} face is stored", "{} faces are stored", taken.kept).format(number_text(taken.kept))
        self.bar.tell(
            " ".join((f"{shortened(student.name, LONGEST)}: {words}, {kept}.", *map(told, report.problems[:2])))
        )
        if report.complete:
            self._learner.learn(code, student.roll)
        then, self._then = self._then, None
        self.reload(then)
        # Where Delete, the arrows and N mean something.
        self.faces.gallery.canvas.focus_set()

    def _over(self) -> None:
        if self._painting is not None:
            self._painting.cancel()
        self.control = self._task = self._painting = self._painter = None
        self.live.end()
        self._show_faces()

    def _fill_classes(self, classes: tuple[ClassCard, ...]) -> None:
        wanted, self._wanted = self._wanted, None
        self.bar.set_classes([one.school_class.code for one in classes], wanted[0] if wanted else None)
        self.reload(roll=wanted[1] if wanted else None)

    def _class_chosen(self) -> None:
        self.reload(roll="")

    def reload(self, then: Callable[[], None] | None = None, *, roll: str | None = None) -> None:
        """The class as it is now; roll: who is chosen then, "" for the first, None for who is chosen already."""
        code = self.bar.code
        if code is None:
            self._show_nothing()
            return

        def fill(found: Roster) -> None:
            if code != self.bar.code:
                return
            self._lines = in_order(found.lines)
            self.bar.set_students([(one.student.roll, student_title(one)) for one in self._lines], roll)
            if not self._lines:
                self._show_nothing()
            elif not self.is_running:
                self._student_chosen()
                if then is not None:
                    then()

        self.call(lambda use: roster(use.store, code), fill)

    def _student_chosen(self) -> None:
        if self.line is not None and not self.is_running:
            self._show_faces()
            self.faces.load(self.line.student)
            following = next_after(self._lines, self.line.student.roll)
            self.faces.show_next(None if following is None else following.student)

    def _show_nothing(self) -> None:
        self._only(self.nothing)

    def _show_live(self) -> None:
        self.bar.tell("")
        self._only(self.live)
        self.live.picture.focus_set()

    def _show_faces(self) -> None:
        self._only(self.faces)

    def _only(self, part: ttk.Frame) -> None:
        """While somebody stands before the camera there is nothing else on the screen."""
        if part.winfo_manager():
            return
        for one in (self.title_line, self.bar, self.live, self.faces, self.nothing):
            one.pack_forget()
        if part is not self.live:
            self.title_line.pack(fill="x", pady=(0, pixels(self, 16)))
            self.bar.pack(fill="x")
        part.pack(fill="both", expand=True)

    def _bind_keys(self) -> None:
        acts = {
            "<Escape>": self.stop,
            "<space>": self.pause,
            **dict.fromkeys("sS", self.save_now),
            **dict.fromkeys("qQ", self.stop),
            **dict.fromkeys("nN", self.next_student),
        }
        for key, act in acts.items():
            self.app.root.bind(key, self._by_key(act, key), add="+")

    def _by_key(self, act: Callable[[], None], key: str) -> Callable[[tk.Event[tk.Misc]], None]:
        def pressed(event: tk.Event[tk.Misc]) -> None:
            is_ours = is_plain(event) and self.winfo_exists() and self.winfo_viewable()
            if not is_ours or self.app.dialogs:
                return
            # A button that has the keyboard is pressed by Space itself.
            is_button = key == "<space>" and isinstance(event.widget, tk.ttk.Button)
            if not is_button and (self.is_running or key in "nN"):
                act()

        return pressed


def _cameras(_use: Use) -> list[Source]:
    return [Source(one.name, one.spec) for one in found_cameras()]
