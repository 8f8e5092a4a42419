"""Planned absences: who is excused beforehand."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from core.calendar.absences import AbsenceRequest, add_absence, delete_absence, list_absences
from core.statuses import list_all
from core.store.statuses import EXCUSED
from web.site import site
from web.teaching import (
    actor,
    blueprint,
    class_options,
    day_given,
    days_given,
    done,
    own_classes,
    student_options,
    today,
    told_on,
)
from web.wording import gettext as _

pages = blueprint("absences", "/absences")


@pages.get("/")
def page() -> ResponseReturnValue:
    """All that are not over, and the form for another one."""
    store = site().store
    since = day_given("since") or today()
    statuses = [one for one in list_all(store) if one.active]
    return render_template(
        "teacher/absences.html",
        absences=list_absences(store, since),
        since=since,
        students=student_options("roll").get("roll"),
        classes=class_options(own_classes()),
        statuses=[(one.code, f"{one.letter} {_(one.name)}") for one in statuses],
        excused=EXCUSED,
    )


@pages.post("/")
@told_on(page)
def add() -> ResponseReturnValue:
    """Excuse somebody."""
    given = request.form
    first, last = days_given()
    wanted = AbsenceRequest(
        given.get("roll", "").strip(),
        first,
        last,
        given.get("reason", ""),
        given.get("class") or None,
        given.get("status") or EXCUSED,
    )
    made = add_absence(site().store, actor(), wanted)
    return done(_("{name} is excused.", name=made.student.name), "absences.page")


@pages.post("/delete")
@told_on(page)
def delete() -> ResponseReturnValue:
    """Withdraw one; marks that it made stay."""
    delete_absence(site().store, request.form.get("number", 0, int))
    return done(_("The absence is withdrawn."), "absences.page")
