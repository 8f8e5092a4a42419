"""A student's own pages: today, the record, questions, absences to come, and what is stored about them."""

import io
from datetime import date
from http import HTTPStatus

from flask import Blueprint, abort, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from core import clock, consent, questions
from core.confirming.lessons import open_for
from core.confirming.phones import phones_of
from core.errors import InputError, RollcallError
from core.office.students import card_of
from core.person_export import packed_person
from core.presence import history
from core.records import Student
from core.reports.registry import run_report
from core.store.accounts import Account
from core.today import today_of
from web import identity
from web.site import site
from web.tables import rows_of, trend_of
from web.wording import gettext as _
from web.wording import sentence

pages = Blueprint("student", __name__, url_prefix="/my")
pages.before_request(identity.need("student"))
LAST_LESSONS = 10


@pages.get("/")
def today() -> ResponseReturnValue:
    """What is open now, the lessons of the day, and the last ones."""
    here = site()
    return render_template(
        "student/today.html",
        student=_student(),
        open_now=open_for(here.store, _student_id()),
        day=today_of(here.store, here.settings, _student_id()),
        lessons=tuple(reversed(history(here.store, here.settings, _roll()).lessons))[:LAST_LESSONS],
    )


@pages.get("/record")
def record() -> ResponseReturnValue:
    """Percentages, how they went, and the last lessons."""
    here, given, problem = site(), _span(), None
    try:
        result = run_report(here.store, here.settings, "student", {"student": _roll(), **given})
    except InputError as error:
        problem, given = sentence(error), {}
        result = run_report(here.store, here.settings, "student", {"student": _roll()})
    classes, lessons = (rows_of(one) for one in result.tables)
    shown = render_template(
        "student/record.html",
        classes=classes,
        lessons=lessons,
        trend=trend_of(result),
        minimum=here.settings.minimum_percent,
        span=given,
        problem=problem,
    )
    return shown, HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK


@pages.get("/questions")
def asked() -> ResponseReturnValue:
    """What was asked and answered."""
    return _questions(None)


@pages.post("/questions")
def ask() -> ResponseReturnValue:
    """Ask about a mark."""
    session_id = request.form.get("session", type=int)
    try:
        if session_id is None:
            raise InputError(_("Choose the lesson you ask about."))
        questions.ask_about_mark(site().store, _account().actor(), _student_id(), session_id, request.form["question"])
    except RollcallError as error:
        return _questions(sentence(error)), 400
    return redirect(url_for("student.asked"), 303)


def _questions(problem: str | None) -> str:
    here = site()
    return render_template(
        "student/questions.html",
        questions=questions.list_questions(here.store),
        lessons=tuple(reversed(history(here.store, here.settings, _roll()).lessons)),
        chosen=request.values.get("session", type=int),
        given=request.form.get("question", ""),
        problem=problem,
    )


@pages.get("/absences")
def absences() -> ResponseReturnValue:
    """Days asked for."""
    return _absences(None)


@pages.post("/absences")
def ask_absence() -> ResponseReturnValue:
    """Ask to be excused."""
    here, given = site(), request.form
    try:
        first, last = _day(given.get("first", "")), _day(given.get("last", "") or given.get("first", ""))
        questions.ask_for_absence(
            here.store, here.settings, _account().actor(), _student_id(), first, last, given.get("reason", "")
        )
    except RollcallError as error:
        return _absences(sentence(error)), 400
    return redirect(url_for("student.absences"), 303)


def _absences(problem: str | None) -> str:
    found = questions.list_absences_asked(site().store)
    return render_template("student/absences.html", asked=found, given=request.form, problem=problem)


@pages.get("/data")
def data() -> ResponseReturnValue:
    """Consent, and what is stored."""
    store = site().store
    return render_template(
        "student/data.html", state=consent.history(store, _roll()), phones=phones_of(store, _roll()), problem=None
    )


@pages.post("/data/withdraw")
def withdraw() -> ResponseReturnValue:
    """Withdraw the consent: all of the face goes."""
    if request.form.get("sure") != "yes":
        raise InputError(_("Tick that you are sure. Nothing was changed."))
    consent.withdraw(site().store, _roll())
    return redirect(url_for("student.data"), 303)


@pages.post("/data/export")
def export() -> ResponseReturnValue:
    """Everything stored about oneself, as one file."""
    packed = packed_person(site().store, _roll())
    return send_file(io.BytesIO(packed), mimetype="application/zip", as_attachment=True, download_name="my-data.zip")


def _account() -> Account:
    found = identity.account()
    if found is None:
        abort(401)
    return found


def _student_id() -> int:
    return _account().student_id or 0


def _student() -> Student:
    """Who is logged in, as a student of the school; looked up once a page."""
    if "student" not in g:
        g.student = card_of(site().store, _student_id()).student
    found: Student = g.student
    return found


def _roll() -> str:
    return _student().roll


def _span() -> dict[str, str]:
    return {name: value for name in ("from", "to") if (value := request.args.get(name, "").strip())}


def _day(text: str) -> date:
    return clock.parse_day(text, clock.school_zone(site().settings))
