"""Training of a class: begun, followed, how well it recognises, and older versions taken up again."""

from flask import abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import clock
from core.accuracy import Accuracy, check
from core.errors import ClassifierError
from core.locks import home_lock
from core.networks.prepare import network_key
from core.training_state import training_states
from core.versions import comparison, list_versions, use_version
from web import works
from web.pictures import chart_answer
from web.site import site
from web.taking.messages import Train
from web.teaching import blueprint, class_numbered, done, told_on
from web.wording import gettext as _
from web.wording import sentence

pages = blueprint("training", "/training/<int:class_id>")


@pages.get("/")
def page(class_id: int) -> ResponseReturnValue:
    """How it stands."""
    card, store = class_numbered(class_id), site().store
    versions = list_versions(store, card.school_class.code, network_key(store.home))[1]
    return render_template(
        "teacher/training.html",
        card=card,
        state=next((one for one in training_states(store) if one.school_class.id == class_id), None),
        versions=versions,
        comparison=comparison(versions),
        work=works.now(_about(class_id)),
    )


@pages.get("/work.json")
def work(class_id: int) -> ResponseReturnValue:
    """How far a training is."""
    return works.as_json(_about(class_numbered(class_id).school_class.id))


@pages.get("/accuracy")
def accuracy(class_id: int) -> ResponseReturnValue:
    """How well the class is recognised, and what to do about those who are not."""
    card = class_numbered(class_id)
    return render_template("teacher/accuracy.html", card=card, found=_accuracy(card.school_class.code))


@pages.get("/chart.png")
def chart(class_id: int) -> ResponseReturnValue:
    """How well each student is recognised; the table beside it says the same."""
    from core.reports.accuracy_picture import accuracy_image  # Loads Matplotlib.

    found = _accuracy(class_numbered(class_id).school_class.code)
    if found is None:
        abort(404)
    return chart_answer(accuracy_image(found, clock.school_zone(site().settings)))


@pages.post("/")
@told_on(page)
def begin(class_id: int) -> ResponseReturnValue:
    """Begin to train it."""
    works.ask(_about(class_id), Train(class_numbered(class_id).school_class.code))
    return redirect(url_for("training.page", class_id=class_id), 303)


@pages.post("/cancel")
@told_on(page)
def cancel(class_id: int) -> ResponseReturnValue:
    """End a training before it is done."""
    works.cancel(_about(class_numbered(class_id).school_class.id))
    return redirect(url_for("training.page", class_id=class_id), 303)


@pages.post("/version")
@told_on(page)
def choose(class_id: int) -> ResponseReturnValue:
    """Recognise with another version from now on."""
    here, code = site(), class_numbered(class_id).school_class.code
    with home_lock(here.home, "choosing a version"):
        use_version(here.store, code, request.form.get("run", 0, int), network_key(here.home) or "")
    return done(_("The class is recognised with this version from now on."), "training.page", class_id=class_id)


def _about(class_id: int) -> str:
    return f"train {class_id}"


def _accuracy(code: str) -> Accuracy | None:
    here = site()
    try:
        return check(here.store, code, network_key(here.home), caution=here.settings.caution)
    except ClassifierError as error:
        g.problem = sentence(error)
        return None
