"""The tables that the pages alone need: what people did on them, and figures for charts."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Integer, PrimaryKeyConstraint, String, Table, Text

from callboard.engine.store.tables import metadata

__all__ = ["figures", "log", "metadata"]

#: What people changed on the pages, each with who (their name, role and address) and when.
log = Table(
    "log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("by", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("address", String(64), nullable=False),
    Column("what", Text, nullable=False),
    sqlite_autoincrement=True,
)

#: What happened within a span of time, counted once when a minute is over, so that nobody has to count the history.
#: ``span`` is its length in seconds, or 0 for everything since counting began; ``start`` its beginning. A row with an
#: empty ``automation`` counts the changes that were stored, any other one an automation's runs that ended: how many
#: ``done`` and ``failed``, the ``effects`` that were done and the ``tries`` it took. ``took`` counts, by
#: :data:`~callboard.engine.store.figures.BOUNDS`, how long after its change each run that did something ended, and
#: ``seconds`` is the sum of that.
figures = Table(
    "figures",
    metadata,
    Column("span", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("automation", String(100), nullable=False),
    Column("changes", Integer, nullable=False, server_default="0"),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("failed", Integer, nullable=False, server_default="0"),
    Column("effects", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("took", JSON, nullable=False),
    Column("seconds", Float, nullable=False, server_default="0"),
    PrimaryKeyConstraint("span", "start", "automation"),
)
