"""A client review session in the studio, and what clients see and do of it on a second ftrack."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ftrack_api.symbol
from tests import media
from tests.automations.carried import CarriedJob

from callboard.studio.review.ids import removed_session_id, session_id
from ftrack_sandbox.testing import SandboxServer

#: When clients begin to write.
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Review:
    """A review session of a project of its own.

    Attributes:
        sandbox: The studio's ftrack.
        clients: The ftrack that clients see.
        work: Where the studio's media lies.
        session: The official client in the studio.
        clients_session: The official client at the clients' ftrack.
        project: The project.
        review: The review session in the studio.
    """

    def __init__(self, sandbox: SandboxServer, clients: SandboxServer, work: Path, shots: Sequence[str] = ()) -> None:
        self.sandbox, self.clients, self.work = sandbox, clients, work
        self.session = sandbox.session()
        self.clients_session = clients.session()
        self._readers = {sandbox: sandbox.session(), clients: clients.session()}
        schema = self.session.query('ProjectSchema where name is "VFX Scheme"').one()
        name = f"heron_{uuid.uuid4().hex[:8]}"
        self.project = self.session.create(
            "Project", {"name": name, "full_name": name.title(), "project_schema": schema}
        )
        self.review = self.session.create(
            "ReviewSession", {"name": f"First look {name}", "description": "A first look.", "project": self.project}
        )
        self.session.commit()
        for shot in shots:
            self.add(shot)

    def add(self, shot: str, *, path: Path | None = None) -> Any:
        """Put a new version of a new shot at the end of the review; returns the review object."""
        parent = self.session.create("Shot", {"name": shot, "parent": self.project})
        task = self.session.create(
            "Task",
            {
                "name": "Compositing",
                "parent": parent,
                "type": self.session.query('Type where name is "Compositing"').one(),
            },
        )
        asset = self.session.create(
            "Asset", {"name": "comp", "parent": parent, "type": self.session.query("AssetType").first()}
        )
        version = self.version(asset, task, path or media.movie(self.work / f"{shot}.mov", frames=6))
        created = self.session.create(
            "ReviewSessionObject",
            {
                "review_session": self.review,
                "asset_version": version,
                "name": shot,
                "description": f"Look at {shot}.",
                "version": "Version 1",
                "sort_order": len(self.objects()),
            },
        )
        self.session.commit()
        return created

    def version(self, asset: Any, task: Any, path: Path | None) -> Any:
        """A new version, with a source file or without."""
        version = self.session.create("AssetVersion", {"asset": asset, "task": task})
        if path is not None:
            version["metadata"]["source_file"] = str(path)
        self.session.commit()
        return version

    def objects(self) -> list[Any]:
        """The review's objects in the studio, in order."""
        found = self.session.query(
            f"ReviewSessionObject where review_session_id is {self.review['id']} order by sort_order"
        )
        return list(found.all())

    def reorder(self, *names: str) -> None:
        """Put the objects in another order."""
        for each in self.objects():
            each["sort_order"] = names.index(each["name"])
        self.session.commit()

    def job(self, action: str, **settings: Any) -> CarriedJob:
        """A job of this studio; another one each time, as after each launch."""
        return CarriedJob(action, self.sandbox, review=self.clients, media_roots=[self.work], **settings)

    def carry_out(self, action: str, **settings: Any) -> str:
        """Launch an action on the review and do its work."""
        return self.job(action, **settings).carry_out(self.review)

    def read(self, sandbox: SandboxServer) -> Any:
        """A session that has read nothing yet; what it reads is good until the next call."""
        reader = self._readers[sandbox]
        reader.reset()
        return reader

    # What clients see

    def remote(self) -> Any:
        """The review session that clients see, read afresh; None when there is none."""
        return self.read(self.clients).get("ReviewSession", session_id(self.review["id"]))

    def shown(self) -> list[Any]:
        """Its objects in order, read afresh."""
        return self._objects(session_id(self.review["id"]))

    def names(self) -> list[str]:
        """Their names."""
        return [each["name"] for each in self.shown()]

    def taken_off(self) -> list[Any]:
        """The objects that were removed and kept."""
        return self._objects(removed_session_id(self.review["id"]))

    def media(self, each: Any) -> list[Any]:
        """The review media of what an object shows."""
        found = self._readers[self.clients].query(
            f'FileComponent where version_id is {each["version_id"]} and name like "ftrackreview-%" order by name'
        )
        return list(found.all())

    def _objects(self, session_id: str) -> list[Any]:
        found = self.read(self.clients).query(
            f"ReviewSessionObject where review_session_id is {session_id} order by sort_order, id"
        )
        return list(found.all())


