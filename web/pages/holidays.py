"""Days without lessons: seen by all who teach, changed by an admin."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from core.calendar.holidays import add_holiday, delete_holiday, list_holidays
from web.site import site
from web.teaching import blueprint, class_options, days_given, done, own_classes, told_on
from web.wording import gettext as _

pages = blueprint("holidays", "/holidays")


@pages.get("/")
def page() -> ResponseReturnValue:
    """The list."""
    return render_template(
        "teacher/holidays.html", holidays=list_holidays(site().store), classes=class_options(own_classes())
    )


@pages.post("/")
@told_on(page)
def add() -> ResponseReturnValue:
    """Have no lessons on these days."""
    first, last = days_given()
    add_holiday(site().store, first, last, request.form.get("reason", ""), request.form.get("class") or None)
    return done(_("There are no lessons on these days."), "holidays.page")


@pages.post("/delete")
@told_on(page)
def delete() -> ResponseReturnValue:
    """Have lessons again."""
    delete_holiday(site().store, request.form.get("number", 0, int))
    return done(_("There are lessons again."), "holidays.page")
