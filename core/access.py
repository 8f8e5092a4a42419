"""May this actor do this, on this class, student or session: asked here and nowhere else.

Surfaces enter :func:`core.actor.acting` with who is logged in.  Every service of core is ``@guarded``: before it runs,
its action and the objects it is about are looked up in :mod:`core.services` and judged by :func:`check`.  A surface
that forgets to say who acts is refused, and a test fails for a service that is not registered.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from core.actions import ACTIONS, EVERYBODY, OWN, WORDS
from core.actor import MACHINE, Actor, acting, current_actor
from core.errors import AccessError, NotFoundError
from core.services import SERVICES, Rule
from core.store import accounts, audit, ownership, people
from core.store.database import Store

P = ParamSpec("P")
T = TypeVar("T")

_inside: ContextVar[bool] = ContextVar("inside", default=False)


def check(
    db: Session,
    actor: Actor | None,
    action: str,
    *,
    class_id: int | None = None,
    student_id: int | None = None,
    session_id: int | None = None,
) -> None:
    """Raises AccessError unless the actor may do the action on every object that is named.

    actor: None for nobody.  Who may do it on their own only must name an object.
    """
    grant = ACTIONS[action]
    if actor is not None and actor.role == "machine":
        if "machine" not in grant:
            raise AccessError(f"Rollcall does not {WORDS[action]} by itself.")
        return
    if actor is None or actor.account_id is None:
        # While a school has no accounts there is nobody to tell apart, and everything is allowed.
        if accounts.any_account(db):
            raise AccessError("Nobody is logged in. Log in first; on the command line say who you are with --by NAME.")
        return
    _check_account(db, actor)
    scope = grant.get(actor.role)
    if scope is None:
        raise AccessError(f"{_named(actor)} may not {WORDS[action]}. Ask an admin of the school.")
    _check_limits(db, actor, action, class_id, student_id, session_id)
    if scope is OWN and not _is_own(db, actor, class_id, student_id, session_id):
        raise AccessError(_foreign(db, actor, action))


def check_role(db: Session, actor: Actor | None, action: str) -> None:
    """Raises AccessError for who may not do the action on anything; on what is judged by :func:`check`."""
    if actor is None or actor.account_id is None or not _is_bounded(actor, action):
        check(db, actor, action)
        return
    _check_account(db, actor)
    _check_scope(actor, action)


def own_classes(db: Session) -> set[int] | None:
    """Ids of the classes that whoever acts is limited to, for services that list; None: not limited.

    A service that lists asks for the role by its rule, and shows of everything only what this gives.
    """
    actor = current_actor()
    if actor is None or actor.account_id is None or actor.role == "machine":
        return None
    only = None if actor.limits is None or actor.limits.class_id is None else {actor.limits.class_id}
    if actor.role == "admin":
        return only
    own = ownership.taught_by(db, actor.teacher_id) if actor.role == "teacher" else set()
    return own if only is None else own & only


def classes_to_list(db: Session, class_code: str | None) -> set[int] | None:
    """Ids of the classes that a list is about: the one of this code, else what :func:`own_classes` gives.

    Raises NotFoundError for the code.
    """
    return own_classes(db) if class_code is None else {people.get_class(db, class_code).id}


def _check_account(db: Session, actor: Actor) -> None:
    """What was true when somebody logged in may have changed since."""
    now = accounts.account_by_id(db, actor.account_id or 0)
    known = actor if actor.limits is None or now is None else replace(actor, name=now.name, limits=None)
    if now is None or not now.active or now.actor() != known:
        raise AccessError("This account was changed or switched off. Log in again, or ask an admin of the school.")


def _is_own(db: Session, actor: Actor, class_id: int | None, student_id: int | None, session_id: int | None) -> bool:
    if actor.role == "student":
        return student_id is not None and student_id == actor.student_id
    if actor.role != "teacher" or (class_id, student_id, session_id) == (None, None, None):
        return False
    return _is_of(db, ownership.taught_by(db, actor.teacher_id), class_id, student_id, session_id)


def _is_of(
    db: Session, classes: set[int], class_id: int | None, student_id: int | None, session_id: int | None
) -> bool:
    """Whether everything that is named belongs to these classes."""
    return (
        (class_id is None or class_id in classes)
        and (session_id is None or ownership.class_of_session(db, session_id) in classes)
        and (student_id is None or ownership.is_on_rosters(db, student_id, classes))
    )


def _is_bounded(actor: Actor, action: str) -> bool:
    """Whether it matters on what the actor does this."""
    whole = actor.limits is None or actor.limits.class_id is None
    return not whole or ACTIONS[action].get(actor.role) is OWN


def _check_scope(actor: Actor, action: str) -> None:
    if actor.limits is not None and action not in actor.limits.actions:
        raise AccessError(f"This token may not {WORDS[action]}. Ask an admin of the school for one that may.")


def _check_limits(
    db: Session, actor: Actor, action: str, class_id: int | None, student_id: int | None, session_id: int | None
) -> None:
    """Raises AccessError for what a program’s token does not allow, whatever its account may do."""
    _check_scope(actor, action)
    only = None if actor.limits is None else actor.limits.class_id
    if only is None or ACTIONS[action] is EVERYBODY:
        return
    named = (class_id, student_id, session_id) != (None, None, None)
    if not named or not _is_of(db, {only}, class_id, student_id, session_id):
        raise AccessError(f"This token may {WORDS[action]} only in one class. Ask an admin of the school for another.")


def _named(actor: Actor) -> str:
    article = "an" if actor.role == "admin" else "a"
    return f"{actor.name}, {article} {actor.role},"


def _foreign(db: Session, actor: Actor, action: str) -> str:
    if actor.role == "student":
        return f"A student may {WORDS[action]} only where it is about themselves."
    codes = ownership.codes_of(db, ownership.taught_by(db, actor.teacher_id))
    taught = f"{actor.name} teaches {', '.join(codes)}" if codes else f"{actor.name} teaches no class yet"
    return f"A teacher may {WORDS[action]} only in a class they teach, and {taught}. Ask an admin of the school."


def guarded(service: Callable[P, T]) -> Callable[P, T]:
    """Have a service of core judge who calls it, as :mod:`core.services` says.

    The actor is the service's argument ``actor`` if it has one, else the one who acts at the moment.  A service that is
    called by another one is that one's business and is not judged again.
    """
    if inspect.isgeneratorfunction(service):
        raise TypeError(f"{service.__qualname__} is a generator, which runs later: guard what runs it")
    rule = SERVICES[f"{service.__module__}.{service.__qualname__}"]
    signature = inspect.signature(service)

    @functools.wraps(service)
    def judged(*args: P.args, **kwargs: P.kwargs) -> T:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        actor = MACHINE if rule.by_machine else bound.arguments.get("actor", current_actor())
        with acting(actor):
            if _inside.get():
                return service(*args, **kwargs)
            _judge(rule, actor, bound.arguments)
            token = _inside.set(True)
            try:
                result = service(*args, **kwargs)
                _after(rule, actor, bound.arguments, result)
                return result
            finally:
                _inside.reset(token)

    judged.__guarded__ = rule  # type: ignore[attr-defined]
    return judged


def _judge(rule: Rule, actor: Actor | None, arguments: Mapping[str, Any]) -> None:
    if rule.action is None:
        return
    store: Store = arguments["store"]
    with store.read() as db:
        if not _has_limits(db, actor, rule.action):
            check(db, actor, rule.action)
            return
        try:
            targets = list(rule.objects(db, arguments))
        except NotFoundError:
            # Who may not see all of it must not learn either what there is.
            targets = [{}]
        if not targets and (rule.lists or rule.shows is not None):
            check_role(db, actor, rule.action)
            return
        for one in targets or [{}]:
            check(db, actor, rule.action, **one)


def _after(rule: Rule, actor: Actor | None, arguments: Mapping[str, Any], result: object) -> None:
    """Judge what only the result tells, and record what changes nothing in the database."""
    store: Store = arguments["store"]
    if rule.shows is not None and rule.action is not None:
        with store.read() as db:
            if _has_limits(db, actor, rule.action):
                for one in rule.shows(result):
                    check(db, actor, rule.action, **one)
    if rule.recorded is not None:
        with store.transaction() as db:
            # Only what is about one object names it; of several the whole is meant.
            targets = list(rule.objects(db, arguments))
            only = targets[0] if len(targets) == 1 else {}
            audit.record(
                db,
                actor,
                rule.recorded,
                class_id=only.get("class_id"),
                session_id=only.get("session_id"),
                student_id=only.get("student_id"),
            )


def _has_limits(db: Session, actor: Actor | None, action: str) -> bool:
    """Whether it matters on what the action is done."""
    return actor is not None and _is_bounded(actor, action) and accounts.any_account(db)
