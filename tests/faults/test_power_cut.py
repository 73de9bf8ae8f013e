"""The power fails amid work: of the database, whatever had not reached the disk is missing."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest
from tests.faults.test_faults import NAMES, MakeSite, assert_everything_is_there_once


@pytest.mark.parametrize("seed", range(3))
def test_a_database_without_its_last_moments_loses_nothing(site: MakeSite, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - where the disk stops need not be secret
    studio = site()
    server = studio.start()
    tasks = studio.create_tasks(NAMES[:60])
    studio.wait_for_folders(chance.choice([1, 20, 59]))
    server.kill()
    [database] = tmp_path.rglob("callboard.db")
    log = database.with_name("callboard.db-wal")
    whole, latest = database.read_bytes(), log.read_bytes()
    assert latest, "a killed server leaves what it wrote last in the log"
    studio.store.close()
    database.write_bytes(whole)
    log.write_bytes(latest[: chance.randrange(len(latest))])
    database.with_name("callboard.db-shm").unlink(missing_ok=True)
    with sqlite3.connect(database) as raw:
        assert raw.execute("pragma integrity_check").fetchone() == ("ok",)
    raw.close()
    studio.start()
    tasks += studio.create_tasks(NAMES[60:70])
    studio.wait_until_done(70)
    assert_everything_is_there_once(studio, tasks)
