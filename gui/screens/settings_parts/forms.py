"""Pages of the settings that are forms only: the school, lessons, recognition."""

from zoneinfo import ZoneInfo

from gui.texts import N_, _
from gui.widgets.pages import Field, FieldsPage


def time_zone(text: str) -> str | None:
    """The check of a time zone's name; empty is the computer's own."""
    plain = text.strip()
    try:
        ZoneInfo(plain) if plain else None
    except (KeyError, ValueError, OSError):
        return _("There is no such time zone. Write one like Asia/Kolkata.")
    return None


def e_mail(text: str) -> str | None:
    """The check of an address that may be empty."""
    from core.errors import InputError
    from core.store.addresses import clean_email

    try:
        clean_email(text) if text.strip() else None
    except InputError:
        return _("This is no e-mail address. Write one like office@school.org.")
    return None


SCHOOL = Field("school", N_("Name of the school"), hint=N_("Stands on sheets, in mail and at the top of the window."))
ZONE = Field(
    "time_zone",
    N_("Time zone"),
    hint=N_("Like Asia/Kolkata. Empty: the clock of this computer."),
    optional=True,
    check=time_zone,
)


class SchoolPage(FieldsPage):
    """Name, clock, and what holds for everybody."""

    title = N_("School")
    icon = "building"
    fields = (
        SCHOOL,
        ZONE,
        Field("idle_minutes", N_("Lock the window after so many minutes without anybody; 0 never"), "whole"),
        Field("guardian_signs", N_("A consent needs the name of a guardian"), "switch"),
        Field("card_days", N_("A printed card pairs a phone for so many days"), "whole"),
        Field("pictures_in_sheets", N_("Sheets show the faces that were not sure"), "switch",
              N_("Sheets are not encrypted: whoever has one sees these faces.")),
    )  # fmt: skip


class LessonsPage(FieldsPage):
    """When somebody is late, and when marks are closed."""

    title = N_("Lessons")
    icon = "clock"
    fields = (
        Field("late_after_minutes", N_("Late after, minutes"), "whole", N_("Who is first seen later is marked late.")),
        Field("early_leave_minutes", N_("Left early, minutes before the end"), "whole"),
        Field("open_early_minutes", N_("A lesson may be marked before it starts, minutes"), "whole"),
        Field("close_after_minutes", N_("A lesson closes itself after its end, minutes"), "whole",
              N_("Who is not marked then is absent.")),
        Field("lock_after_days", N_("Marks are locked after, days"), "whole", N_("Later only an admin changes them.")),
        Field("lesson_minutes", N_("Length of a lesson outside the timetable, minutes"), "whole"),
        Field("minimum_percent", N_("Attendance that is expected, percent"), "number",
              N_("Who is below it stands in the report, and may be warned.")),
    )  # fmt: skip


class RecognitionPage(FieldsPage):
    """What recognition looks for, in words."""

    title = N_("Recognition")
    icon = "person-bounding-box"
    fields = (
        Field("min_face_px", N_("How far away faces are looked for"), "choice",
              N_("Smaller faces are further away; looking for them takes the computer longer."),
              (("auto", N_("By itself, from the picture and the last lessons")),
               ("80", N_("Near only: the first rows, or a door")),
               ("40", N_("Usual: a classroom of thirty")),
               ("24", N_("Far: the last row of a hall")))),
        Field("looks_per_second", N_("How often a moving picture is looked at"), "choice",
              N_("Oftener finds who is seen for a moment; a slow computer cannot keep up."),
              (("2", N_("Twice a second, for slow computers")),
               ("4", N_("Four times a second, as usual")),
               ("8", N_("Eight times a second, for people who walk past")))),
        Field("detector", N_("What finds faces"), "choice",
              choices=(("mtcnn", N_("The thorough one")), ("yunet", N_("The quick one; it needs its file in models")))),
        Field("samples_per_student", N_("Pictures of a face that are kept for a student, at most"), "whole",
              N_("Sixty different ones are enough.")),
        Field("quiet_minutes", N_("Passing a camera at the door again counts after, minutes"), "whole"),
    )  # fmt: skip
