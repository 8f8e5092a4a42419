"""Teachers: listed, added and changed."""

from dataclasses import dataclass

from core.access import guarded, own_classes
from core.errors import InputError
from core.records import SchoolClass
from core.store import people, teachers
from core.store.database import Store
from core.store.teachers import Teacher


@dataclass(frozen=True, slots=True)
class TeacherCard:
    """A teacher with the codes of their classes, as far as whoever asks may see them."""

    teacher: Teacher
    classes: tuple[str, ...]


@guarded
def list_teachers(store: Store) -> tuple[TeacherCard, ...]:
    """All teachers by name, inactive ones too.  A teacher sees everybody's name and address, but only own classes."""
    with store.read() as db:
        classes = people.list_classes(db, own_classes(db))
        return tuple(
            TeacherCard(who, tuple(one.code for one in classes if who.name in one.teachers))
            for who in teachers.list_teachers(db)
        )


@guarded
def add_teacher(store: Store, name: str, email: str | None = None) -> Teacher:
    """Add a teacher.  Raises ConflictError when there is one of this name, InputError for a bad name or address."""
    with store.transaction() as db:
        return teachers.add_teacher(db, name, email)


@guarded
def edit_teacher(
    store: Store, name: str, *, new_name: str | None = None, email: str | None = None, active: bool | None = None
) -> Teacher:
    """Change what is given of a teacher; "" removes the address.  Raises as :func:`add_teacher`, NotFoundError."""
    with store.transaction() as db:
        found = teachers.get_teacher(db, name)
        return teachers.edit_teacher(db, found.id, name=new_name, email=email, active=active)


@guarded
def take_off(store: Store, name: str, class_code: str) -> tuple[Teacher, SchoolClass]:
    """Take a teacher off a class, given as it was.  Raises NotFoundError, InputError for who does not teach it."""
    with store.transaction() as db:
        school_class, found = people.get_class(db, class_code), teachers.get_teacher(db, name)
        if not people.remove_teacher(db, school_class.id, found.id):
            raise InputError(f"{found.name} does not teach {school_class.code}.")
    return found, school_class
