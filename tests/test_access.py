"""Rights: every service is registered, and every action is judged for every role on own and foreign objects."""

import ast
import importlib
import inspect
import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
import typer

from core import access, audit, sessions
from core import service_objects as of
from core.accounts import admin
from core.actions import ACTIONS, ANY, OWN, WORDS
from core.actor import MACHINE, Actor, Role, acting, current_actor
from core.commands.main import command_line
from core.commands.rights import COMMANDS
from core.errors import AccessError
from core.paths import Home
from core.reports.register_files import export_register
from core.services import EXEMPT, SERVICES
from core.settings import Settings
from core.store import accounts
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish
from tests.account_support import ADMIN_NAME, School, make_school, new_account, quick, quickly
from tests.test_house import PROJECT, name_of, parse, python_files

__all__ = ["quick"]

RIGHTS = """
accounts.list        admin
accounts.change      admin
audit.show           admin
audit.head           admin teacher machine
settings.show        admin teacher
settings.change      admin
system.look          admin teacher student kiosk machine
system.setup         admin
security.show        admin
security.key         admin
security.rotate      admin
security.start_over  admin
data.backup          admin machine
data.move            admin
data.sweep           admin machine
people.list          admin teacher=own
people.show          admin teacher=own student=own
people.change        admin
people.import        admin
people.export        admin
people.export_one    admin student=own
people.merge         admin
people.erase         admin
consent.record       admin teacher=own
consent.withdraw     admin teacher=own student=own
classes.list         admin teacher=own
classes.show         admin teacher=own
classes.change       admin
classes.seat         admin teacher=own
teachers.list        admin teacher
rooms.list           admin teacher
faces.enrol          admin teacher=own
faces.show           admin teacher=own
faces.delete         admin teacher=own
faces.train          admin teacher=own
faces.check          admin teacher=own
faces.versions       admin teacher=own
faces.versions.use   admin teacher=own
faces.identify       admin
faces.review.show    admin teacher=own
faces.review         admin teacher=own
faces.watch          admin kiosk machine
marks.recognise      admin teacher=own kiosk machine
marks.set            admin teacher=own machine
marks.undo           admin teacher=own
marks.show           admin teacher=own student=own
marks.import         admin teacher=own
sessions.list        admin teacher=own
sessions.open        admin teacher=own
sessions.lock        admin teacher=own
sessions.close       admin teacher=own
sessions.close_due   admin teacher student kiosk machine
sessions.review      admin teacher=own
sessions.plan        admin teacher=own
timetable.show       admin teacher=own
timetable.change     admin
holidays.show        admin teacher student kiosk machine
holidays.change      admin
absences.show        admin teacher=own student=own
absences.plan        admin teacher=own
statuses.show        admin teacher student kiosk machine
statuses.change      admin
presence.show        admin
presence.on_site     admin teacher
presence.history     admin teacher=own student=own
phones.mode          admin teacher=own
phones.show          admin teacher=own
phones.decide        admin teacher=own
phones.pair          admin teacher=own
phones.of            admin teacher=own student=own
phones.judge         admin machine
queries.ask          student=own
queries.show         admin teacher=own student=own
queries.answer       admin teacher=own
report.run           admin teacher=own student=own
tokens.change        admin
rosters.push         admin
report.sheet         admin teacher=own machine
mail.plan            admin teacher=own
mail.queue           admin teacher=own machine
mail.show            admin
mail.send            admin machine
"""
"""Said a second time on purpose: who changes a right changes it here too."""
EXPECTED = {
    words[0]: {role: scope or "any" for role, _, scope in (word.partition("=") for word in words[1:])}
    for words in (line.split() for line in RIGHTS.strip().splitlines())
}
ROLES: tuple[str, ...] = (*get_args(Role), "nobody")


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as opened:
        yield opened


@pytest.fixture
def school(store: Store, quick: None) -> School:
    return make_school(store)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, School]]:
    """A school and its store that are only asked, and never changed."""
    home = Home(tmp_path_factory.mktemp("asked"))
    with quickly(), open_store(home) as opened:
        yield opened, make_school(opened)


