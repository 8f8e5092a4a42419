"""What students asked, and the answers."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from core import questions
from web.site import site
from web.teaching import actor, blueprint, done, told_on
from web.wording import gettext as _

pages = blueprint("asked", "/questions")
MOST_ANSWERED = 30


@pages.get("/")
def page() -> ResponseReturnValue:
    """What waits first, then what was answered lately."""
    store = site().store
    marks, days = questions.list_questions(store), questions.list_absences_asked(store)
    return render_template(
        "teacher/questions.html",
        open_marks=[one for one in marks if one.query.answer is None],
        open_days=[one for one in days if one.asked.accepted is None],
        answered=[one for one in marks if one.query.answer is not None][:MOST_ANSWERED],
        decided=[one for one in days if one.asked.accepted is not None][:MOST_ANSWERED],
    )


def _page(number: int) -> ResponseReturnValue:
    return page()


@pages.post("/<int:number>")
@told_on(_page)
def answer(number: int) -> ResponseReturnValue:
    """Answer a question about a mark."""
    questions.answer_question(site().store, actor(), number, request.form.get("answer", ""))
    return done(_("The answer is sent."), "asked.page")


@pages.post("/absences/<int:number>")
@told_on(_page)
def answer_absence(number: int) -> ResponseReturnValue:
    """Excuse a student for the days they asked for, or do not."""
    accepted = request.form.get("accepted") == "yes"
    questions.answer_absence(site().store, actor(), number, accepted=accepted, answer=request.form.get("answer", ""))
    return done(_("The student is excused.") if accepted else _("The student is not excused."), "asked.page")
