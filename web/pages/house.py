"""Who is in the house, for the case of fire."""

from flask import render_template
from flask.typing import ResponseReturnValue

from core.presence import on_site
from web.site import site
from web.teaching import blueprint

pages = blueprint("house", "/house")


@pages.get("/")
def page() -> ResponseReturnValue:
    """The list, as of now."""
    return render_template("teacher/house.html", people=on_site(site().store, site().settings))
