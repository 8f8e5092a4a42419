"""``app.py consent``: who allows their face to be recognised, who does not, and since when."""

from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from core import clock, consent
from core.commands.choices import AsAdmin, By, Json, read_day
from core.commands.console import out, write_json
from core.commands.context import Context, of
from core.consent import ConsentDraft, ConsentRecord, ConsentState
from core.erasure import trained_again

app = typer.Typer(help="Consents: given, refused, withdrawn.", no_args_is_help=True)
Roll = Annotated[str, typer.Argument(help="Roll number.")]
Text = Annotated[str, typer.Argument(help="Where the signed paper is, e.g. “paper form, folder 3”.")]
Version = Annotated[str | None, typer.Option(help="Which wording was signed, as printed on the form, e.g. 2026-08.")]
GivenBy = Annotated[
    str | None, typer.Option("--given-by", help="Name of who signed, if neither the student nor a guardian.")
]
Guardian = Annotated[str | None, typer.Option(help="Name of the parent or guardian who signed for a minor.")]
OfAge = Annotated[bool, typer.Option("--of-age", help="The student is no minor and signed without a guardian.")]
On = Annotated[str | None, typer.Option(help="Day of the signature, e.g. 2026-11-21; without it today.")]


@app.command()
def give(
    context: typer.Context,
    roll: Roll,
    text: Text,
    version: Version = None,
    given_by: GivenBy = None,
    guardian: Guardian = None,
    of_age: OfAge = False,
    on: On = None,
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Record a signed consent form: from then on this student's face may be stored and recognised.

    For a minor: app.py consent give R001 "paper form, folder 3" --version 2026-08 --guardian "Anne Lovelace"
    """
    here = of(context)
    with here.changing() as store:
        draft = _draft(here, text, version, given_by, guardian, on)
        state = consent.give(store, roll, replace(draft, of_age=of_age))
    _tell(here, state, json)
    out.print("Next: app.py enrol CLASS PHOTOS")


@app.command()
def refuse(
    context: typer.Context,
    roll: Roll,
    text: Text,
    version: Version = None,
    given_by: GivenBy = None,
    guardian: Guardian = None,
    on: On = None,
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Record that a student or a guardian says no: the face is erased at once and never taken; they are marked by hand.

    TEXT says where the answer is, e.g. “letter of 3 May, folder 3”.
    """
    here = of(context)
    with here.writing("erasing a face") as store:
        state = consent.refuse(store, roll, _draft(here, text, version, given_by, guardian, on))
    _tell(here, state, json)


@app.command()
def withdraw(context: typer.Context, roll: Roll, by: By = None, as_admin: AsAdmin = False, json: Json = None) -> None:
    """Withdraw a consent: the face is erased everywhere, marks stay, and the student is marked by hand from now on."""
    here = of(context)
    with here.writing("erasing a face") as store:
        state = consent.withdraw(store, roll)
    _tell(here, state, json)


@app.command()
def show(context: typer.Context, roll: Roll, by: By = None, as_admin: AsAdmin = False, json: Json = None) -> None:
    """Show all that is recorded of a student's consent."""
    here = of(context)
    with here.reading() as store:
        state = consent.history(store, roll)
    _tell(here, state, json)


def _draft(
    here: Context, text: str, version: str | None, given_by: str | None, guardian: str | None, on: str | None
) -> ConsentDraft:
    zone = clock.school_zone(here.settings)
    at = None if on is None else clock.parse_local(f"{read_day(on, here.settings).isoformat()}T12:00", zone)
    return ConsentDraft(text, version, at, given_by, guardian)


def _tell(here: Context, state: ConsentState, json: Any) -> None:  # noqa: ANN401 - as Typer hands it over
    zone, student = clock.school_zone(here.settings), state.student
    erased = None if state.erased is None else asdict(state.erased)
    write_json(
        json,
        {
            "roll": student.roll,
            "consent": student.consent,
            "records": [_as_json(one) for one in state.records],
            "erased": erased,
            "removed": list(state.removed),
        },
    )
    out.print(f"{student.roll} {student.name}: {'consent stands' if student.consent else 'no consent'}.", markup=False)
    for one in state.records:
        signed = f", signed by {one.guardian or one.given_by}" if one.guardian or one.given_by else ""
        guardian = " (guardian)" if one.guardian else ""
        version = f", version {one.version}" if one.version else ""
        gone = (
            f"; withdrawn {clock.moment_text(one.withdrawn_at, zone)} by {one.withdrawn_by}" if one.withdrawn_at else ""
        )
        out.print(
            f"  {clock.moment_text(one.at, zone)} {one.kind}: {one.text}{version}{signed}{guardian}; "
            f"recorded by {one.recorded_by}{gone}",
            markup=False,
        )
    if state.erased is not None:
        shown = state.erased.sightings + state.erased.guesses
        out.print(
            f"Erased: {state.erased.samples} face samples, {state.erased.rejections} rejected faces, pictures of "
            f"{shown} faces in lessons and of {state.erased.passages} passages, {state.erased.selfies} selfies; "
            "also from the classifiers, the index and older copies of the database. "
            "Mark the student by hand: app.py set CLASS ROLL STATUS"
        )
    if state.removed:
        out.print(trained_again(state.removed), markup=False)


def _as_json(one: ConsentRecord) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in asdict(one).items()}
