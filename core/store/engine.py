"""How a connection to the SQLite file is set up, for the store and for its migrations."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

BEGIN = "rollcall_begin"
"""Execution option: the statement that begins a transaction."""
READ_ONLY = "rollcall_read_only"
"""Execution option: whether the transaction may only look."""


def make_engine(path: Path, busy_seconds: float, *, foreign_keys: bool = True) -> Engine:
    """An engine whose transactions are SQLite's own (Python's driver would begin them late and commit around DDL).

    busy_seconds: how long another program's write is waited for.  foreign_keys: off only for migrations, where
    rebuilding a table would otherwise delete everything that refers to it.
    """
    # Without the values in its errors, which may get into a log: names, addresses of cameras, hashes.
    engine = create_engine(
        URL.create("sqlite", database=str(path)), connect_args={"timeout": busy_seconds}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _: Any) -> None:  # noqa: ANN401
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        # An erased face is overwritten on the disk, not only forgotten.
        connection.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if options.get(READ_ONLY) else 'OFF'}")
        connection.exec_driver_sql(options.get(BEGIN, "BEGIN"))

    return engine
