"""Where to save, and which file to take."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tkinter import filedialog
from typing import TYPE_CHECKING

from gui.texts import _

if TYPE_CHECKING:
    from gui.application import Application

_NAMES = {
    "xlsx": "Excel",
    "ods": "OpenDocument",
    "csv": "CSV",
    "pdf": "PDF",
    "png": "PNG",
    "json": "JSON",
}


def save_as(app: "Application", name: str, endings: Sequence[str], then: Callable[[Path], None]) -> None:
    """Ask where to save; ``then`` gets a path with one of the endings (without dot), the first where none is typed."""
    kinds = [(_NAMES.get(one, one), f"*.{one}") for one in endings]
    chosen = filedialog.asksaveasfilename(
        parent=app.root, title=_("Save as"), initialfile=name, defaultextension=f".{endings[0]}", filetypes=kinds
    )
    if chosen:
        then(Path(chosen))


def choose_file(app: "Application", endings: Sequence[str], then: Callable[[Path], None]) -> None:
    """Ask for a file that is there, with one of the endings (without dot)."""
    kinds = [(_("Files to read"), " ".join(f"*.{one}" for one in endings)), (_("All files"), "*")]
    chosen = filedialog.askopenfilename(parent=app.root, title=_("Choose a file"), filetypes=kinds)
    if chosen:
        then(Path(chosen))
