"""Rollcall: ``python3 app.py`` opens the window, ``python3 app.py demo`` tries it; see ``core/bootstrap.py``."""

from __future__ import annotations

import sys

from core.bootstrap import Surfaces, main


def open_window(home: str | None) -> int:
    """The desktop application."""
    from pathlib import Path

    from core.paths import Home
    from gui.main import run

    return run(Home.find(Path(home) if home else None))


def provide_portal() -> None:
    """The portal, whose own parts are loaded when it is to be served."""
    from core.surfaces import Serving, provide_portal

    def serve(wanted: Serving) -> None:
        from web.main import serve as serve_until_stopped

        serve_until_stopped(wanted)

    provide_portal(serve)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Surfaces(open_window, provide_portal)))
