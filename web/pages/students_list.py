"""The students of a teacher: looked for by a part of the name or the roll number."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from core.office.students import list_students
from core.store.text import key_of
from web.site import site
from web.teaching import blueprint

pages = blueprint("students_list", "/students")
MOST = 100


@pages.get("/")
def page() -> ResponseReturnValue:
    """Those that fit what is looked for."""
    wanted = request.args.get("q", "").strip()[:100]
    key = key_of(wanted)
    found = [
        one for one in list_students(site().store) if key in key_of(one.student.name) or key in key_of(one.student.roll)
    ]
    return render_template("teacher/students.html", wanted=wanted, lines=found[:MOST], count=len(found), most=MOST)
