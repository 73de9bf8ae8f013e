"""Creation of a database, or its upgrade to this version: completely or not at all."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from callboard.engine.store import facet_tables
from callboard.errors import ConfigurationError

#: What this version's databases are marked with.
VERSION = "0.2"
#: The only version that left no mark.
_UNMARKED = "0.1"
_MARK = "alembic_version"


def upgrade(connection: Connection) -> None:
    """Make the tables that are missing, and bring older ones up to date.

    Args:
        connection: A transaction that writes, and that nobody else's upgrade runs beside.

    Raises:
        ConfigurationError: A newer version of Callboard made this database, or it cannot be upgraded.
    """
    version = version_of(connection)
    if version == VERSION:
        return
    if version is None:
        facet_tables.metadata.create_all(connection)
        connection.execute(text(f"create table {_MARK} (version_num varchar(32) not null primary key)"))
        connection.execute(text(f"insert into {_MARK} values (:version)"), {"version": VERSION})
        return
    _migrate(connection, version)


def version_of(connection: Connection) -> str | None:
    """Return the version that a database is marked with; None when it is empty."""
    there = inspect(connection)
    if there.has_table(_MARK):
        return str(connection.execute(text(f"select version_num from {_MARK}")).scalar_one())
    return _UNMARKED if there.has_table("runs") else None


def _migrate(connection: Connection, version: str) -> None:
    # Alembic takes long to load, and is needed once in a database's life.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    known = {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}
    if version not in known:
        raise ConfigurationError(
            [f"A newer Callboard made this database ({version}, not {VERSION}): install it, or change database.url."]
        )
    try:
        if not inspect(connection).has_table(_MARK):
            command.stamp(config, version)
        command.upgrade(config, VERSION)
    except (CommandError, ProgrammingError, IntegrityError) as error:
        reason = str(error).partition("\n")[0]
        raise ConfigurationError(
            [f"The database of version {version} cannot be upgraded, and stays as it was: {reason}."]
        ) from error