class Client:
    """A person of the client, invited to what is shown."""

    def __init__(self, review: Review, name: str) -> None:
        self._session = review.clients_session
        self._review = review
        self.invitee = self._session.create(
            "ReviewSessionInvitee",
            {
                "name": name,
                "email": f"{name.split(maxsplit=1)[0].lower()}@client.example",
                "review_session_id": session_id(review.review["id"]),
            },
        )
        self._session.commit()
        self._minutes = 0

    def write(
        self,
        each: Any,
        text: str,
        *,
        frame: int | None = None,
        reply_to: Any = None,
        minutes: int | None = None,
        files: Sequence[Path] = (),
        **metadata: str,
    ) -> Any:
        """Write a note on what an object shows, as ftrack's review pages do."""
        self._minutes = self._minutes + 1 if minutes is None else minutes
        author = self._session.query(f'User where username is "{self._review.clients.api_user}"').one()
        values = {"content": text, "author": author, "date": MORNING + timedelta(minutes=self._minutes)}
        note = self._session.create("Note", values)
        meta = {"inviteeId": self.invitee["id"], "reviewSessionObjectId": each["id"], **metadata}
        if frame is not None:
            meta["reviewFrame"] = json.dumps({"number": frame})
        for key, value in meta.items():
            if value:
                note["metadata"][key] = value
        if reply_to is not None:
            note["in_reply_to_id"] = reply_to["id"]
        else:
            # Not through the collection of notes, which this session has read before others deleted some.
            note["parent_id"], note["parent_type"] = each["version_id"], "AssetVersion"
        self._session.commit()
        for file in files:
            self.attach(note, file)
        return note

    def attach(self, note: Any, file: Path) -> str:
        """Add a file to a note; returns the id of its component."""
        location = self._session.get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)
        component = self._session.create_component(str(file), {"name": file.stem}, location=location)
        self._session.create("NoteComponent", {"note_id": note["id"], "component_id": component["id"]})
        self._session.commit()
        return str(component["id"])

    def detach(self, component_id: str) -> None:
        """Remove a file from its note."""
        for type_name, column in (("NoteComponent", "component_id"), ("FileComponent", "id")):
            self._session.delete(self._session.query(f"{type_name} where {column} is {component_id}").one())
        self._session.commit()

    def edit(self, note: Any, text: str | None = None, **metadata: str) -> None:
        """Change the text of a note, or what else is known about it."""
        if text is not None:
            note["content"] = text
        for key, value in metadata.items():
            # Row by row: the cached collection of the official client would take away what others have written since.
            row = self._session.query(f'Metadata where parent_id is "{note["id"]}" and key is "{key}"').first()
            if row is None:
                values = {"parent_id": note["id"], "parent_type": "Note", "key": key, "value": value}
                self._session.create("Metadata", values)
            else:
                row["value"] = value
        self._session.commit()

    def delete(self, entity: Any) -> None:
        """Delete a note with its replies, or take a decision back."""
        self._session.delete(entity)
        self._session.commit()

    def redecide(self, decision: Any, status: str, minutes: int) -> None:
        """Change a decision."""
        decision["status"] = status
        decision["created_at"] = MORNING + timedelta(minutes=minutes)
        self._session.commit()

    def rename(self, name: str) -> None:
        """Have another name from now on."""
        self.invitee["name"] = name
        self._session.commit()

    def decide(self, each: Any, status: str, minutes: int = 0) -> Any:
        """Decide about an object."""
        decision = self._session.create(
            "ReviewSessionObjectStatus",
            {
                "status": status,
                "review_session_object_id": each["id"],
                "review_session_invitee_id": self.invitee["id"],
                "created_at": MORNING + timedelta(minutes=minutes),
            },
        )
        self._session.commit()
        return decision
