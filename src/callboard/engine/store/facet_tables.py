"""The tables that runs are found by: what people type and choose, in numbers, beside the history itself.

A row of :data:`facets` is some 20 bytes, so that a million of them are looked through while a page loads; a run itself
may have thousands. Everything that people have a name for is a label, stored once.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from callboard.engine.store.page_tables import metadata
from callboard.engine.store.tables import runs

__all__ = ["facets", "labels", "metadata", "progress", "runs", "tries", "words"]

#: What people have a name for. ``kind`` is ``automation``, ``project``, ``person``, ``name`` (of an entity, or of what
#: it hangs under), ``list``, or ``why`` (a kind of error or reason); ``key`` tells labels of a kind apart, ``text`` is
#: what people read.
labels = Table(
    "labels",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("key", String(200), nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("key", "kind", name="labels_once"),
    sqlite_autoincrement=True,
)

#: The words of the labels that people search for, in lower case; compared byte by byte, so that a prefix is a range.
words = Table(
    "words",
    metadata,
    Column("word", String(40).with_variant(String(40, collation="C"), "postgresql"), nullable=False),
    Column("label", Integer, nullable=False),
    PrimaryKeyConstraint("word", "label"),
)

#: What a run is found by: a row for every run, of the numbers of labels.
#: ``stored``  when the run was stored; it grows with the run's id
#: ``person``  who made the change, or whose change Callboard answered when it made it
#: ``parent``  the name of what the entity hangs under
#: ``list``    the list that the run puts its entity on
facets = Table(
    "facets",
    metadata,
    Column("run", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("stored", Float, nullable=False),
    Column("automation", Integer),
    Column("project", Integer),
    Column("person", Integer),
    Column("name", Integer),
    Column("parent", Integer),
    Column("list", Integer),
)
for _name in ("project", "person", "name", "parent", "list"):
    _known = facets.c[_name].is_not(None)
    Index(f"facets_{_name}", facets.c[_name], facets.c.run, sqlite_where=_known, postgresql_where=_known)

#: The kind of error of a run, or of reason why it did nothing.
Index("runs_why", runs.c.why, runs.c.id, sqlite_where=runs.c.why.is_not(None), postgresql_where=runs.c.why.is_not(None))

#: The attempts at runs that did not succeed: one row for each run and kind of error, however often it was tried.
tries = Table(
    "tries",
    metadata,
    Column("run", Integer, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("why", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("traceback", Text),
    Column("first", Float, nullable=False),
    Column("last", Float, nullable=False),
    Column("times", Integer, nullable=False),
    PrimaryKeyConstraint("run", "why"),
)

#: How far the work of a job is: ``done`` from 0 to 1 or null, since ``began``; ``picture`` is the first frame, a JPEG.
progress = Table(
    "progress",
    metadata,
    Column("run", Integer, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("sentence", Text, nullable=False),
    Column("done", Float),
    Column("began", Float, nullable=False),
    Column("at", Float, nullable=False),
    Column("picture", LargeBinary),
    Index("progress_at", "at"),
)
