"""A register that was edited elsewhere, brought back: first what it would change, then all of it or nothing."""

import hashlib
from dataclasses import replace

from flask import render_template, request
from flask.typing import ResponseReturnValue

from core.correcting import undo
from core.errors import ConflictError, InputError
from core.register_import.applying import apply_import
from core.register_import.planning import plan_file
from core.register_import.records import ImportPlan, PlannedChange
from core.statuses import list_all
from web import held
from web.site import site
from web.teaching import actor, blueprint, class_numbered, done, told_on
from web.wording import gettext as _
from web.wording import ngettext

pages = blueprint("upload", "/upload/<int:class_id>")
ENDINGS = ("xlsx", "ods", "csv")


@pages.get("/")
def page(class_id: int) -> ResponseReturnValue:
    """The form for the file."""
    return render_template("teacher/upload.html", card=class_numbered(class_id), plan=None)


@pages.post("/")
@told_on(page)
def look(class_id: int) -> ResponseReturnValue:
    """What a file would change."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InputError(_("Choose a file first."))
    ending = sent.filename.rpartition(".")[2].casefold()
    if ending not in ENDINGS:
        raise InputError(_("Choose a file that was saved from Rollcall: .xlsx, .ods or .csv."))
    token = held.hold(sent.read(), ending)
    return _preview(class_id, token, _plan(class_id, token), sent.filename)


@pages.post("/apply")
@told_on(page)
def apply(class_id: int) -> ResponseReturnValue:
    """Do what was looked at, with those conflicts in which the file is right."""
    here, given = site(), request.form
    token, taken = given.get("token", ""), set(given.getlist("take"))
    plan = _plan(class_id, token)
    if given.get("seen") != digest(plan):
        raise ConflictError("The register was changed while you looked, so nothing was done. Choose the file again.")
    chosen = replace(plan, conflicts=tuple(one for one in plan.conflicts if key_of(one.change) in taken))
    why = given.get("why", "").strip() or None
    made = apply_import(here.store, here.settings, actor(), chosen, why, overwrite_conflicts=True)
    held.forget(token)
    words = ngettext("{} mark was changed.", "{} marks were changed.", len(made.changes))
    return render_template("teacher/uploaded.html", card=class_numbered(class_id), made=made, words=words)


@pages.post("/undo")
@told_on(page)
def take_back(class_id: int) -> ResponseReturnValue:
    """Take the whole upload back."""
    here, given = site(), request.form
    undo(here.store, here.settings, actor(), given.get("session", 0, int), act=given.get("act", ""))
    return done(_("The upload was taken back."), "upload.page", class_id=class_id)


def key_of(change: PlannedChange) -> str:
    """What names a change in a form."""
    return f"{change.session.id}-{change.student.id}"


def digest(plan: ImportPlan) -> str:
    """Tells whether a plan is still the one that was looked at."""
    changes = [*plan.changes, *(one.change for one in plan.conflicts)]
    told = repr([(key_of(one), one.before, one.after) for one in changes])
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def _plan(class_id: int, token: str) -> ImportPlan:
    code = class_numbered(class_id).school_class.code
    return plan_file(site().store, site().settings, held.held(token), code)


def _preview(class_id: int, token: str, plan: ImportPlan, name: str) -> str:
    return render_template(
        "teacher/upload.html",
        card=class_numbered(class_id),
        plan=plan,
        name=name[:80],
        token=token,
        seen=digest(plan),
        key_of=key_of,
        statuses={one.code: one for one in list_all(site().store)},
    )
