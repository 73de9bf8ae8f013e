"""Kinds of errors and reasons: sentences that differ only in what they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from callboard.engine.store.database import insert_into, now
from callboard.engine.store.facet_tables import tries
from callboard.engine.store.labels import Label, note_labels

#: What differs between sentences of one kind: quoted texts, addresses and paths, and words with digits in them.
_PARTICULAR = re.compile(r"""'[^']*'|"[^"]*"|\S*[/\\]\S*|\S*\d\S*""")
#: Characters of a kind.
_LENGTH = 160


def kind_of(sentence: str) -> str:
    """Return the kind of a sentence: what is particular is left out, so that few kinds stand for many sentences."""
    common = _PARTICULAR.sub("…", sentence)
    return re.sub(r"…(\s*…)+", "…", " ".join(common.split()))[:_LENGTH]


def number_whys(connection: Connection, sentences: Mapping[int, str]) -> dict[int, int]:
    """Return the number of each sentence's kind, by whatever the sentences are given by."""
    kinds = {key: Label.of("why", kind_of(sentence)) for key, sentence in sentences.items()}
    numbers = note_labels(connection, kinds.values())
    return {key: numbers[kind.kind, kind.key] for key, kind in kinds.items() if kind is not None}


def note_tries(connection: Connection, failed: Iterable[dict[str, Any]]) -> None:
    """Note attempts that did not succeed: ``run``, ``why``, ``error``, ``traceback``."""
    rows = list(failed)
    if not rows:
        return
    new = insert_into(connection, tries).values(first=now(), last=now(), times=1)
    again = {
        "last": now(),
        "times": tries.c.times + 1,
        "error": new.excluded.error,
        "traceback": new.excluded.traceback,
    }
    connection.execute(new.on_conflict_do_update(index_elements=[tries.c.run, tries.c.why], set_=again), rows)
