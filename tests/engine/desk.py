"""A person who uses actions, without a hub between: events are handed to the dialogs as the hub would."""

from __future__ import annotations

import queue
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Self

from ftrack_api.entity.base import Entity
from tests.engine.job_server import JobServer

from callboard.engine.actions.dialogs import Dialogs
from callboard.engine.store.pauses import Pauses

#: What ftrack's events call the types of what is selected.
FAMILIES = {"Project": "show", "AssetVersion": "assetversion", "ReviewSession": "reviewsession", "List": "list"}

ADDRESS = "http://callboard.example:8095"


def selected(*entities: Entity) -> list[dict[str, str]]:
    """A selection as ftrack's web client sends it."""
    return [{"entityId": entity["id"], "entityType": FAMILIES.get(entity.entity_type, "task")} for entity in entities]


class Desk:
    """One person's menu and dialogs; as a context manager it ends them."""

    def __init__(self, server: JobServer, username: str = "nadia.okoro") -> None:
        self._server = server
        self.person = server.person(username)
        self.pauses = Pauses(server.store)
        self.dialogs = Dialogs(
            server.settings, server.registry, server.ftrack, server.jobs, address=ADDRESS, pauses=self.pauses
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.dialogs.stop()

    def menu(self, selection: object) -> list[dict[str, Any]]:
        """What the menu shows; every question begins with an empty memory."""
        dialogs = Dialogs(
            self._server.settings,
            self._server.registry,
            self._server.ftrack,
            self._server.jobs,
            address=ADDRESS,
            pauses=self.pauses,
        )
        replies: list[dict[str, Any]] = []
        dialogs.discover(self.event("discover", {"selection": selection}), replies.append)
        dialogs._readers.shutdown(wait=True)
        dialogs.stop()
        return [item for reply in replies for item in reply["items"]]

    def launch(self, action: str, selection: object, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Launch an action, or submit its form; returns its answer."""
        data: dict[str, Any] = {"actionIdentifier": f"callboard.{action}", "selection": selection}
        if values is not None:
            data["values"] = dict(values)
        replies: queue.Queue[dict[str, Any]] = queue.Queue()
        self.dialogs.launch(self.event("launch", data), replies.put)
        return replies.get(timeout=30)

    def submit(
        self, action: str, selection: Sequence[Mapping[str, str]], form: Mapping[str, Any], **entered: Any
    ) -> dict[str, Any]:
        """Submit a form with what is entered; everything else goes back as it came, hidden items too."""
        values = {item["name"]: item["value"] for item in form["items"] if "name" in item}
        unknown = entered.keys() - values.keys()
        assert not unknown, f"the form has no {unknown}"
        return self.launch(action, selection, {**values, **entered})

    def event(self, what: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """An event of this person."""
        return {
            "id": uuid.uuid4().hex,
            "topic": f"ftrack.action.{what}",
            "data": data,
            "source": {"user": {"id": self.person.id, "username": self.person.username}},
        }
