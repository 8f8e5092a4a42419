"""Rooms and their cameras, each with a test picture."""

from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.office.rooms import RoomCard, add_room, delete_room, edit_room, list_rooms
from gui.dialogs.ask import AskDialog, yes_no
from gui.dialogs.base import Dialog
from gui.texts import N_, _, anchor
from gui.theme import pixels
from gui.widgets.camera import CameraChoice, CameraTest
from gui.widgets.form import not_empty
from gui.widgets.pages import Page
from gui.widgets.small import EmptyState
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from core.trying_camera import Tried
    from gui.application import Application
    from gui.opening import Use

_AS_IT_IS, _NONE = "as-it-is", "none"


class RoomsPage(Page):
    """Added, changed, tested, deleted."""

    title = N_("Rooms and cameras")
    action = "classes.change"
    icon = "camera-video"

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.buttons = self.add_buttons([
            (_("Add room"), self._add, "primary"),
            (_("Change"), self._change, "neutral"),
            (_("Test picture"), self._test, "neutral"),
            (_("Delete"), self._delete, "danger"),
        ])  # fmt: skip
        columns = (
            Column[RoomCard](_("Room"), lambda one: one.name, 160, stretch=True),
            Column[RoomCard](_("Camera"), lambda one: one.camera or _("none"), 260, stretch=True),
            Column[RoomCard](_("Classes"), lambda one: ", ".join(one.classes), 180, stretch=True),
        )
        self.table = Table(self, columns, lambda one: str(one.id), on_open=self._ask, on_select=self._selected)
        self.table.pack(fill="both", expand=True)
        self.table.show_when_empty(EmptyState(
            self.table.tree, "camera-video", _("No rooms yet"), _("A class in a room with a camera is marked with it.")
        ))  # fmt: skip
        self._selected(None)

    def show(self) -> None:
        self.call(lambda use: list_rooms(use.store), self.table.set_rows)

    def _selected(self, room: RoomCard | None) -> None:
        for button in self.buttons[1:]:
            button.configure(state="normal" if room else "disabled")

    def _add(self) -> None:
        RoomDialog(self, None)

    def _ask(self, room: RoomCard) -> None:
        RoomDialog(self, room)

    def _change(self) -> None:
        for one in self.table.selected():
            self._ask(one)

    def _test(self) -> None:
        for one in self.table.selected():
            TestDialog(self.app, one.name)

    def _delete(self) -> None:
        for one in self.table.selected():
            sentence = _("Delete the room {name}? Its classes have no room then.").format(name=one.name)
            yes_no(self.app, sentence, partial(self._deleted, one.name), yes=_("Delete"), danger=True)

    def _deleted(self, name: str) -> None:
        self.call(lambda use: delete_room(use.store, name), lambda _room: self.show(), saves=True)


class RoomDialog(AskDialog):
    """Name and camera of a room, new or not."""

    def __init__(self, page: RoomsPage, room: RoomCard | None) -> None:
        title = _("Add room") if room is None else _("Change room")
        super().__init__(page.app, title, "", _("Save"), lambda _answers: None)
        self._page, self._room = page, room
        self.name = self.form.add_text("name", _("Name"), value="" if room is None else room.name, check=not_empty)
        first = [(_NONE, _("No camera"))]
        if room is not None and room.camera:
            first.insert(0, (_AS_IT_IS, _("As it is: {camera}").format(camera=room.camera)))
        ttk.Label(self.body, text=_("Camera")).pack(anchor=anchor(), pady=(pixels(self, 8), pixels(self, 2)))
        self.camera = CameraChoice(self.body, page.app, first)
        self.camera.pack(fill="x")
        self.open(self.name)

    def accept(self) -> None:
        if not self.form.check():
            return
        name, spec, room = self.form.values()["name"], self.camera.spec, self._room
        camera = {_AS_IT_IS: None, _NONE: ""}.get(spec, spec)

        def save(use: "Use") -> RoomCard:
            if room is None:
                return add_room(use.store, name, camera or None)
            return edit_room(use.store, room.name, new_name=name, camera=camera)

        # The dialog stays where the name or the address cannot be.
        self.app.call(save, self._saved, owner=self, saves=True)

    def _saved(self, _room: RoomCard) -> None:
        self.close()
        self._page.show()


class TestDialog(Dialog):
    """The picture of a room's camera, whose address stays where it is."""

    def __init__(self, app: "Application", room: str) -> None:
        super().__init__(app, _("Camera of {room}").format(room=room))
        self.test = CameraTest(self.body, app)
        self.test.pack()
        self._room = room
        button = self.add_button(_("Close"), self.close, "primary")
        self.add_button(_("Once more"), self._run)
        self.open(button)
        self._run()

    def _run(self) -> None:
        room = self._room

        def work(use: "Use") -> "Tried":
            from core.trying_camera import try_room

            return try_room(use.store, room, use.task.cancelled)

        self.test.run(work)
