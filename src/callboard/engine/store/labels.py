"""Labels: what people have a name for, each with a number, and the words that lead to it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from callboard.chunks import chunks
from callboard.engine.store.database import insert_into
from callboard.engine.store.facet_tables import labels, words

#: Characters of a key, and of a word, that are kept.
KEY, _WORD = 200, 40
_WORDS = re.compile(r"[^\W_]+")
#: The kinds whose words people search for.
_SEARCHED = {"automation", "project", "person", "name", "list"}


@dataclass(frozen=True)
class Label:
    """A name that people have for something.

    Attributes:
        kind: See :data:`~callboard.engine.store.facet_tables.labels`.
        key: Tells labels of a kind apart.
        text: What people read.
        also: Further words that lead to it, such as a person's full name.
    """

    kind: str
    key: str
    text: str
    also: str = ""

    @classmethod
    def of(cls, kind: str, key: str | None, text: str | None = None, also: str = "") -> Label | None:
        """Return a label, or None where there is no key; what no database can hold in a text is left out."""
        readable = (key or "").replace("\0", "")[:KEY]
        return cls(kind, readable, (text or readable).replace("\0", ""), also) if readable else None


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are stored and looked for: runs of letters and digits, in lower case."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return list(dict.fromkeys(word[:_WORD] for word in _WORDS.findall(plain)))


def note_labels(connection: Connection, wanted: Iterable[Label | None]) -> dict[tuple[str, str], int]:
    """Store the labels that are missing, and return the number of each by its kind and key."""
    every = {(label.kind, label.key): label for label in wanted if label is not None}
    found = _known(connection, every)
    if missing := sorted(every.keys() - found.keys()):
        rows = [{"kind": kind, "key": key, "text": every[kind, key].text} for kind, key in missing]
        connection.execute(insert_into(connection, labels).on_conflict_do_nothing(), rows)
        new = _known(connection, missing)
        leads = [{"word": word, "label": new[key]} for key in missing for word in _leading_to(every[key])]
        if leads:
            connection.execute(insert_into(connection, words).on_conflict_do_nothing(), leads)
        found |= new
    return found


def _known(connection: Connection, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    found = {}
    for keys in chunks(sorted({key for _, key in wanted})):
        for row in connection.execute(select(labels.c.id, labels.c.kind, labels.c.key).where(labels.c.key.in_(keys))):
            found[row.kind, row.key] = row.id
    return {label: found[label] for label in wanted if label in found}


def _leading_to(label: Label) -> list[str]:
    if label.kind not in _SEARCHED:
        return []
    return words_of(f"{label.text} {label.key if label.kind == 'person' else ''} {label.also}")
