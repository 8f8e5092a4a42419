"""What a screen is: one file in ``gui/screens`` with one class ``Screen``, found by itself (docs/desktop.md)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import ttkbootstrap as ttk

from core.actions import ACTIONS
from core.actor import Actor
from core.errors import RollcallError
from gui.background import Task
from gui.texts import _
from gui.theme import pixels
from gui.widgets.heading import Heading
from gui.widgets.tall_place import LEAST

if TYPE_CHECKING:
    from core.records import Progress
    from gui.application import Application
    from gui.opening import Use

T = TypeVar("T")

LOW = 285
"""For ``least`` of a screen whose main part scrolls by itself."""
FOLDER = Path(__file__).parent / "screens"


class BaseScreen(ttk.Frame):
    """A page of the window.  A subclass fills itself in ``__init__`` and loads what it shows in ``show``.

    name: as others open it; title: a text marked with ``N_``; action: of :mod:`core.actions`, who may not do it does
    not see the screen; order: in the list at the side, 0 leaves it out there; icon: one of Bootstrap's icons.
    Write all five as plain literals: the list is read without loading the screens.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    action: ClassVar[str | None] = None
    order: ClassVar[int] = 0
    icon: ClassVar[str] = "square"
    least: ClassVar[int] = LEAST
    """Pixels at 100 % of height from which on it is clear; below that the whole page scrolls.  What scrolls by itself
    needs less, and then no second bar beside its own.
    """

    def __init__(self, app: Application, parent: ttk.Frame) -> None:
        super().__init__(parent, padding=pixels(parent, 24))
        self.app = app
        self._back_with: Callable[[], object] | None = None

    def show(self, about: object = None) -> None:
        """Called each time the screen comes to the front; load anew what may have changed.

        about: what another screen wants to be shown, see :meth:`gui.application.Application.open`.
        """

    def leave(self) -> bool:
        """Called before another screen comes, and before the window closes or locks for good; False stays here."""
        return True

    def may(self, action: str) -> bool:
        """Whether who is logged in may do an action of :mod:`core.actions` on anything; else it is not offered."""
        return self.app.actor is not None and may(self.app.actor, action)

    def heading(self, text: str, back: tuple[str, Callable[[], object]] | None = None) -> ttk.Frame:
        """The line at the top; put the screen's buttons into the frame that is returned.

        back: where one comes from, in words, and what leads there: an arrow before the title, and Esc.
        """
        if back is not None:
            self.back_with(back[1])
        self.title_line = Heading(self, text, back)
        self.title_line.pack(fill="x", pady=(0, pixels(self, 16)))
        return self.title_line.buttons

    def back_with(self, command: Callable[[], object]) -> None:
        """What Esc does on this screen, wherever in it the keyboard is; for ways back only."""
        self._back_with = command

    def go_back(self) -> None:
        """Esc was pressed, and nothing that has the keyboard took it."""
        if self._back_with is not None:
            self._back_with()

    def call(
        self,
        work: Callable[[Use], T],
        done: Callable[[T], None] | None = None,
        *,
        failed: Callable[[RollcallError], bool] | None = None,
        progress: Callable[[Progress], None] | None = None,
        title: str = "",
        saves: bool = False,
    ) -> Task:
        """:meth:`gui.application.Application.call` for this screen: nothing comes back once the screen is gone."""
        return self.app.call(work, done, owner=self, failed=failed, progress=progress, title=title, saves=saves)


@dataclass(frozen=True, slots=True)
class ScreenInfo:
    """What the side list needs to know of a screen that is not loaded yet."""

    module: str
    name: str
    title: str
    action: str | None
    order: int
    icon: str

    @property
    def shown_title(self) -> str:
        return _(self.title)

    def is_open_to(self, actor: Actor) -> bool:
        """Whether the role may do what the screen is for; on what, the services judge."""
        return self.action is None or may(actor, self.action)


def may(actor: Actor, action: str) -> bool:
    """Whether the role may do it; on what, the services judge."""
    # Without an account the school has none, and everything is allowed.
    return actor.account_id is None or actor.role in ACTIONS[action]


def list_screens(folder: Path = FOLDER) -> tuple[ScreenInfo, ...]:
    """All screens in the order of the side list, read from the files without loading them."""
    found = [_read(path) for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
    return tuple(sorted(found, key=lambda one: (one.order, one.name)))


def _read(path: Path) -> ScreenInfo:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    bodies = [node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Screen"]
    if len(bodies) != 1:
        raise TypeError(f"{path.name} must have one class named Screen")
    given = {
        node.targets[0].id: _literal(node.value)
        for node in bodies[0]
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    return ScreenInfo(
        module=f"gui.screens.{path.stem}",
        name=given["name"],
        title=given["title"],
        action=given.get("action"),
        order=given.get("order", 0),
        icon=given.get("icon", "square"),
    )


def _literal(node: ast.expr) -> Any:  # noqa: ANN401 - a string, a number or None
    if isinstance(node, ast.Call) and len(node.args) == 1:
        node = node.args[0]  # N_("…")
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
