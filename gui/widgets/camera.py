"""Choosing a camera by name or address, and looking whether it shows a picture."""

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import ttkbootstrap as ttk
from PIL import Image as Pictures

from core.errors import RollcallError
from gui.background import Task
from gui.texts import _, anchor, start, told
from gui.theme import pixels
from gui.widgets.picture import Picture, fitted

if TYPE_CHECKING:
    from core.trying_camera import Tried
    from core.vision.cameras import Camera
    from gui.application import Application
    from gui.opening import Use

ADDRESS = "address"
"""The choice behind which an address is typed."""
_WIDTH, _HEIGHT = 384, 216


def found_cameras() -> "list[Camera]":
    """The cameras of this computer; none where a driver hangs.  Takes seconds: not for the main thread."""
    from core.vision.cameras import list_cameras

    try:
        return list_cameras()
    except TimeoutError:
        return []


class CameraTest(ttk.Frame):
    """A picture of a camera, and the sentence how it is."""

    def __init__(self, parent: tk.Misc, app: "Application") -> None:
        super().__init__(parent)
        self._app = app
        self._task: Task | None = None
        self.picture = Picture(self, pixels(self, _WIDTH), pixels(self, _HEIGHT))
        self.sentence = ttk.Label(self, style="Muted.TLabel", wraplength=pixels(self, _WIDTH))
        self.sentence.pack(anchor=anchor(), pady=pixels(self, 6))
        self.bind("<Destroy>", lambda _event: self.stop())

    def run(self, work: "Callable[[Use], Tried]") -> None:
        """Test the camera that ``work`` tries; a test that still runs is stopped."""
        self.stop()
        self.picture.clear()
        # Without a test an empty space would only be in the way.
        self.picture.pack(anchor=anchor(), before=self.sentence)
        self.sentence.configure(text=_("Looking …"))
        space = self.picture.space

        def look(use: "Use") -> tuple[Pictures.Image | None, str]:
            tried = work(use)
            return None if tried.picture is None else fitted(tried.picture, space), tried.sentence

        self._task = self._app.call(look, self._show, owner=self, failed=self._failed)

    def stop(self) -> None:
        """End a test that runs."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _show(self, found: tuple[Pictures.Image | None, str]) -> None:
        picture, sentence = found
        if picture is not None:
            self.picture.show(picture)
        else:
            self.picture.pack_forget()
        self.sentence.configure(text=sentence)

    def _failed(self, problem: RollcallError) -> bool:
        self._show((None, told(problem)))
        return True


class CameraChoice(ttk.Frame):
    """A list of cameras, a field for an address, and a test of what is chosen."""

    def __init__(self, parent: tk.Misc, app: "Application", first: Sequence[tuple[str, str]] = ()) -> None:
        """first: choices ``(key, words)`` before the cameras; they are not tested."""
        super().__init__(parent)
        self._app, self._first = app, list(first)
        self._keys: list[str] = []
        line = ttk.Frame(self)
        line.pack(fill="x")
        self.box = ttk.Combobox(line, state="readonly", width=34)
        self.box.pack(side=start(), fill="x", expand=True)
        self.button = ttk.Button(line, text=_("Test picture"), command=self.test, bootstyle="neutral")
        self.button.pack(side=start(), padx=pixels(self, 8))
        self.address = tk.StringVar(self)
        self._place = ttk.Frame(self)
        hint = _("Its address, like rtsp://name:password@10.0.0.7/stream")
        ttk.Label(self._place, text=hint, style="Muted.TLabel").pack(anchor=anchor())
        self.field = ttk.Entry(self._place, textvariable=self.address)
        self.field.pack(fill="x")
        self.test_place = CameraTest(self, app)
        self.test_place.pack(fill="x", pady=pixels(self, 8))
        self.box.bind("<<ComboboxSelected>>", lambda _event: self._chosen())
        self._fill([])
        self._app.call(lambda _use: found_cameras(), self._fill, owner=self)

    @property
    def spec(self) -> str:
        """The camera as a room takes it, or the key of a first choice; empty where nothing is chosen."""
        key = self._keys[self.box.current()] if self.box.current() >= 0 else ""
        return self.address.get().strip() if key == ADDRESS else key

    def test(self) -> None:
        """Show a picture of what is chosen."""
        spec = self.spec
        if not spec or spec in dict(self._first):
            self.test_place.sentence.configure(text=_("Choose a camera first, or type its address."))
            return

        def work(use: "Use") -> "Tried":
            from core.trying_camera import try_camera

            return try_camera(spec, use.task.cancelled)

        self.test_place.run(work)

    def choose(self, key: str) -> None:
        """Choose what has this key."""
        if key in self._keys:
            self.box.current(self._keys.index(key))
            self._chosen()

    def _fill(self, cameras: "Sequence[Camera]") -> None:
        chosen = self._keys[self.box.current()] if self.box.current() >= 0 else None
        choices = [*self._first, *((one.spec, one.name) for one in cameras), (ADDRESS, _("A camera in the network …"))]
        self._keys = [key for key, _words in choices]
        self.box.configure(values=[words for _key, words in choices])
        # What was chosen already stays; else the first camera there is.
        stays = chosen in self._keys and (chosen != ADDRESS or bool(self.address.get()))
        self.choose(chosen if stays and chosen is not None else self._keys[0])

    def _chosen(self) -> None:
        if self._keys[self.box.current()] == ADDRESS:
            self._place.pack(fill="x", pady=pixels(self, 6), before=self.test_place)
        else:
            self._place.pack_forget()
