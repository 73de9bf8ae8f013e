"""The memory of an import in the data folder's database: its progress, and each row as it came.

The latter tells what somebody changed here since: such rows are kept as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ftrack_sandbox.store import Connection, Store, Transaction

#: ``import_row``: each row that was copied, with a digest of its values as they came.
#: ``import_step``: the key or the owner after which a step continues; null when it is over.
#: ``import_left_out``: what was not copied, and why. ``import_request``: what was asked for, while it is not finished.
_TABLES = (
    'CREATE TABLE IF NOT EXISTS "import_row" '
    '("table" TEXT, "key" TEXT, "digest" TEXT, PRIMARY KEY ("table", "key")) WITHOUT ROWID; '
    'CREATE TABLE IF NOT EXISTS "import_step" ("step" TEXT PRIMARY KEY, "position" TEXT) WITHOUT ROWID; '
    'CREATE TABLE IF NOT EXISTS "import_left_out" '
    '("what" TEXT, "why" TEXT, "count" INTEGER, PRIMARY KEY ("what", "why")) WITHOUT ROWID; '
    'CREATE TABLE IF NOT EXISTS "import_request" ("request" TEXT)'
)


def prepare(store: Store, request: Mapping[str, Any]) -> bool:
    """Make the tables, and start afresh unless the same import was interrupted; return whether it continues."""
    text = json.dumps(request, sort_keys=True)
    with store.writing() as transaction:
        for statement in _TABLES.split("; "):
            transaction.execute(statement)
        row = transaction.execute('SELECT "request" FROM "import_request"').fetchone()
        if row is not None and row[0] == text:
            return True
        for table in ("import_step", "import_left_out", "import_request"):
            transaction.execute(f'DELETE FROM "{table}"')
        transaction.execute('INSERT INTO "import_request" VALUES (?)', [text])
        return False


def finish(transaction: Transaction) -> None:
    """Note that the import is whole: the next one starts afresh."""
    transaction.execute('DELETE FROM "import_request"')


def position(connection: Connection, step: str) -> tuple[bool, str]:
    """Return whether a step is over, and the key after which it continues; empty at its beginning."""
    row = connection.execute('SELECT "position" FROM "import_step" WHERE "step" = ?', [step]).fetchone()
    return (False, "") if row is None else (row[0] is None, row[0] or "")


def advance(transaction: Transaction, step: str, to: str | None) -> None:
    """Note how far a step is; None when it is over."""
    transaction.execute('INSERT OR REPLACE INTO "import_step" VALUES (?, ?)', [step, to])


def leave_out(transaction: Transaction, what: str, why: str, count: int = 1) -> None:
    """Note that something was not copied."""
    transaction.execute(
        'INSERT INTO "import_left_out" VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "count" = "count" + excluded."count"',
        [what, why, count],
    )


def left_out(connection: Connection) -> list[tuple[str, str, int]]:
    """Return what was not copied: what, why, and how often."""
    return list(connection.execute('SELECT "what", "why", "count" FROM "import_left_out" ORDER BY "what", "why"'))


def digests(connection: Connection, table: str, keys: Sequence[str]) -> dict[str, str]:
    """Return the digests of rows that were copied before, by key."""
    found = connection.execute(
        'SELECT "key", "digest" FROM "import_row" WHERE "table" = ? AND "key" IN (SELECT value FROM json_each(?))',
        [table, json.dumps(list(keys))],
    )
    return dict(found.fetchall())


def remember(transaction: Transaction, table: str, rows: Iterable[tuple[str, str]]) -> None:
    """Keep the digests of rows as they came, given as key and digest."""
    transaction.raw.executemany(
        'INSERT OR REPLACE INTO "import_row" VALUES (?, ?, ?)', [(table, key, digest) for key, digest in rows]
    )


def digest(values: Mapping[str, Any]) -> str:
    """Return what tells a row's values from other values."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=12).hexdigest()
