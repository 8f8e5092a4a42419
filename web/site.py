"""What every page needs, and how a page gets it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import cast

from flask import current_app, g, has_request_context

from core.paths import Home
from core.settings import Settings, load_settings
from core.store.database import Store

_NAME = "rollcall"


@dataclass(frozen=True, slots=True)
class Site:
    """One home as it is served.

    secure: over TLS; else no passwords are asked for.  hosts: names and addresses by which it may be called, as of now.
    reached: where phones find it, as of now; empty where nobody knows.
    """

    home: Home
    store: Store = field(repr=False)
    secure: bool
    hosts: Callable[[], Collection[str]]
    reached: Callable[[], str] = str

    @property
    def settings(self) -> Settings:
        """As they are now: a change counts from the next page on.  Read once a page, which may show a hundred times."""
        if not has_request_context():
            return load_settings(self.home)
        if "settings" not in g:
            g.settings = load_settings(self.home)
        found: Settings = g.settings
        return found


def remember(app: object, site: Site) -> None:
    """Leave the site where :func:`site` finds it."""
    app.extensions[_NAME] = site  # type: ignore[attr-defined]


def site() -> Site:
    """The site whose page is being made."""
    return cast(Site, current_app.extensions[_NAME])
