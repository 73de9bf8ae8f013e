"""Histories of a review: what two clients do step by step, and what the studio does about it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests import media
from tests.automations.carried import ftrack_of
from tests.automations.reviews import Client, Review

from callboard.changes import Reference
from callboard.ftrack import Ftrack, ids
from callboard.studio.review.threads import read_threads
from ftrack_sandbox.testing import SandboxServer

SYNC = "client_review_sync"
SHOTS = ("SH010", "SH020")


class History:
    """A review, two clients, and what they do, step by step.

    Attributes:
        review: The review.
        notes: Their notes that are there.
        files: The ids of the components that they have added to notes.
        decisions: Their decisions that are there.
    """

    def __init__(self, studio: SandboxServer, clients: SandboxServer, work: Path) -> None:
        self.review = Review(studio, clients, work)
        self._picture = media.still(work / "picture.png", size=(16, 16))
        for shot in SHOTS:
            self.review.add(shot, path=self._picture)
        self.review.carry_out(SYNC)
        self._shown = self.review.shown()
        self._clients = [Client(self.review, name) for name in ("Marta", "Jon")]
        self._minute = 0
        self.notes: list[tuple[Any, Any]] = []
        self.files: list[tuple[Any, str]] = []
        self.decisions: list[Any] = []

    def do(self, step: tuple[str, int, int]) -> None:
        """Let a client do something; what needs a note or decision does nothing without one."""
        what, who, which = step
        self._minute += 1
        getattr(self, f"_{what}")(self._clients[who], which)

    def _write(self, client: Client, which: int) -> None:
        shown = self._shown[which % len(self._shown)]
        self.notes.append((client.write(shown, f"Note {self._minute}.", frame=which, minutes=self._minute), shown))

    def _reply(self, client: Client, which: int) -> None:
        if self.notes:
            note, shown = self.notes[which % len(self.notes)]
            reply = client.write(shown, f"Reply {self._minute}.", reply_to=note, minutes=self._minute)
            self.notes.append((reply, shown))

    def _edit(self, client: Client, which: int) -> None:
        if self.notes:
            client.edit(self.notes[which % len(self.notes)][0], f"Edited {self._minute}.")

    def _draw(self, client: Client, which: int) -> None:
        if self.notes:
            note, _ = self.notes[which % len(self.notes)]
            self.files.append((note, client.attach(note, self._picture)))
            client.edit(note, annotation=self.files[-1][1])

    def _erase(self, client: Client, which: int) -> None:
        if self.files:
            _, component = self.files.pop(which % len(self.files))
            client.detach(component)

    def _delete(self, client: Client, which: int) -> None:
        if self.notes:
            note, _ = self.notes[which % len(self.notes)]
            doomed = {note["id"]}
            for other, _ in self.notes:
                if other["in_reply_to_id"] in doomed:
                    doomed.add(other["id"])
            client.delete(note)
            self.notes = [pair for pair in self.notes if pair[0]["id"] not in doomed]
            self.files = [pair for pair in self.files if pair[0]["id"] not in doomed]

    def _approve(self, client: Client, which: int) -> None:
        self.decisions.append(client.decide(self._shown[which % len(self._shown)], "approved", self._minute))

    def _require(self, client: Client, which: int) -> None:
        self.decisions.append(client.decide(self._shown[which % len(self._shown)], "require_changes", self._minute))

    def _redecide(self, client: Client, which: int) -> None:
        if self.decisions:
            status = ("approved", "require_changes", "seen")[which % 3]
            client.redecide(self.decisions[which % len(self.decisions)], status, self._minute)

    def _withdraw(self, client: Client, which: int) -> None:
        if self.decisions:
            client.delete(self.decisions.pop(which % len(self.decisions)))

    def _rename(self, client: Client, which: int) -> None:
        client.rename(f"{client.invitee['name'].split()[0]} {which}")

    def studio(self) -> list[Any]:
        """What the studio has by now: statuses, and notes with their files and replies."""
        session = self.review.read(self.review.sandbox)
        found = []
        for each in self.review.objects():
            version = session.get("AssetVersion", each["version_id"])
            statuses = (version["status"]["name"], version["task"]["status"]["name"])
            found.append((each["name"], statuses, _tree(version["notes"])))
        return found


def _tree(notes: Sequence[Any]) -> list[Any]:
    return [
        (
            note["content"],
            str(note["date"]),
            sorted((link["component"]["name"], link["component"]["size"]) for link in note["note_components"]),
            note["metadata"].get("reviewFrame"),
            _tree(note["replies"]),
        )
        for note in sorted(notes, key=lambda note: (note["date"], note["content"]))
    ]


class Studio:
    """What the studio does about the copies of clients' notes, and what must be left of it.

    Attributes:
        texts: What it wrote, by the ids of the notes.
        discarded: The ids of the copies that it deleted.
        statuses: The ids of the statuses that it set after the last decision, by the ids of the versions.
    """

    def __init__(self, review: Review) -> None:
        self._ftrack = ftrack_of(review.sandbox)
        self._versions = [each["version_id"] for each in review.objects()]
        [self._author] = self._ftrack.query(f'select id from User where username is "{review.sandbox.api_user}"')
        [self._working] = self._ftrack.query('select id from Status where name is "In Progress"')
        self.texts: dict[str, str] = {}
        self.discarded: set[str] = set()
        self.statuses: dict[str, str] = {}

    def do(self, what: str, which: int) -> None:
        """Let somebody do something about one of the notes or versions."""
        notes = self._notes()
        if what == "hold":
            version = Reference("AssetVersion", self._versions[which % len(self._versions)])
            self._ftrack.commit([Ftrack.update(version, {"status_id": self._working.id})])
            self.statuses[version.id] = self._working.id
        elif notes:
            note = sorted(notes)[which % len(notes)]
            getattr(self, f"_{what}")(note, notes)

    def assert_is_kept(self) -> None:
        """Look whether everything that the studio did is still so."""
        notes = self._notes()
        assert {note_id: notes.get(note_id, ("", None))[0] for note_id in self.texts} == self.texts
        assert not self.discarded & notes.keys()
        found = self._ftrack.query(f"select status_id from AssetVersion where id in {ids(self.statuses)}")
        assert {version.id: version["status_id"] for version in found} == self.statuses

    def _rewrite(self, note_id: str, _: Any) -> None:
        self.texts[note_id] = f"Ours {len(self.texts)}."
        self._ftrack.commit([Ftrack.update(Reference("Note", note_id), {"content": self.texts[note_id]})])

    def _answer(self, note_id: str, _: Any) -> None:
        own, text = str(uuid.uuid4()), f"Answer {len(self.texts)}."
        values = {"id": own, "content": text, "user_id": self._author.id, "in_reply_to_id": note_id}
        self._ftrack.commit([Ftrack.create("Note", values)])
        self.texts[own] = text

    def _discard(self, note_id: str, notes: dict[str, tuple[str, str | None]]) -> None:
        doomed = {note_id}
        while more := {each for each, (_, above) in notes.items() if above in doomed} - doomed:
            doomed |= more
        self._ftrack.commit([Ftrack.delete(Reference("Note", note_id))])
        self.discarded |= doomed
        self.texts = {each: text for each, text in self.texts.items() if each not in doomed}

    def _notes(self) -> dict[str, tuple[str, str | None]]:
        found = read_threads(self._ftrack, ("content", "in_reply_to_id"), self._versions)
        return {note.id: (note["content"], note["in_reply_to_id"]) for note in found.values()}
