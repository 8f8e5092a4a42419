"""The desk of the portal, as pages find it."""

from typing import cast

from flask import Flask, current_app

from core.store.database import Store
from web.taking.desk import Desk

_NAME = "rollcall-taking"


def set_up(app: Flask, store: Store) -> None:
    """Give a new application its desk, which is opened by who serves it, else when it is first used."""
    app.extensions[_NAME] = Desk(store)


def desk_of(app: Flask) -> Desk:
    """The desk of an application."""
    return cast(Desk, app.extensions[_NAME])


def desk() -> Desk:
    """The desk of the portal whose page is being made."""
    return desk_of(current_app)
