"""The look of imported feedback in the studio: its author, its category, its statuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from callboard.errors import Refused
from callboard.ftrack import Ftrack, quote


@dataclass(frozen=True)
class Manner:
    """The author, category and statuses for imported feedback.

    Attributes:
        author_id: The user who becomes the author of the notes.
        category_id: The category of the notes.
        statuses: Decision -> the status that version and task get.
    """

    author_id: str
    category_id: str
    statuses: Mapping[str, str]


def read_manner(ftrack: Ftrack, *, author: str, category: str, statuses: Mapping[str, str]) -> Manner:
    """Find the user and the category by their names.

    Raises:
        Refused: One of them does not exist.
    """
    users, categories = ftrack.query_many(
        [
            f"select id from User where username is {quote(author)}",
            f"select id from NoteCategory where name is {quote(category)} order by sort, id",
        ]
    )
    if not users:
        raise Refused(f"There is no user {author}; correct `note_author`.")
    if not categories:
        raise Refused(f"There is no note category {category}; create it in ftrack, or correct `note_category`.")
    return Manner(users[0].id, categories[0].id, statuses)
