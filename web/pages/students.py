"""One student: figures, lessons, consent, phones and absences to come."""

from flask import abort, g, render_template, request
from flask.typing import ResponseReturnValue

from core import clock, consent
from core.calendar.absences import list_absences
from core.confirming.phones import new_pairing, phones_of, unpair
from core.consent import ConsentDraft
from core.errors import InputError
from core.locks import home_lock
from core.office.students import StudentCard, card_of
from core.presence import history
from core.reports.registry import run_report
from web.charts import chart_image
from web.pictures import chart_answer
from web.site import site
from web.teaching import actor, blueprint, day_given, done, today, told_on
from web.wording import gettext as _

pages = blueprint("students", "/student/<int:student_id>")
LAST_LESSONS = 20


@pages.get("/")
def page(student_id: int) -> ResponseReturnValue:
    """All about them."""
    here, card = site(), _card(student_id)
    roll = card.student.roll
    return render_template(
        "teacher/student.html",
        card=card,
        student=card.student,
        result=run_report(here.store, here.settings, "student", {"student": roll}),
        lessons=tuple(reversed(history(here.store, here.settings, roll).lessons))[:LAST_LESSONS],
        consent=consent.history(here.store, roll),
        guardian_signs=here.settings.guardian_signs,
        phones=phones_of(here.store, roll),
        absences=[one for one in list_absences(here.store, today()) if one.student.id == student_id],
        pairing=g.get("pairing"),
    )


def _card(student_id: int) -> StudentCard:
    return card_of(site().store, student_id)


@pages.get("/chart.png")
def chart(student_id: int) -> ResponseReturnValue:
    """Their charts; the figures stand in the tables beside it."""
    here = site()
    result = run_report(here.store, here.settings, "student", {"student": _card(student_id).student.roll})
    if not result.charts:
        abort(404)
    return chart_answer(chart_image(result))


@pages.post("/pairing")
@told_on(page)
def pair(student_id: int) -> ResponseReturnValue:
    """A code with which a phone becomes theirs; it is shown this once."""
    g.pairing = new_pairing(site().store, actor(), _card(student_id).student.roll)
    return page(student_id)


@pages.post("/phones")
@told_on(page)
def remove_phone(student_id: int) -> ResponseReturnValue:
    """Take a phone away."""
    device = request.form.get("phone", 0, int)
    unpair(site().store, actor(), _card(student_id).student.roll, device)
    return done(_("The phone confirms nothing any more."), "students.page", student_id=student_id)


@pages.post("/consent")
@told_on(page)
def record_consent(student_id: int) -> ResponseReturnValue:
    """Record a consent."""
    given, here = request.form, site()
    day = day_given("day")
    at = clock.parse_local(f"{day.isoformat()}T12:00", clock.school_zone(here.settings)) if day else None
    draft = ConsentDraft(
        given.get("text", ""),
        given.get("version", "").strip() or None,
        at,
        guardian=given.get("guardian", "").strip() or None,
        of_age=given.get("of_age") == "yes",
    )
    consent.give(here.store, _card(student_id).student.roll, draft)
    return done(_("The consent is recorded."), "students.page", student_id=student_id)


@pages.post("/consent/end")
@told_on(page)
def end_consent(student_id: int) -> ResponseReturnValue:
    """Record that they do not want it, or not any more: all of the face goes."""
    given, here = request.form, site()
    if given.get("sure") != "yes":
        raise InputError(_("Tick that you are sure. Nothing was changed."))
    roll = _card(student_id).student.roll
    with home_lock(here.home, "erasing a face"):
        if given.get("what") == "withdraw":
            consent.withdraw(here.store, roll)
        else:
            consent.refuse(here.store, roll, ConsentDraft(given.get("text", "")))
    return done(_("Recorded. Nothing of the face is stored any more."), "students.page", student_id=student_id)
