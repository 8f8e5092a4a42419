"""``app.py check``: how well a class is recognised, as tables and as a picture."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core import clock
from core.accuracy import Accuracy, Confusion, StudentAccuracy
from core.accuracy import check as check_now
from core.commands.console import out, progress_bar, write_json
from core.commands.context import of
from core.errors import InputError
from core.files import safe_name
from core.networks.prepare import network_key

SHOWN_PAIRS = 10


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("check")(check)


def check(
    context: typer.Context,
    class_code: Annotated[str, typer.Argument(metavar="CLASS", help="Code of the class.")],
    picture: Annotated[
        Path | None, typer.Option(help="Where the picture goes, a .png file (a bare name goes to output/).")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result for machines to this file.")] = None,
) -> None:
    """Test a class on its own photos: who is missed, who is confused, who needs better photos."""
    here = of(context)
    if picture is not None and picture.suffix.lower() != ".png":
        raise InputError(f"The picture {picture.name} must be a .png file. Give a name like check.png.")
    zone = clock.school_zone(here.settings)
    with here.reading() as store, progress_bar("Checking") as progress:
        report = check_now(store, class_code, network_key(here.home), progress, here.settings.caution)
    # Here, not above: every other command would wait for Matplotlib too.
    from core.reports.accuracy_picture import draw_accuracy

    target = _target(here.home.output, picture, report.school_class.code)
    drawn = draw_accuracy(target, report, zone, fallback=here.home.output)
    write_json(json, as_json(report, drawn.path))
    _tell(report)
    if drawn.note:
        out.print(drawn.note, markup=False)
    out.print(f"Picture: {drawn.path}", markup=False, soft_wrap=True)


def _target(output: Path, wanted: Path | None, code: str) -> Path:
    if wanted is None:
        return output / f"check_{safe_name(code)}.png"
    return output / wanted if wanted.parent == Path() else wanted.resolve()


def _tell(report: Accuracy) -> None:
    tested = report.tested
    out.print(f"{report.school_class.code} {report.school_class.name}, version {report.run.id}.", markup=False)
    out.print(
        f"Held-out test, one photo each: of {tested} photos {_share(report.right, tested)} were named rightly, "
        f"{_share(report.wrong, tested)} wrongly, {_share(report.refused, tested)} refused."
    )
    if report.asked:
        out.print(
            f"At {report.asked} of those with a name, two students are so close that Rollcall asks instead of marking."
        )
    if report.untested:
        out.print(f"{report.untested} could not be tested, because the student has no other photo.")
    if report.strangers:
        refused = report.strangers - report.strangers_named
        out.print(
            f"Of {report.strangers} photos of strangers {_share(refused, report.strangers)} were refused and "
            f"{_share(report.strangers_named, report.strangers)} given a student's name."
        )
    else:
        out.print("Strangers could not be tested: that takes more students.")
    out.print(_cut_table(report))
    if report.confusions:
        out.print(_confusion_table(report.confusions[:SHOWN_PAIRS]))
    else:
        out.print("Nobody came close to being taken for somebody else.")
    _tell_advice(report)


def _tell_advice(report: Accuracy) -> None:
    weak = [one for one in report.students if one.advice]
    if not weak:
        out.print("Everybody has enough good photos.")
        return
    out.print("Who needs more or better photos:")
    for one in sorted(weak, key=lambda each: -(each.wrong + each.refused)):
        for advice in one.advice:
            who = f"{one.student.roll} {one.student.name}"
            out.print(f"  {who}: {advice.reason}. {advice.remedy}", markup=False)


def _cut_table(report: Accuracy) -> Table:
    table = Table("Cut", "Students missed", "Named wrongly", "Strangers named", "", title="If the cut were …")
    for row in report.table:
        strangers = _share(row.strangers_named, report.strangers) if report.strangers else "not tested"
        used = "in use" if row.cut == report.cuts.sure_single else ""
        table.add_row(
            f"{row.cut:.2f}", _share(row.missed, report.tested), _share(row.wrong, report.tested), strangers, used
        )
    return table


def _confusion_table(confusions: tuple[Confusion, ...]) -> Table:
    table = Table(
        *("Student", "Other student", "Taken for them", "Nearly", "Smallest lead"),
        title="Who is confused with whom",
        caption="The lead is how far the student was ahead of the other one; below 0 the other one was ahead.",
    )
    for one in confusions:
        table.add_row(
            *(escape(f"{who.roll} {who.name}") for who in (one.student, one.other)),
            f"{one.wrong} of {one.photos}",
            f"{one.close} of {one.photos}",
            f"{one.nearest:+.2f}",
        )
    return table


def _share(count: int, total: int) -> str:
    return f"{count} ({100 * count / total:.1f} %)"


def as_json(report: Accuracy, picture: Path) -> dict[str, Any]:
    """The contract of ``check --json``."""
    return {
        "class": report.school_class.code,
        "version": report.run.id,
        "checked_at": report.checked_at,
        "tested": report.tested,
        "right": report.right,
        "wrong": report.wrong,
        "refused": report.refused,
        "asked": report.asked,
        "untested": report.untested,
        "strangers": report.strangers,
        "strangers_named": report.strangers_named,
        "cuts": {
            "review": report.cuts.review,
            "sure_single": report.cuts.sure_single,
            "sure": report.cuts.sure,
            "gap": report.cuts.gap,
        },
        "table": [
            {"cut": row.cut, "missed": row.missed, "wrong": row.wrong, "strangers_named": row.strangers_named}
            for row in report.table
        ],
        "confusions": [_confusion_json(one) for one in report.confusions],
        "students": [_student_json(one) for one in report.students],
        "picture": str(picture),
    }


def _confusion_json(one: Confusion) -> dict[str, Any]:
    return {
        "roll": one.student.roll,
        "other": one.other.roll,
        "wrong": one.wrong,
        "close": one.close,
        "photos": one.photos,
        "nearest": one.nearest,
    }


def _student_json(one: StudentAccuracy) -> dict[str, Any]:
    return {
        "roll": one.student.roll,
        "name": one.student.name,
        "photos": one.photos,
        "right": one.right,
        "wrong": one.wrong,
        "refused": one.refused,
        "strangers_taken": one.taken,
        "typical_evidence": one.typical,
        "weakest_evidence": min(one.evidence, default=None),
        "advice": [{"reason": advice.reason, "remedy": advice.remedy} for advice in one.advice],
    }
