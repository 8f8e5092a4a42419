"""Kiosk: which camera at which door; then :class:`gui.screens.kiosk_parts.door.Door` takes the whole screen."""

from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.screen import LOW, BaseScreen
from gui.screens.kiosk_parts.door import Door
from gui.screens.kiosk_parts.work import Choices, load_choices
from gui.texts import N_, _, anchor, start
from gui.theme import pixels
from gui.widgets.form import Form
from gui.widgets.small import follow_width, keep_focus_in_sight

if TYPE_CHECKING:
    from gui.application import Application


class Screen(BaseScreen):
    """The page from which a kiosk is started."""

    name = "kiosk"
    title = N_("Kiosk")
    action = "faces.watch"
    order = 70
    icon = "door-open"
    least = LOW

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.heading(_("Kiosk"))
        sentence = _(
            "A camera at the door marks whoever it recognises in the lessons that are open there. "
            "The screen shows each name for two seconds, and nothing else."
        )
        self._place = place = ttk.ScrolledFrame(self)
        place.pack(fill="both", expand=True)
        follow_width(ttk.Label(place, text=sentence, style="Muted.TLabel", justify=start())).pack(
            fill="x", pady=(0, pixels(self, 8))
        )
        self.form: Form | None = None
        self.fields = ttk.Frame(place)
        self.fields.pack(anchor=anchor(), fill="x")
        self.leaving = follow_width(ttk.Label(place, style="Muted.TLabel", justify=start()))
        self.leaving.pack(fill="x", pady=pixels(self, 12))
        foot = ttk.Frame(place)
        foot.pack(anchor=anchor())
        self.start = ttk.Button(
            foot, text=_("Start the kiosk"), icon="door-open", bootstyle="primary", command=self._start,
            state="disabled",
        )  # fmt: skip
        keep_focus_in_sight(place, foot)
        self.start.pack(ipadx=pixels(self, 10), ipady=pixels(self, 4))
        self.door: Door | None = None
        self.choices: Choices | None = None

    def show(self, about: object = None) -> None:
        self.call(load_choices, self._fill)

    def _fill(self, found: Choices) -> None:
        self.choices = found
        kept = self.form.values() if self.form is not None else {}
        for old in self.fields.winfo_children():
            old.destroy()
        self.form = form = Form(self.fields)
        form.pack(anchor=anchor())
        form.columnconfigure(0, minsize=pixels(self, 460))
        cameras = [(spec, name) for name, spec in found.cameras]
        if cameras:
            other = [*cameras, ("", _("another one"))]
            before = kept.get("camera")
            form.add_choice("camera", _("Camera"), other, value=before if before in dict(other) else None)
            form.on_change("camera", self._camera_chosen)
        form.add_text(
            "address",
            _("Address of a camera, or a file"),
            value=kept.get("address", ""),
            hint=_("Like rtsp://door/stream."),
        )
        words = [("both", _("In and out")), ("in", _("In")), ("out", _("Out"))]
        form.add_choice("direction", _("How people pass"), words, value=kept.get("direction"))
        if found.classes:
            every = [("", _("Everybody, in the lessons of this room")), *found.classes]
            form.add_choice("class", _("Who is marked"), every, value=kept.get("class"))
        form.add_switch("sound", _("A sound for each name"), value=kept.get("sound", "1") == "1")
        self._camera_chosen()
        keep_focus_in_sight(self._place, form)
        self.leaving.configure(
            text=_("It is left with your PIN.")
            if found.needs_pin
            else _("You have no PIN, so anybody leaves it with Esc. An admin gives one on the page People and roles.")
        )
        self.start.configure(state="normal")

    def _camera_chosen(self) -> None:
        """An address is asked for only where it counts."""
        if self.form is not None:
            self.form.show_field("address", shown=not self.form.values().get("camera"))

    def _start(self) -> None:
        from core.watching import WatchRequest

        form, found = self.form, self.choices
        if form is None or found is None or self.door is not None:
            return
        given = form.values()
        source = given.get("camera", "") or given["address"].strip()
        if not source:
            form.show_problem("address", _("Please choose a camera or type its address."))
            return
        request = WatchRequest(
            source=source, direction=given["direction"], class_code=given.get("class") or None  # type: ignore[arg-type]
        )  # fmt: skip
        self.door = Door(self.app, request, found.needs_pin, self._left, sound=given["sound"] == "1")

    def _left(self) -> None:
        self.door = None
        self.start.focus_set()
