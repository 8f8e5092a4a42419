"""The classes of a teacher: who comes to them, and their groups."""

from flask import render_template
from flask.typing import ResponseReturnValue

from core.office.classes import roster
from core.office.groups import groups_of_class
from core.training_state import training_states
from web.site import site
from web.teaching import blueprint, class_numbered, own_classes

pages = blueprint("classes", "/classes")


@pages.get("/")
def all_classes() -> ResponseReturnValue:
    """The list."""
    return render_template("teacher/classes.html", classes=own_classes())


@pages.get("/<int:class_id>")
def page(class_id: int) -> ResponseReturnValue:
    """The students of a class."""
    card, store = class_numbered(class_id), site().store
    code = card.school_class.code
    trained = next((one for one in training_states(store) if one.school_class.id == class_id), None)
    return render_template(
        "teacher/class.html",
        card=card,
        roster=roster(store, code),
        groups=groups_of_class(store, code),
        trained=trained,
    )
