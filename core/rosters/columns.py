"""Which column of a list means what: guessed from the headings in several languages, or said by a person."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.errors import InputError
from core.tables_in import Row, Table

ROLL, NAME, FIRST_NAME, LAST_NAME = "roll", "name", "first_name", "last_name"
EMAIL, PARENTS_EMAIL = "email", "parents_email"
CLASSES, GROUPS = "classes", "groups"
CONSENT, CONSENT_DATE, ACTIVE = "consent", "consent_date", "active"

_LOOKED_AT = 30
"""So many rows from the top may be titles before the headings come."""
_WORDS = {
    ROLL: "roll, roll no, roll number, rollno, rn, student id, student no, student number, "
    "admission no, admission number, adm no, register no, registration no, registration number, enrolment no, "
    "enrollment no, enrollment number, index no, matric no, usn, uid, matrikel, matrikelnummer, matrikelnr, "
    "schülernummer, schüler-id, schülernr, matrícula, número de matrícula, código, expediente, "
    "numéro étudiant, matricule, n° étudiant, identifiant, रोल नंबर, रोल न, अनुक्रमांक, रोल",
    NAME: "name, full name, student, student name, name of student, name of the student, pupil, pupil name, "
    "participant, schüler, schülername, vollständiger name, name des schülers, nombre completo, alumno, estudiante, "
    "nombre y apellidos, nom complet, nom et prénom, élève, étudiant, नाम, छात्र का नाम, विद्यार्थी का नाम, पूरा नाम",
    FIRST_NAME: "first name, firstname, given name, given names, forename, vorname, rufname, nombre, nombres, prénom, "
    "प्रथम नाम, पहला नाम",
    LAST_NAME: "last name, lastname, surname, family name, nachname, familienname, apellido, apellidos, "
    "nom, nom de famille, उपनाम, कुलनाम",
    EMAIL: "email, e-mail, mail, email address, e-mail address, student email, e-mail-adresse, mailadresse, correo, "
    "correo electrónico, courriel, adresse e-mail, adresse mail, ईमेल, ई-मेल",
    CLASSES: "class, classes, class code, course, courses, course code, section, klasse, klassen, kurs, kurse, clase, "
    "clases, curso, cursos, classe, cours, कक्षा, वर्ग",
    GROUPS: "group, groups, lab group, batch, gruppe, gruppen, grupo, grupos, groupe, groupes, समूह",
    CONSENT: "consent, consent given, einwilligung, einverständnis, consentimiento, consentement, सहमति",
    CONSENT_DATE: "consent date, date of consent, consent on, einwilligung am, einwilligungsdatum, "
    "datum der einwilligung, fecha de consentimiento, date du consentement, date de consentement, सहमति तिथि",
    ACTIVE: "active, is active, enabled, aktiv, activo, actif, सक्रिय",
}
_WEAK_ROLL = "no, nr, number, id, nummer, número, numéro, n°, #, sr no, s no, क्रमांक"
"""A roll number only where no other heading is one: often it just counts the rows."""
FIELDS = (*_WORDS, PARENTS_EMAIL)
_SEVERAL = (PARENTS_EMAIL, CLASSES, GROUPS)
"""Fields that may be spread over more than one column."""
_PARENT = re.compile(
    "parent|guardian|mother|father|eltern|erziehungs|mutter|vater|padre|madre|tutor|mere|pere|अभिभावक|माता|पिता"
)
_MAIL = re.compile("mail|correo|courriel|ईमल")


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what it means.  position: from 0."""

    field: str
    heading: str
    position: int


@dataclass(frozen=True, slots=True)
class Headings:
    """The row of headings.  unused: headings that mean nothing here."""

    row: int
    columns: tuple[Column, ...]
    unused: tuple[str, ...]

    def of(self, field: str) -> list[Column]:
        """The columns of a field, none or one for most."""
        return [one for one in self.columns if one.field == field]


