"""Marks that come back from outside: an exported workbook that was edited, or a table of marks.

    plan = plan_file(store, settings, path)       # looks, and writes nothing
    apply_import(store, settings, actor, plan, why="paper list of Monday")

An edited workbook is compared with what it was when it was exported, so that only what somebody changed in it is taken
over, and a mark that was changed in Rollcall since then to something else is a conflict instead of being lost.
"""

from core.register_import.applying import apply_import
from core.register_import.planning import plan_file, plan_import
from core.register_import.records import Conflict, ImportPlan, PlannedChange
from core.register_import.tables import plan_table

__all__ = ["Conflict", "ImportPlan", "PlannedChange", "apply_import", "plan_file", "plan_import", "plan_table"]
