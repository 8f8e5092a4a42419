"""Python's garbage collector, kept to the main thread while there is a window.

Python collects in whatever thread makes garbage.  A font, a variable or a window that lies in a ring of references
would be destroyed there, and Tcl ends the whole program when another thread than its own does that.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tkinter as tk

LOOK_MS = 250


def loaded_for_good() -> None:
    """What was loaded until now stays and need not be looked through each time, which takes 40 ms with all libraries.

    For the main thread, after much was loaded and before the window has to be quick.
    """
    gc.freeze()


class Collector:
    """From its making until :meth:`stop` garbage is collected by the main loop, as often as Python would by itself."""

    def __init__(self, root: tk.Misc) -> None:
        self._root = root
        gc.disable()
        loaded_for_good()
        root.after(LOOK_MS, self._look)

    def stop(self) -> None:
        """After the window was destroyed: collect what is left of it, then leave it to Python again.

        What somebody still holds, like a thread that did not end in time, is collected at the end of the next window.
        """
        gc.unfreeze()
        gc.collect()
        # Python would collect it in whatever thread makes garbage by then.
        gc.freeze()
        gc.enable()

    def _look(self) -> None:
        self._root.after(LOOK_MS, self._look)
        over = [
            gen
            for gen, (count, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
            if count > most
        ]
        if over:
            gc.collect(max(over))
