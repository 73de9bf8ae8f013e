"""The review session in the studio, as much of it as the import of feedback needs."""

from __future__ import annotations

from dataclasses import dataclass

from callboard.changes import Entity
from callboard.errors import Refused
from callboard.ftrack import Ftrack, quote
from callboard.studio.review.ids import mirrored_object_id, mirrored_version_id


@dataclass(frozen=True)
class LocalObject:
    """One entry of the session: its id, the version that it shows, and its name for clients."""

    id: str
    version_id: str
    name: str

    @property
    def remote_id(self) -> str:
        """The id of the object that clients see."""
        return mirrored_object_id(self.id, self.version_id)

    @property
    def remote_version_id(self) -> str:
        """The id of the version that clients see."""
        return mirrored_version_id(self.id, self.version_id)


@dataclass(frozen=True)
class LocalReview:
    """The session, with its objects in order.

    Attributes:
        id: Its id.
        name: Its name.
        is_open: Whether the studio has it open.
        project: Its project, read with its metadata.
        objects: Its objects in order.
    """

    id: str
    name: str
    is_open: bool
    project: Entity
    objects: list[LocalObject]


def read_review(ftrack: Ftrack, session_id: str) -> LocalReview:
    """Read a review session of the studio.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: It no longer exists.
    """
    sessions, objects = ftrack.query_many(
        [
            f"select name, is_open, project.metadata from ReviewSession where id is {quote(session_id)}",
            (
                "select name, version_id, asset_version.asset.parent.name from ReviewSessionObject "
                f"where review_session_id is {quote(session_id)} order by sort_order, created_at, id"
            ),
        ]
    )
    if not sessions:
        raise Refused("The review session no longer exists.")
    session = sessions[0]
    return LocalReview(
        session.id,
        session["name"],
        bool(session["is_open"]),
        session["project"],
        [
            LocalObject(each.id, each["version_id"], each["name"] or each.at("asset_version.asset.parent.name"))
            for each in objects
        ],
    )