def find_headings(table: Table, said: Mapping[str, str], file: str) -> Headings:
    """The first row that names a roll number and something else.

    said: field -> heading, by a person, instead of guessing; "" for a field that no column is.  Raises InputError when
    there is no such row, heading or field.
    """
    named = {field for field, heading in said.items() if heading}
    for field in said:
        if field not in FIELDS:
            raise InputError(f"“{field}” is nothing that a list of people has. Map one of {', '.join(FIELDS)}.")
    best: Row | None = None
    for row in table.rows[:_LOOKED_AT]:
        found = _read(row, said)
        if ROLL in (fields := {one.field for one in found.columns}) and len(fields) > 1 and fields >= named:
            return found
        best = row if best is None or len(row.cells) > len(best.cells) else best
    raise _not_found(table, said, file, best)


def likely_headings(table: Table) -> tuple[str, ...]:
    """The fullest of the first rows, for a person to say which heading means what."""
    rows = sorted(table.rows[:_LOOKED_AT], key=lambda row: -len(row.cells))
    found = (" ".join(cell.text.split()) for row in rows[:1] for cell in row.cells)
    return tuple(dict.fromkeys(filter(None, found)))


def _not_found(table: Table, said: Mapping[str, str], file: str, best: Row | None) -> InputError:
    if best is None:
        return InputError(f"{file} is empty. Give a list with a row of headings such as Roll and Name.")
    headings = _listed(cell.text for cell in best.cells)
    rows = table.rows[:_LOOKED_AT]
    for field, heading in said.items():
        if heading and not any(_key(cell.text) == _key(heading) for row in rows for cell in row.cells):
            return InputError(f"{file} has no heading “{heading}” for {field}. Its headings are {headings}.")
    return InputError(
        f"No row of {file} has headings for a roll number and something else; row {best.number} has {headings}. "
        "Say which are which, for example: --map roll=Number --map name=Pupil"
    )


def _listed(headings: Iterable[str]) -> str:
    return ", ".join(f"“{' '.join(one.split())[:40]}”" for one in list(filter(str.strip, headings))[:12])


def _read(row: Row, said: Mapping[str, str]) -> Headings:
    keys = [_key(cell.text) for cell in row.cells]
    meant = {_key(heading): field for field, heading in said.items() if heading}
    fields = [meant.get(key) if key in meant else _guess(key, said) for key in keys]
    if ROLL not in fields and ROLL not in said:
        fields = [ROLL if key in _WEAK else field for key, field in zip(keys, fields, strict=True)]
    fields = _first_of_each(_with_parts_of_names(fields))
    columns = [Column(field, " ".join(row.text(i).split()), i) for i, field in enumerate(fields) if field is not None]
    unused = (" ".join(row.text(i).split()) for i, field in enumerate(fields) if field is None)
    return Headings(row.number, tuple(columns), tuple(one for one in unused if one))


def _guess(key: str, said: Mapping[str, str]) -> str | None:
    """What a heading means, unless a person said which column that is."""
    if _PARENT.search(key) and _MAIL.search(key):
        field: str | None = PARENTS_EMAIL
    else:
        field = _MEANING.get(key)
    whole = {NAME} if {FIRST_NAME, LAST_NAME} & said.keys() else set()
    parts = {FIRST_NAME, LAST_NAME} if NAME in said else set()
    return None if field in {*said, *whole, *parts} else field


def _with_parts_of_names(fields: Sequence[str | None]) -> list[str | None]:
    """“Name” beside a first name is the last name (and “Nombre” alone the whole one)."""
    there = set(fields)
    if NAME in there and FIRST_NAME in there and LAST_NAME not in there:
        return [LAST_NAME if one == NAME else one for one in fields]
    if NAME not in there and len(there & {FIRST_NAME, LAST_NAME}) == 1:
        return [NAME if one in (FIRST_NAME, LAST_NAME) else one for one in fields]
    return list(fields)


def _first_of_each(fields: Sequence[str | None]) -> list[str | None]:
    return [None if one not in _SEVERAL and one in fields[:i] else one for i, one in enumerate(fields)]


def _key(heading: str) -> str:
    """Letters and digits only, without accents and case."""
    parts = unicodedata.normalize("NFKD", heading.casefold())
    return "".join(one for one in parts if one.isalnum() or unicodedata.category(one) == "Mc")


_WEAK = {_key(word) for word in _WEAK_ROLL.split(", ")} - {""}
_MEANING = {_key(word): field for field, words in _WORDS.items() for word in words.split(", ")}
