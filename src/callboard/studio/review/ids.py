"""The ids of mirrored entities, which follow from the ids of the local entities.

So an entity is found again by its id whatever is renamed, a crash leaves nothing behind that is not found again, and
two simultaneous synchronisations cannot create anything twice.
"""

from __future__ import annotations

import uuid

_MIRROR = uuid.UUID("8a8f3c52-6d0b-4d0e-8f53-0f4f0a6f7c21")


def mirrored_id(kind: str, *local_ids: str) -> str:
    """Return the id of the *kind* of entity that mirrors some local entities."""
    return str(uuid.uuid5(_MIRROR, " ".join([kind, *local_ids])))


def session_id(local_session_id: str) -> str:
    """Return the id of the review session that clients see."""
    return mirrored_id("session", local_session_id)


def mirrored_object_id(local_object_id: str, version_id: str) -> str:
    """Return the id of the review object that mirrors a local one with this version; another version has another id."""
    return mirrored_id("object", local_object_id, version_id)


def mirrored_version_id(local_object_id: str, version_id: str) -> str:
    """Return the id of the version that mirrors the version of a local review object."""
    return mirrored_id("version", local_object_id, version_id)


def removed_session_id(local_session_id: str) -> str:
    """Return the id of the session that keeps removed objects with the clients' feedback."""
    return mirrored_id("removed", local_session_id)


def copy_id(note_id: str) -> str:
    """Return the id of the studio's copy of a client's note."""
    return mirrored_id("note", note_id)


def attachment_copy_id(note_id: str, component_id: str) -> str:
    """Return the id of the studio's copy of a file of a client's note."""
    return mirrored_id("attachment", note_id, component_id)


#: Metadata of a mirrored version: the local version, and the local review object.
SOURCE_VERSION, SOURCE_OBJECT = "source_version_id", "source_object_id"
#: Metadata of a mirrored version: the media that was sent, as JSON.
SOURCE_MEDIA = "source_media"
