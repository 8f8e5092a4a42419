"""What the API takes and gives.  Input is checked by these declarations, and the description is made from them."""

from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

EARLIEST, LATEST = date(1971, 1, 1), date(2199, 12, 31)
PAGE, LARGEST_PAGE = 50, 200
Day = Annotated[date, AfterValidator(lambda day: min(max(day, EARLIEST), LATEST))]
"""Outside of these years there are no lessons, so asking for more is asking for these."""
Text = Annotated[str, Field(max_length=300)]
Number = Annotated[int, Field(ge=0, le=2_147_483_647)]


class _Sent(BaseModel):
    """What a program sends: nothing is guessed and nothing is left over."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _Asked(BaseModel):
    """What stands behind the question mark."""

    model_config = ConfigDict(extra="forbid")


class Nothing(_Asked):
    """No parameters."""


class ClassesAsked(_Asked):
    """Which classes."""

    code: Text = Field("", description="Only the class with this code.")


class TimetableAsked(_Asked):
    """Whose timetable."""

    class_id: Number = Field(0, description="Only of this class; 0: of all.")


class DaysAsked(_Asked):
    """Days, both included, on the school's calendar."""

    first: Day = Field(alias="from", description="First day, like 2026-11-01.")
    last: Day = Field(alias="to", description="Last day, like 2026-11-30.")


class LessonsAsked(DaysAsked):
    """Lessons of some days."""

    class_id: Number = Field(0, description="Only of this class; 0: of all.")


class RegisterAsked(DaysAsked):
    """A register of some days, a page at a time."""

    limit: int = Field(PAGE, ge=1, le=LARGEST_PAGE, description="Lessons on a page.")
    cursor: Annotated[str, Field(max_length=100)] = Field(
        "", description="What the page before gave as next_cursor; empty for the first page."
    )


class ReportAsked(_Asked):
    """What a report takes; /reports says which of these."""

    class_code: Text = Field("", alias="class")
    student: Text = Field("", description="Roll number.")
    teacher: Text = ""
    session: Text = Field("", description="Number of a lesson.")
    day: Text = Field("", description="Like 2026-11-21.")
    first: Text = Field("", alias="from", description="First day.")
    last: Text = Field("", alias="to", description="Last day.")
    month: Text = Field("", description="Like 2026-11.")
    threshold: Text = ""
    ended: Text = Field("", description="“yes” or nothing.")


class Problem(BaseModel):
    """What went wrong (RFC 9457).  detail: a sentence for a person."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] = Field([], description="Each thing that is wrong with what was sent.")


class Health(BaseModel):
    """The portal answers, and the database can be read."""

    status: Literal["ok"]
    now: AwareDatetime


class Class(BaseModel):
    """A class.  students: how many are on the roster and active."""

    id: int
    code: str
    name: str
    teachers: list[str]
    room: str | None
    students: int


class Classes(BaseModel):
    """The classes that the token may see, by code."""

    classes: list[Class]


class Student(BaseModel):
    """A student on a roster.  consent: whether face comparison was agreed to; nothing of a face leaves the school."""

    id: int
    roll: str
    name: str
    active: bool
    email: str | None
    consent: bool


class Students(BaseModel):
    """The roster of a class by roll number."""

    class_id: int
    students: list[Student]


class TimetableEntry(BaseModel):
    """A repeating lesson.  weekdays: 0 is Monday; starts: on the school's clock."""

    id: int
    class_id: int
    weekdays: list[int]
    starts: time
    minutes: int
    every_weeks: int
    first_day: date
    last_day: date | None
    group: str | None
    room: str | None
    title: str | None


class Timetable(BaseModel):
    """The repeating lessons."""

    entries: list[TimetableEntry]


class Lesson(BaseModel):
    """A lesson.  session_id: None while nothing was recorded of it; marks: how many of each status."""

    session_id: int | None
    class_id: int
    day: date
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    state: str
    title: str | None
    group: str | None
    room: str | None
    marks: dict[str, int]


class Lessons(BaseModel):
    """Lessons by start."""

    lessons: list[Lesson]


class Mark(BaseModel):
    """A student's mark.  status: None while there is none; source: what set it; version: changes with every change."""

    student_id: int
    roll: str
    name: str
    status: str | None
    minutes_late: int | None
    reason: str | None
    source: str
    version: str


