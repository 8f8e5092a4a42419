"""An import that somebody has looked at, done as one."""

from core.access import guarded
from core.actor import Actor
from core.correcting import Corrected, set_marks
from core.errors import InputError
from core.register_import.records import ImportPlan
from core.settings import Settings
from core.store.database import Store
from core.store.marks import BY_IMPORT, Wish


@guarded
def apply_import(
    store: Store,
    settings: Settings,
    actor: Actor,
    plan: ImportPlan,
    why: str | None = None,
    *,
    overwrite_conflicts: bool = False,
) -> Corrected:
    """Make the planned changes, all or none, in one doing that ``undo`` takes back as a whole.

    Conflicts are left out unless ``overwrite_conflicts``.  Raises InputError while the plan has errors, ConflictError
    when one of these marks was changed after the plan was made, and as :func:`core.correcting.set_marks`.
    """
    if plan.errors:
        count = len(plan.errors)
        words = "a mistake" if count == 1 else f"{count} mistakes"
        raise InputError(f"{plan.name} has {words}, so nothing was changed: {plan.errors[0]}")
    chosen = list(plan.chosen(overwrite_conflicts=overwrite_conflicts))
    if not chosen:
        return Corrected("", (), ())
    wishes = [Wish(one.session.id, one.student.id, one.after) for one in chosen]
    before = {(one.session.id, one.student.id): one.before for one in chosen}
    why = (why or "").strip() or f"import of {plan.name}"
    return set_marks(store, settings, actor, wishes, why=why, source=BY_IMPORT, before=before)
