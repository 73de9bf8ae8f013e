"""The ids of what is mirrored, made from the ids of what it mirrors.

So the same thing is found again by its id whatever anybody renames, a crash leaves nothing that is not found again, and
two synchronisations at once cannot create twins.
"""

from __future__ import annotations

import uuid

_MIRROR = uuid.UUID("8a8f3c52-6d0b-4d0e-8f53-0f4f0a6f7c21")


def mirrored(kind: str, *local_ids: str) -> str:
    """Return the id of the *kind* of thing that stands for some local entities."""
    return str(uuid.uuid5(_MIRROR, " ".join([kind, *local_ids])))


def session_id(local_session_id: str) -> str:
    """Return the review session that clients see."""
    return mirrored("session", local_session_id)


def removed_session_id(local_session_id: str) -> str:
    """Return the session that keeps what clients said about objects that were taken off."""
    return mirrored("removed", local_session_id)


#: Metadata of a mirrored version: which local version it stands for, and which local review object.
SOURCE_VERSION, SOURCE_OBJECT = "source_version_id", "source_object_id"
#: Metadata of a mirrored version: what was sent, as JSON.
SOURCE_MEDIA = "source_media"