@cache
def services() -> dict[str, Any]:
    """Every public function of core, but for the store and the command line, that takes ``store``."""
    found = {}
    for path in python_files("core"):
        parts = path.relative_to(PROJECT).with_suffix("").parts
        if parts[1] in ("store", "commands") or parts[-1] in ("convert", "__init__"):
            continue
        module = importlib.import_module(".".join(parts))
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = inspect.unwrap(function).__module__ == module.__name__
            if own and not name.startswith("_") and "store" in inspect.signature(function).parameters:
                found[f"{module.__name__}.{name}"] = function
    return found


def actor_of(school: School, role: str) -> Actor | None:
    return MACHINE if role == "machine" else school.actors.get(role)


# ---- nothing is forgotten


def test_every_service_is_registered_and_guarded() -> None:
    found = services()
    assert len(found) > 40
    assert set(found) - set(SERVICES) - set(EXEMPT) == set()
    unguarded = {name for name in set(found) & set(SERVICES) if getattr(found[name], "__guarded__", None) is None}
    assert unguarded == set()


def test_the_list_names_no_service_that_is_gone() -> None:
    assert (set(SERVICES) | set(EXEMPT)) - services().keys() == set()
    assert set(SERVICES) & set(EXEMPT) == set()
    assert all(EXEMPT.values())


def test_every_rule_is_an_action_or_says_why_it_is_none() -> None:
    for name, rule in SERVICES.items():
        assert (rule.action in ACTIONS) or (rule.action is None and rule.why), name


def test_what_is_bounded_to_own_things_says_on_what_it_is_done() -> None:
    unbounded = {
        name
        for name, rule in SERVICES.items()
        if rule.action and OWN in ACTIONS[rule.action].values() and rule.objects is of.nothing
        if rule.shows is None and not rule.lists
    }
    assert unbounded == set()


