"""The networks for work that looks at faces; call it in the work, for loading takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.background import Once
from gui.texts import _

if TYPE_CHECKING:
    from core.engine import Engine
    from gui.opening import Use

SMALLEST_FACE_PX = 30
"""Photos are searched for smaller faces than may be stored, so that the reason can be “too small”, not “no face”."""


def load_networks(use: Use) -> Engine:
    """Load them, preparing them first if nobody has.  Raises NetworksError."""
    from core.engine import load_engine

    return load_engine(use.home, SMALLEST_FACE_PX, use.progress, use.settings.detector)


class Networks:
    """Loaded by the first work that needs them, and kept as long as the screen; asked for in threads."""

    def __init__(self) -> None:
        self._engine: Once[Engine] = Once()

    def get(self, use: Use) -> Engine:
        """Raises NetworksError, Cancelled while another thread loads them."""
        from core.records import Progress

        use.progress(Progress(0, None, _("Loading the networks …")))
        return self._engine.get(use.task, lambda: load_networks(use))

    def warm(self, use: Use) -> None:
        """Have them ready before they are needed; nothing where they were never prepared, which takes minutes."""
        from core.networks.prepare import networks_ready

        if networks_ready(use.home):
            self.get(use)
