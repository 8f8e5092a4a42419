"""All reports: every module of ``core.reports.catalog`` is one, so that a new file is everywhere at once."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.orm import Session

from core.access import guarded
from core.errors import NotFoundError
from core.reports import catalog
from core.reports.parameters import Asked, Parameter, read_asked
from core.reports.result import ReportResult
from core.settings import Settings
from core.store.database import Store
from core.store.tallies import has_classes
from core.store.text import clean_text, key_of

_EMPTY = "There are no classes yet. Add one: app.py class add CS101 “Programming 1”"


@dataclass(frozen=True, slots=True)
class Report:
    """One report.  name: what it is called by; title: for lists and headings; about: one line; takes: what it asks."""

    name: str
    title: str
    about: str
    takes: tuple[Parameter, ...]
    run: Callable[[Session, Settings, Asked], ReportResult]


@lru_cache(maxsize=1)
def reports() -> Mapping[str, Report]:
    """All reports by name, in alphabetical order."""
    names = sorted(one.name for one in pkgutil.iter_modules(catalog.__path__))
    found = (importlib.import_module(f"{catalog.__name__}.{name}").REPORT for name in names)
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}


def get_report(name: str) -> Report:
    """The report of this name, upper or lower case.  Raises NotFoundError, which names those there are."""
    found = reports().get(key_of(name.strip()))
    if found is None:
        raise NotFoundError(f"There is no report “{clean_text(name, 40)}”. The reports are {', '.join(reports())}.")
    return found


@guarded
def run_report(store: Store, settings: Settings, name: str, given: Mapping[str, str]) -> ReportResult:
    """Run a report with its parameters as words; ``given`` holds them by name.

    Raises NotFoundError and InputError for a name or a value that cannot be used.
    """
    report = get_report(name)
    with store.read() as db:
        asked = read_asked(db, settings, report.name, report.takes, given)
        if not has_classes(db):
            return ReportResult(report.name, report.title, (_EMPTY,))
        return report.run(db, settings, asked)
