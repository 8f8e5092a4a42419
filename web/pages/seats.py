"""The seating plan of a class: as a plan to look at, and as a list to change it with."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from core.errors import InputError
from core.seating import SeatChange, change_seats, seating_plan
from core.seats import MOST, Place
from web.site import site
from web.teaching import blueprint, class_numbered, done, told_on
from web.wording import gettext as _

pages = blueprint("seats", "/seats/<int:class_id>")


@pages.get("/")
def page(class_id: int) -> ResponseReturnValue:
    """Both."""
    card = class_numbered(class_id)
    plan = seating_plan(site().store, card.school_class.code)
    names = {one.id: one for one in plan.students}
    rows = [
        [names.get(plan.seats.who(Place(row, column)) or 0) for column in range(1, plan.seats.columns + 1)]
        for row in range(1, plan.seats.rows + 1)
    ]
    return render_template("teacher/seats.html", card=card, plan=plan, rows=rows, most=MOST)


@pages.post("/")
@told_on(page)
def change(class_id: int) -> ResponseReturnValue:
    """Size, everybody in an order, nobody, or one student."""
    code = class_numbered(class_id).school_class.code
    change_seats(site().store, code, _change())
    return done(_("The seating plan is saved."), "seats.page", class_id=class_id)


def _change() -> SeatChange:
    given = request.form
    match given.get("what"):
        case "size":
            return SeatChange(size=(_number("rows"), _number("columns")))
        case "roll":
            return SeatChange(fill="roll")
        case "name":
            return SeatChange(fill="name")
        case "clear":
            return SeatChange(clear=True)
        case "stand":
            return SeatChange(stand=(given.get("roll", ""),))
        case "sit":
            return SeatChange(sit={given.get("roll", ""): Place(_number("row"), _number("column"))})
    raise InputError(_("Choose what shall be done with the plan."))


def _number(name: str) -> int:
    found = request.form.get(name, type=int)
    if found is None:
        raise InputError(_("Write rows and columns as numbers."))
    return found
