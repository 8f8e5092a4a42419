"""The reports: chosen, asked for what they take, shown with their charts, saved as files."""

from collections.abc import Mapping
from datetime import timedelta

from flask import abort, g, render_template, request
from flask.typing import ResponseReturnValue

from core import clock
from core.calendar.lessons import list_lessons
from core.errors import AccessError, RollcallError
from core.office.teachers import list_teachers
from core.reports.output import Paper, endings, file_name, write_report
from core.reports.registry import Report, get_report, reports, run_report
from core.words import QUESTIONS
from web.charts import chart_image
from web.pictures import chart_answer
from web.site import site
from web.teaching import actor, blueprint, class_options, download, own_classes, student_options, today
from web.wording import gettext as _
from web.wording import moment, sentence

pages = blueprint("reports", "/reports")
Choices = Mapping[str, list[tuple[str, str]]]
DAYS_BACK = timedelta(days=60)
"""Of older lessons the number is in the address of the lesson’s page."""
_OF_SOMEBODY = ("class", "student", "session")


@pages.get("/")
def all_reports() -> ResponseReturnValue:
    """Those that can be about something of who asks."""
    offered = [one for one in reports().values() if _sees_all() or any(two.kind in _OF_SOMEBODY for two in one.takes)]
    return render_template("teacher/reports.html", reports=offered)


@pages.get("/<name>")
def page(name: str) -> ResponseReturnValue:
    """What a report asks for, and what it says once that is given."""
    report, given, result = get_report(name), _given(), None
    # A teacher’s own class is named; the whole school would be refused.
    needed = {one.name for one in report.takes if one.required or (one.kind == "class" and not _sees_all())}
    if needed <= given.keys():
        try:
            result = run_report(site().store, site().settings, name, given)
        except AccessError:
            raise
        except RollcallError as error:
            g.problem = sentence(error)
    return render_template(
        "teacher/report.html",
        report=report,
        given=given,
        result=result,
        needed=needed,
        endings=endings(),
        choices=_choices(report),
        labels=_labels(),
    )


@pages.get("/<name>/chart.png")
def chart(name: str) -> ResponseReturnValue:
    """Its charts; the figures are in the tables beside it."""
    result = run_report(site().store, site().settings, name, _given())
    if not result.charts:
        abort(404)
    return chart_answer(chart_image(result))


@pages.get("/<name>/file.<ending>")
def file(name: str, ending: str) -> ResponseReturnValue:
    """The report as a file."""
    if ending not in endings():
        abort(404)
    here = site()
    result = run_report(here.store, here.settings, name, _given())
    printed = clock.local(clock.now(), clock.school_zone(here.settings)).replace(tzinfo=None)
    paper = Paper(here.settings.school, printed)
    return download(lambda path: write_report(path, result, paper), ending, file_name(result, ending))


def _given() -> dict[str, str]:
    return {name: value.strip() for name, value in request.args.items() if value.strip()}


def _sees_all() -> bool:
    return actor().role == "admin"


def _choices(report: Report) -> Choices:
    """What can be chosen for those parameters that are one of few."""
    kinds = {one.kind for one in report.takes}
    found: dict[str, list[tuple[str, str]]] = {}
    if "class" in kinds:
        found["class"] = class_options(own_classes())
    if "student" in kinds:
        found |= student_options("student")
    if "teacher" in kinds:
        found["teacher"] = [(one.teacher.name, one.teacher.name) for one in list_teachers(site().store)]
    if "session" in kinds:
        found["session"] = _sessions()
    if "yes or no" in kinds:
        found["yes or no"] = [("yes", _("yes")), ("no", _("no"))]
    return found


def _sessions() -> list[tuple[str, str]]:
    held = list_lessons(site().store, site().settings, today() - DAYS_BACK, today()).rows
    return [
        (str(one.lesson.session.id), f"{one.school_class.code} {moment(one.lesson.starts_at)}")
        for one in reversed(held)
        if one.lesson.session is not None
    ]


def _labels() -> Mapping[str, str]:
    return {name: _(words) for name, words in QUESTIONS.items()}
