"""Run by Alembic for each command; the caller gives the connection and its transaction."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from core.store.tables import Base, UtcDateTime


def render_item(_kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:  # noqa: ANN401
    """Write our own types as SQLAlchemy's: a migration must not depend on code that changes later."""
    return "sa.DateTime()" if isinstance(item, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
