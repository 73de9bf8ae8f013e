"""The database: SQLite for one machine, PostgreSQL for several, with the same statements."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Float, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from callboard.engine.store.upgrading import upgrade
from callboard.errors import ConfigurationError, TryAgain

#: Seconds that a writer waits for another one (SQLite has one writer at a time).
_BUSY = 30

#: Conditions of PostgreSQL (its manual, appendix A).
_DISK_FULL, _READ_ONLY, _IDLE_TOO_LONG = "53100", "25006", "25P03"
#: Settings of every session.
_SESSION = {
    # A server that is stopped, or whose machine is gone, must not keep the locks of a transaction that it had begun.
    "idle_in_transaction_session_timeout": "3000",
    # Work asks for a few rows by an index, whatever the planner believes of the tables: after a burst its statistics
    # are those of before, and a scan that is cheap today grows with the history.
    **dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin"), "off"),
}
_POSTGRESQL = {
    "options": " ".join(f"-c {name}={value}" for name, value in _SESSION.items()),
    "connect_timeout": 10,
    "tcp_user_timeout": 10_000,
}


class now(FunctionElement[float]):  # noqa: N801 - it is used as a function of SQL
    """The database's clock: seconds since 1970. Machines that share a database share its clock."""

    type = Float()
    inherit_cache = True


@compiles(now, "sqlite")
def _now_sqlite(_element: now, _compiler: SQLCompiler, **_more: Any) -> str:
    return "callboard_now()"


@compiles(now, "postgresql")
def _now_postgresql(_element: now, _compiler: SQLCompiler, **_more: Any) -> str:
    return "cast(extract(epoch from statement_timestamp()) as double precision)"


class Store:
    """The database of :mod:`callboard.engine.store.tables`; may be used from any thread.

    Args:
        url: ``sqlite:///FILE`` or ``postgresql://USER@HOST/NAME``.
        clock: The clock of an SQLite database, which has none of its own: seconds since 1970.
    """

    def __init__(self, url: str, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = _engine(url, clock)

    def prepare(self) -> None:
        """Make the tables that are missing, and bring those of an older version up to date.

        Raises:
            ConfigurationError: A newer version of Callboard made the tables that are there, or they cannot be upgraded;
                or there is no room for them.
            TryAgain: The database cannot be reached.
        """
        with self.with_room(), self.writing() as connection:
            if connection.dialect.name == "postgresql":
                # Two servers that start together would otherwise both find the tables missing.
                connection.exec_driver_sql("select pg_advisory_xact_lock(7036874)")
                # On a busy machine, loading what migrates takes longer than work may pause.
                connection.exec_driver_sql("set local idle_in_transaction_session_timeout = '60s'")
            upgrade(connection)

    @contextmanager
    def with_room(self) -> Iterator[None]:
        """Carry out the first writes of a server, which leave nothing behind where there is no room for them.

        Raises:
            ConfigurationError: The disk is full or read-only.
        """
        file = Path(self._engine.url.database or "") if self._engine.dialect.name == "sqlite" else None
        was_there = file is not None and file.exists()
        try:
            yield
        except TryAgain as error:
            writable = file is None or not file.parent.is_dir() or os.access(file.parent, os.W_OK)
            if writable and not _has_no_room(error.__cause__):
                raise
            self.close()
            if file is not None and not was_there:
                with suppress(OSError):
                    file.unlink()
            sentence = f"{str(error).rstrip('.')}; make room at {self.url}, or let Callboard write there."
            raise ConfigurationError([sentence]) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a transaction that only reads.

        Raises:
            TryAgain: The database cannot be reached.
        """
        with _telling(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a transaction that writes: committed at the end, undone by any exception.

        Raises:
            TryAgain: The database cannot be reached.
        """
        with _telling(), self._engine.connect() as connection:
            connection.execution_options(callboard_writes=True)
            with connection.begin():
                yield connection

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """Return an INSERT that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
        return _insert(self._engine.dialect.name, table)

    def flush(self) -> None:
        """Have everything that was written survive a power cut.

        An SQLite database is flushed to the disk now and then; what must not be missing afterwards says so. PostgreSQL
        flushes every transaction.

        Raises:
            TryAgain: The database cannot be reached.
        """
        if self._engine.dialect.name == "sqlite":
            with _telling(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("pragma wal_checkpoint(full)")

    @property
    def url(self) -> str:
        """The address, without the password."""
        return self._engine.url.render_as_string()

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return the same INSERT as :meth:`Store.insert` for a transaction."""
    return _insert(connection.dialect.name, table)


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        if isinstance(error, DBAPIError) and not _may_recover(error):
            raise
        reason = str(error.orig if isinstance(error, DBAPIError) else error).strip().partition("\n")[0].rstrip(".")
        raise TryAgain(f"The database cannot be used: {reason}.") from error


def _may_recover(error: DBAPIError) -> bool:
    # DatabaseError itself, not a subclass of it, means a broken file, such as one that is not a database.
    if isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError:
        return True
    # PostgreSQL is a copy that takes no writes, until it is promoted; or this process was stopped during a transaction.
    return getattr(error.orig, "sqlstate", None) in {_READ_ONLY, _IDLE_TOO_LONG}


def _has_no_room(error: BaseException | None) -> bool:
    """Return whether a database cannot be written to until somebody makes room for it, or lets it be written to."""
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlite_errorname", "")
    full = code.startswith(("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR"))
    return full or getattr(error.orig, "sqlstate", None) in {_DISK_FULL, _READ_ONLY}


def _engine(url: str, clock: Callable[[], float]) -> Engine:
    address = make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
        return create_engine(address, pool_pre_ping=True, pool_size=20, connect_args=_POSTGRESQL)
    engine = create_engine(address, connect_args={"timeout": _BUSY}, pool_size=20, json_deserializer=_read_json)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.create_function("callboard_now", 0, clock)
        _prepare_sqlite(connection)

    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _read_json(text: str) -> Any:
    """Return a stored value; one that cannot be read harms nobody but whoever needs it."""
    try:
        return json.loads(text)
    except ValueError:
        return {"unreadable": text}


def _prepare_sqlite(connection: sqlite3.Connection) -> None:
    # Transactions are begun by _begin_sqlite, and not by the driver at the first write.
    connection.isolation_level = None
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    connection.execute("pragma foreign_keys = on")
    # Kilobytes: the indexes of a large studio's open work fit.
    connection.execute("pragma cache_size = -32768")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that begins by reading cannot always become one that writes; so those that will write say so.
    writes = connection.get_execution_options().get("callboard_writes", False)
    connection.exec_driver_sql("begin immediate" if writes else "begin")