class Session(BaseModel):
    """A lesson that was recorded, with the marks of its students."""

    id: int
    class_id: int
    day: date
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    state: str
    title: str | None
    group: str | None
    taken_at: AwareDatetime | None
    marks: list[Mark]


class Register(BaseModel):
    """A page of a class's register, the oldest lesson first.  next_cursor: for the next page, None on the last."""

    class_id: int
    sessions: list[Session]
    next_cursor: str | None


class StudentSummary(BaseModel):
    """A student's marks counted by status.  percent: attendance over the marks that count, None without any."""

    student_id: int
    roll: str
    name: str
    counts: dict[str, int]
    percent: float | None


class Summary(BaseModel):
    """A class over some days."""

    class_id: int
    sessions: int
    students: list[StudentSummary]


class Status(BaseModel):
    """What a mark can be.  points: its weight from 0 to 1, None for one that does not count."""

    code: str
    letter: str
    name: str
    counts_as: Literal["present", "late", "excused", "absent"]
    points: float | None
    active: bool


class Statuses(BaseModel):
    """What a mark can be, in the school's order."""

    statuses: list[Status]


class ReportParameter(BaseModel):
    """What a report can be asked with."""

    name: str
    kind: str
    help: str
    default: str
    required: bool


class ReportAbout(BaseModel):
    """A report there is."""

    name: str
    title: str
    about: str
    takes: list[ReportParameter]


class Reports(BaseModel):
    """The reports there are."""

    reports: list[ReportAbout]


class ReportColumn(BaseModel):
    """A column of a table."""

    name: str
    kind: str


class ReportTable(BaseModel):
    """A table of a report; as many cells in a row as there are columns."""

    title: str
    columns: list[ReportColumn]
    rows: list[list[str | int | float | None]]


class Report(BaseModel):
    """What a report says."""

    report: str
    title: str
    sentences: list[str]
    tables: list[ReportTable]


class PushedStudent(_Sent):
    """A student of a class's roster; what is left out stays as it is stored."""

    roll: Annotated[str, Field(min_length=1, max_length=100)]
    name: Text = ""
    email: Text = ""
    parents_email: list[Text] = Field([], max_length=10)
    groups: list[Text] = Field([], max_length=50)
    active: bool | None = None


class PushedPerson(PushedStudent):
    """A student with the codes of the classes they come into."""

    classes: list[Text] = Field([], max_length=100)


class _Push(_Sent):
    dry_run: bool = Field(False, description="Only say what would happen.")
    rename: bool = Field(False, description="A name that differs from the stored one is the new name; else an error.")
    create: bool = Field(False, description="Make groups, and without a class also classes, that are not there.")


class ClassPush(_Push):
    """The roster of one class."""

    people: list[PushedStudent] = Field(min_length=1, max_length=20_000)
    remove_missing: bool = Field(False, description="Who is not named leaves the class; their marks stay.")


class SchoolPush(_Push):
    """People of the whole school with their classes."""

    people: list[PushedPerson] = Field(min_length=1, max_length=20_000)


class PushedChange(BaseModel):
    """One thing that changed, or would."""

    field: str
    old: str
    new: str


class PushedResult(BaseModel):
    """What happened to one person, or would.  rows: places in the list, from 1."""

    rows: list[int]
    roll: str
    name: str
    action: Literal["new", "changed", "same", "bad"]
    changes: list[PushedChange]
    problems: list[str]
    warnings: list[str]


class Pushed(BaseModel):
    """What a push did, or would do.  people: those who are not as they were; left: rolls of who left the class."""

    applied: bool
    counts: dict[str, int]
    new_classes: list[str]
    new_groups: list[str]
    left: list[str]
    people: list[PushedResult]


class MarkWish(_Sent):
    """What a mark shall be.  version: as it was read; another one means that somebody changed the mark meanwhile."""

    status: Annotated[str, Field(max_length=100)] | None = Field(
        description="Code, letter or name of a status; null takes the mark away."
    )
    minutes_late: Annotated[int, Field(ge=0, le=1440)] | None = None
    reason: Text = Field("", description="Why; needed where there is a mark already.")
    version: Annotated[str, Field(max_length=40)]