def test_surfaces_call_no_service_that_is_not_judged() -> None:
    exempt = {tuple(name.rsplit(".", 1)) for name in EXEMPT}
    folders = [one for one in ("core/commands", "gui", "web") if (PROJECT / one).is_dir()]
    used = {
        (node.module, alias.name)
        for folder in folders
        for path in (PROJECT / folder).rglob("*.py")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert used & exempt == set()


def reaches_past_services(path: Path) -> Iterator[str]:
    """Where a surface opens the database itself, or imports what takes a session of it."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            # ``read()`` of a file is no ``store.read()``.
            of_a_store = "store" in ast.unparse(node.func.value).rpartition(".")[2]
            if node.func.attr == "transaction" or (node.func.attr == "read" and of_a_store):
                yield f"{node.lineno}: .{node.func.attr}()"
        elif isinstance(node, ast.Import):
            yield from (f"{node.lineno}: {one.name}" for one in node.names if one.name.startswith("core.store"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "core":
            taken = ((alias.name, thing_named(node.module or "", alias.name)) for alias in node.names)
            yield from (f"{node.lineno}: {name} of {node.module}" for name, thing in taken if takes_a_session(thing))


def thing_named(module: str, name: str) -> Any:
    found = getattr(importlib.import_module(module), name, None)
    return importlib.import_module(f"{module}.{name}") if found is None else found


def takes_a_session(thing: Any) -> bool:
    if inspect.ismodule(thing):
        functions = [one for _, one in inspect.getmembers(thing, inspect.isfunction)]
        return thing.__name__.startswith("core.store") and any(takes_a_session(one) for one in functions)
    return inspect.isfunction(thing) and "db" in inspect.signature(thing).parameters


PAST_SERVICES = {
    "core/commands/context.py": "asks whether there are accounts and whether the role may run the command at all",
}
"""Files of surfaces that may reach past the services, each with the reason."""


def test_surfaces_reach_the_database_through_services_only() -> None:
    past = {
        name_of(path): found
        for path in python_files("core/commands", "gui", "web")
        if name_of(path) not in PAST_SERVICES and (found := list(reaches_past_services(path)))
    }
    assert past == {}


def test_reaching_past_the_services_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "command.py"
    for line in (
        "from core.store import people",
        "from core.store.people import get_class",
        "from core.timetable import session_in_hand",
        "import core.store.people",
        "with here.store.read() as db: pass",
        "store.transaction()",
    ):
        path.write_text(line)
        assert len(list(reaches_past_services(path))) == 1, line
    for line in ("from core.store.teachers import Teacher", "from core.office import classes", "text = file.read()"):
        path.write_text(line)
        assert list(reaches_past_services(path)) == [], line


def test_every_command_is_listed_with_its_action() -> None:
    def walk(command: Any, words: tuple[str, ...]) -> Iterator[str]:
        if hasattr(command, "commands"):
            for name, one in command.commands.items():
                yield from walk(one, (*words, name))
        else:
            yield " ".join(words)

    assert set(walk(typer.main.get_command(command_line()), ())) == set(COMMANDS)
    assert {one for one in COMMANDS.values() if one} <= set(ACTIONS)


def test_a_generator_cannot_be_guarded() -> None:
    def listing(store: Store) -> Iterator[int]:
        yield 1

    with pytest.raises(TypeError, match="generator"):
        access.guarded(listing)


def test_a_service_that_is_not_registered_cannot_be_guarded() -> None:
    with pytest.raises(KeyError):
        access.guarded(lambda store: None)


# ---- actions x roles x objects


def test_the_rights_are_what_was_agreed() -> None:
    told = {name: {role: scope.value for role, scope in grant.items()} for name, grant in ACTIONS.items()}
    assert told == EXPECTED
    assert {role for grant in ACTIONS.values() for role in grant} <= set(get_args(Role))
    assert {scope for grant in ACTIONS.values() for scope in grant.values()} == {ANY, OWN}


def objects_of(school: School) -> dict[str, tuple[dict[str, int], bool, bool]]:
    """Objects by name: what is given, whether it is the teacher's own, and the student's own."""
    own, foreign = school.own, school.foreign
    single = {
        "class": (own.class_id, foreign.class_id),
        "session": (own.session_id, foreign.session_id),
        "student": (own.student_id, foreign.student_id),
    }
    found: dict[str, tuple[dict[str, int], bool, bool]] = {"nothing": ({}, False, False)}
    for size in (1, 2, 3):
        for kinds in itertools.combinations(single, size):
            for which in itertools.product((0, 1, 2), repeat=size):
                ids = {f"{kind}_id": (*single[kind], 999_999)[one] for kind, one in zip(kinds, which, strict=True)}
                name = " ".join(
                    f"{('own', 'foreign', 'unknown')[one]} {kind}" for kind, one in zip(kinds, which, strict=True)
                )
                teachers = not any(which)
                students = ids.get("student_id") == own.student_id
                found[name] = (ids, teachers, students)
    return found


def test_every_action_for_every_role_on_own_and_foreign_objects(asked: tuple[Store, School]) -> None:
    store, school = asked
    objects = objects_of(school)
    wrong, count = [], 0
    with store.read() as db:
        for action, role, (name, (ids, teachers, students)) in itertools.product(ACTIONS, ROLES, objects.items()):
            scope = EXPECTED[action].get(role)
            allowed = scope == "any" or (scope == "own" and (teachers if role == "teacher" else students))
            try:
                access.check(db, actor_of(school, role), action, **ids)
                passed = True
            except AccessError:
                passed = False
            count += 1
            if passed != allowed:
                wrong.append(f"{role} {action} on {name}: {passed}")
    assert wrong == []
    assert count == len(EXPECTED) * len(ROLES) * len(objects) > 20_000


def owners(name: str) -> set[str]:
    """For which roles the objects of a service, called with what is on one side, are their own."""
    if SERVICES[name].objects is of.whole_school:
        return set()
    return {"teacher", "student"} if SERVICES[name].objects in (of.roll, of.student_id) else {"teacher"}


def plan_about(side: Any) -> Any:
    """As much of an ImportPlan as is judged."""
    change = SimpleNamespace(session=SimpleNamespace(id=side.session_id))
    return SimpleNamespace(chosen=lambda *, overwrite_conflicts: [change])


def arguments_for(name: str, side: Any, store: Store) -> dict[str, Any]:
    """Arguments of a service that are about one side; what does not matter for judging is None."""
    known = {
        "store": store,
        "settings": Settings(),
        "class_code": side.code,
        "request": SimpleNamespace(class_code=side.code, roll=side.roll, session_id=side.session_id),
        "session_id": side.session_id,
        "session_ids": [side.session_id],
        "sighting_id": side.sighting_id,
        "absence_id": side.absence_id,
        "confirmation_id": side.confirmation_id,
        "query_id": side.query_id,
        "number": side.absence_asked,
        "student_id": side.student_id,
        "wishes": [Wish(side.session_id, side.student_id, MarkState("P"))],
        "sayings": [SimpleNamespace(sighting_id=side.sighting_id)],
        "roll": side.roll,
        "given": {"class": side.code},
        "plan": plan_about(side),
    }
    rule, parameters = SERVICES[name], inspect.signature(services()[name]).parameters.values()
    # What a list may be limited to is named, so that it is judged; without it a list holds what is the actor's own.
    names_one = rule.lists and rule.objects is not of.nothing
    wanted = [
        one.name
        for one in parameters
        if (one.default is inspect.Parameter.empty or (names_one and one.name in known)) and one.name != "actor"
    ]
    return {one: known.get(one) for one in wanted}


@pytest.mark.parametrize("name", sorted(name for name, rule in SERVICES.items() if rule.action and not rule.by_machine))
def test_every_service_refuses_who_may_not(asked: tuple[Store, School], name: str) -> None:
    store, school = asked
    function = services()[name]
    takes_actor = "actor" in inspect.signature(function).parameters
    action = SERVICES[name].action
    assert action is not None
    for role, side in itertools.product(ROLES, (school.own, school.foreign)):
        scope = EXPECTED[action].get(role)
        allowed = scope == "any" or (scope == "own" and role in owners(name) and side is school.own)
        if SERVICES[name].shows is not None or (SERVICES[name].lists and SERVICES[name].objects is of.nothing):
            # Judged by its role before; its result is judged after, or holds only what is the actor's own.
            allowed = scope is not None
        given = arguments_for(name, side, store)
        actor = actor_of(school, role)
        if allowed:
            access._judge(SERVICES[name], actor, given)
            continue
        with acting(actor), pytest.raises(AccessError):
            # Really called, and refused before anything in it runs: what it needs besides is missing.
            function(**given, **({"actor": actor} if takes_actor else {}))


def test_a_list_with_one_foreign_object_is_refused(store: Store, school: School) -> None:
    from core.correcting import set_marks

    wishes = [Wish(one.session_id, one.student_id, MarkState("P")) for one in (school.own, school.foreign)]
    with pytest.raises(AccessError, match="Grace Hopper teaches OWN"):
        set_marks(store, Settings(), school.actors["teacher"], wishes)
    assert len(set_marks(store, Settings(), school.actors["teacher"], wishes[:1]).changes) == 1


def test_what_only_the_result_tells_is_judged_before_it_is_handed_out(store: Store, school: School) -> None:
    rule = SERVICES["core.register_import.planning.plan_file"]
    given = {"store": store}
    for role, side in itertools.product(("admin", "teacher"), (school.own, school.foreign)):
        actor = actor_of(school, role)
        if role == "teacher" and side is school.foreign:
            with pytest.raises(AccessError):
                access._after(rule, actor, given, plan_about(side))
        else:
            access._after(rule, actor, given, plan_about(side))


def test_a_report_is_judged_by_all_that_is_asked_for(store: Store, school: School) -> None:
    own, foreign = school.own, school.foreign
    rule = SERVICES["core.reports.registry.run_report"]
    cases: list[tuple[dict[str, str], set[str]]] = [
        ({}, set()),
        ({"class": own.code}, {"teacher"}),
        ({"class": foreign.code}, set()),
        ({"student": own.roll}, {"teacher", "student"}),
        ({"student": foreign.roll}, set()),
        ({"student": own.roll, "class": foreign.code}, {"student"}),
        ({"session": str(own.session_id)}, {"teacher"}),
        ({"session": str(foreign.session_id)}, set()),
        ({"session": "²", "class": "nonsense"}, set()),
        ({"month": "2026-11"}, set()),
    ]
    for asked, allowed in cases:
        for role in ("teacher", "student"):
            given = {"store": store, "given": asked}
            if role in allowed:
                access._judge(rule, actor_of(school, role), given)
                continue
            with pytest.raises(AccessError):
                access._judge(rule, actor_of(school, role), given)


def test_an_export_is_recorded_once_with_its_class(store: Store, school: School) -> None:
    with acting(school.actors["teacher"]):
        export_register(store, Settings(), "OWN")
    with acting(school.actors["admin"]):
        rows = audit.entries(store, audit.Filter(action="report.export"))
    assert [(one.who, one.class_id) for one in rows] == [("Grace Hopper", school.own.class_id)]


def test_what_does_not_exist_looks_like_what_is_foreign(store: Store, school: School) -> None:
    said = set()
    for number in (school.foreign.session_id, 999_999):
        with acting(school.actors["teacher"]), pytest.raises(AccessError) as caught:
            sessions.lock_session(store, number)
        said.add(str(caught.value))
    assert len(said) == 1


# ---- who acts


def test_nobody_may_do_anything_once_there_are_accounts(store: Store, school: School) -> None:
    for actor in (None, Actor("root", "admin"), Actor("root", "teacher"), Actor("root", "student")):
        with acting(actor), pytest.raises(AccessError, match="Nobody is logged in"):
            sessions.lock_session(store, school.own.session_id)


def test_without_accounts_everything_is_as_before(store: Store) -> None:
    with store.read() as db:
        for action in ACTIONS:
            access.check(db, None, action)
            access.check(db, Actor("root", "teacher"), action, class_id=1)


def test_an_account_that_was_switched_off_or_changed_loses_its_rights_at_once(store: Store, school: School) -> None:
    office, teacher = school.actors["admin"], school.actors["teacher"]
    with acting(teacher):
        sessions.lock_session(store, school.own.session_id)
    with acting(office):
        admin.change_role(store, "Grace Hopper", "kiosk")
    with acting(teacher), pytest.raises(AccessError, match="changed or switched off"):
        sessions.lock_session(store, school.own.session_id)
    with acting(office):
        admin.set_active(store, "Door", active=False)
    with store.read() as db, pytest.raises(AccessError, match="changed or switched off"):
        access.check(db, school.actors["kiosk"], "marks.recognise")


@pytest.mark.parametrize("role", ["admin", "teacher", "student", "kiosk"])
def test_an_account_that_is_only_switched_off_may_nothing(store: Store, school: School, role: str) -> None:
    actor = new_account(store, school.actors["admin"], "Second", "admin").actor() if role == "admin" else None
    actor = actor or school.actors[role]
    with store.transaction() as db:
        access.check(db, actor, "statuses.show")
        assert actor.account_id is not None
        accounts.change_account(db, actor.account_id, active=False)
        # Nothing else of it changed: that it is switched off must be enough.
        account = accounts.account_by_id(db, actor.account_id)
        assert account is not None
        assert account.actor() == actor
    with store.read() as db:
        for judged in (access.check, access.check_role):
            with pytest.raises(AccessError, match="changed or switched off"):
                judged(db, actor, "statuses.show")


def test_an_account_that_is_not_any_more_what_logged_in_may_nothing(store: Store, school: School) -> None:
    """Each part of it by itself, also where the role that is claimed may do it and the account is active."""
    teacher = school.actors["teacher"]
    assert teacher.account_id is not None
    for changed in (
        replace(teacher, name="Somebody else"),
        replace(teacher, role="admin"),
        replace(teacher, teacher_id=teacher.teacher_id + 1 if teacher.teacher_id else None),
        replace(teacher, student_id=school.own.student_id),
        replace(teacher, account_id=999_999),
    ):
        with store.read() as db:
            for judged in (access.check, access.check_role):
                with pytest.raises(AccessError, match="changed or switched off"):
                    judged(db, changed, "statuses.show")


def test_every_action_has_words_and_no_sentence_shows_its_name(store: Store, school: School) -> None:
    assert set(WORDS) == set(ACTIONS)
    assert len(set(WORDS.values())) == len(WORDS)
    said = set()
    with store.read() as db:
        for action, role in itertools.product(ACTIONS, ROLES):
            actor = actor_of(school, role)
            if actor is None or ACTIONS[action].get(actor.role) is ANY:
                continue
            with pytest.raises(AccessError) as caught:
                access.check(db, actor, action, class_id=school.foreign.class_id)
            sentence = str(caught.value)
            assert action not in sentence
            assert WORDS[action] in sentence
            said.add(sentence)
    assert len(said) > 100
    assert "Grace Hopper, a teacher, may not export students. Ask an admin of the school." in said


def test_rights_that_are_made_up_are_refused(store: Store, school: School) -> None:
    teacher = school.actors["teacher"]
    forged = (
        Actor(teacher.name, "admin", teacher.account_id, teacher.teacher_id),
        Actor(teacher.name, "teacher", teacher.account_id, 2),
        Actor("X", "admin", 999),
        Actor("X", "student", None, None, school.own.student_id),
    )
    with store.read() as db:
        for actor in forged:
            with pytest.raises(AccessError):
                access.check(db, actor, "people.show", student_id=school.own.student_id)


def test_a_teacher_of_no_class_and_one_without_a_link_own_nothing(store: Store, school: School) -> None:
    loose = new_account(store, school.actors["admin"], "Nobody’s teacher", "teacher").actor()
    assert loose.teacher_id is None
    with store.read() as db, pytest.raises(AccessError, match="teaches no class yet"):
        access.check(db, loose, "classes.show", class_id=school.own.class_id)


def test_what_a_service_calls_is_its_own_business(store: Store, school: School) -> None:
    # A kiosk may have due sessions closed, although it may neither close one nor write its sheet.
    with acting(school.actors["kiosk"]):
        closed = sessions.close_due(store, Settings(), datetime(2037, 1, 1, tzinfo=UTC))
        assert {one.session.state for one in closed} == {"closed"}
        with pytest.raises(AccessError):
            sessions.lock_session(store, school.own.session_id)


def test_after_a_service_failed_the_next_one_is_judged_again(store: Store, school: School) -> None:
    with acting(school.actors["admin"]), pytest.raises(Exception, match="no session number"):
        sessions.lock_session(store, 999_999)
    with acting(school.actors["kiosk"]), pytest.raises(AccessError):
        sessions.lock_session(store, school.own.session_id)


def test_the_actor_ends_with_the_block_and_does_not_reach_other_threads(store: Store, school: School) -> None:
    refused: list[bool] = []

    def work() -> None:
        try:
            sessions.lock_session(store, school.own.session_id)
        except AccessError:
            refused.append(True)

    with acting(school.actors["admin"]):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert refused == [True]
    assert current_actor() is None


def test_an_explicit_actor_is_judged_instead_of_the_surface(store: Store, school: School) -> None:
    with acting(school.actors["admin"]), pytest.raises(AccessError):
        sessions.open_again(store, Settings(), school.actors["kiosk"], school.own.session_id)


def test_the_sentences_name_nobody_elses_things(store: Store, school: School) -> None:
    with store.read() as db:
        office = accounts.get_account(db, ADMIN_NAME)
        for role in ("teacher", "student", "kiosk"):
            with pytest.raises(AccessError) as caught:
                access.check(db, school.actors[role], "people.merge", student_id=school.foreign.student_id)
            assert office.name not in str(caught.value)
            assert "FOREIGN" not in str(caught.value)


def test_core_actions_are_named_in_one_way() -> None:
    assert all(name.count(".") in (1, 2) and name == name.lower() for name in ACTIONS)
    assert Path(access.__file__).name == "access.py"
