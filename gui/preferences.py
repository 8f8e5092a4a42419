"""How one person likes the window: a small file of theirs in the home, apart from the school's settings."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from core.actor import computer_user
from core.files import safe_name, write_bytes_atomically
from core.paths import Home

Mode = Literal["light", "dark"]
View = Literal["grid", "list", "seats"]
"""How a class is shown while it is marked."""
FONT_PERCENTS = (100, 125, 150, 175, 200)


@dataclass(frozen=True, slots=True)
class Preferences:
    """language: like ``hi``; font_percent: one of FONT_PERCENTS; place: Tk geometry, None where it was never moved.

    serves: the portal is switched on with the window.
    """

    language: str = "en"
    font_percent: int = 100
    mode: Mode = "light"
    place: str | None = None
    maximised: bool = False
    view: View = "grid"
    serves: bool = False


def load_preferences(home: Home) -> Preferences:
    """Those of who uses this computer; what is missing or makes no sense is as at first."""
    try:
        read = json.loads(_path(home).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Preferences()
    return _checked(read) if isinstance(read, dict) else Preferences()


def save_preferences(home: Home, preferences: Preferences) -> None:
    """Raises DiskFullError."""
    path = _path(home)
    write_bytes_atomically(path, json.dumps(asdict(preferences), indent=1).encode("utf-8"))


def _path(home: Home) -> Path:
    return home.data / "window" / f"{safe_name(computer_user())}.json"


def _checked(read: dict[str, object]) -> Preferences:
    first = Preferences()
    wanted = (read.get(name) for name in ("language", "font_percent", "mode", "place", "view"))
    language, percent, mode, place, view = wanted
    return Preferences(
        language=language if isinstance(language, str) else first.language,
        font_percent=percent if isinstance(percent, int) and percent in FONT_PERCENTS else first.font_percent,
        mode=mode if mode in get_args(Mode) else first.mode,  # type: ignore[arg-type]
        place=place if isinstance(place, str) else None,
        maximised=read.get("maximised") is True,
        serves=read.get("serves") is True,
        view=view if view in get_args(View) else first.view,  # type: ignore[arg-type]
    )
