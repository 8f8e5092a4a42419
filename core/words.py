"""Dates and figures in words, the same on every computer whatever its language."""

from datetime import date

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
QUESTIONS = {
    "class": "Class",
    "student": "Student",
    "teacher": "Teacher",
    "session": "Lesson",
    "day": "Day",
    "month": "Month",
    "from": "From",
    "to": "To",
    "threshold": "Limit",
    "ended": "Also those that are over",
}
"""What reports ask for, as it is shown."""
SOURCES = {
    "face": "Recognised by the camera",
    "phone": "Confirmed by phone",
    "auto": "Set when the lesson was closed",
    "manual": "By hand",
    "import": "From a file",
}
"""Where a mark comes from, as it is shown."""
MAIL_KINDS = {
    "absence": "Absences",
    "lateness": "Lateness",
    "summary": "Summaries",
    "warning": "Warnings: below the minimum",
    "class-summary": "Class summaries",
    "sheet": "Sheets of lessons",
    "month": "Months as workbooks",
}
"""The kinds of mail, as they are shown."""
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def long_date(day: date) -> str:
    """``21 November 2026``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """``Sat 21 Nov 2026``."""
    return f"{DAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def full_date(day: date) -> str:
    """``Saturday, 21 November 2026``."""
    return f"{DAYS[day.weekday()]}, {long_date(day)}"


def per_cent(value: float | None, unknown: str = "no percentage yet") -> str:
    """``92.5 %`` for 92.5; ``unknown`` while nothing counts."""
    return unknown if value is None else f"{value:.1f} %"


def counted(number: int, one: str, several: str | None = None) -> str:
    """A number with its word: 1 lesson, 2 lessons."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def days_text(first: date, last: date) -> str:
    """``on 2026-11-21`` or ``from 2026-11-21 to 2026-11-30``."""
    return f"on {first}" if first == last else f"from {first} to {last}"
