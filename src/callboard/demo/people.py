"""The people of the studio: each works through the official client, like the web interface does."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

import ftrack_api
from ftrack_api.event.base import Event

from callboard.errors import CallboardError

#: Seconds that an action has to answer.
PATIENCE = 20

#: The names of schema types in the selections of ftrack's web client.
_SELECTED_AS = {"Project": "show", "AssetVersion": "assetversion", "ReviewSession": "reviewsession"}


class Person:
    """A person who works in ftrack.

    Attributes:
        session: The official client's session, logged in as this person.
    """

    def __init__(self, server: str, username: str, api_key: str) -> None:
        self.session = ftrack_api.Session(
            server, api_key, username, auto_connect_event_hub=False, schema_cache_path=False, plugin_paths=[]
        )
        self.user = self.session.query(f'User where username is "{username}"').one()

    @property
    def name(self) -> str:
        """The first name, for the story."""
        return str(self.user["first_name"] or self.user["username"])

    def menu(self, selected: Iterable[Any]) -> list[dict[str, Any]]:
        """Return the actions that are offered for a selection."""
        answers = self._ask("ftrack.action.discover", {"selection": _selection(selected)})
        return list(answers["items"])

    def launch(self, label: str, selected: Iterable[Any], values: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Pick an action in the menu, or submit its form; the answer is a form or a message."""
        selected = list(selected)
        item = next((item for item in self.menu(selected) if item["label"] == label), None)
        if item is None:
            raise CallboardError(f"{label} is not offered in the menu.")
        data = {**item, "selection": _selection(selected)}
        return self._ask("ftrack.action.launch", data if values is None else {**data, "values": dict(values)})

    def close(self) -> None:
        """Log out."""
        close_session(self.session)

    def _ask(self, topic: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        hub = self.session.event_hub
        if not hub.connected:
            hub.connect()
        replies: list[Any] = []
        source = {"user": {"id": self.user["id"], "username": self.user["username"]}}
        hub.publish(Event(topic=topic, data=dict(data), source=source), on_reply=replies.append)
        deadline = time.monotonic() + PATIENCE
        while not replies:
            if time.monotonic() > deadline:
                raise CallboardError(f"Nobody answered {topic} within {PATIENCE} seconds.")
            hub.wait(duration=0.05)
        answer: Mapping[str, Any] = replies[0]["data"]
        return answer


def fill_form(form: Mapping[str, Any], answers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return a form's values, with some fields filled in by the person.

    Args:
        form: The action's answer.
        answers: Label of a field -> the typed text, or the choice from its list.
    """
    answers = answers or {}
    fields = {item["label"]: item for item in form["items"] if "name" in item and item.get("label")}
    if unknown := answers.keys() - fields.keys():
        raise CallboardError(f"The form has no field {', '.join(sorted(unknown))}, only {', '.join(fields)}.")
    values = {item["name"]: item.get("value") for item in form["items"] if "name" in item}
    for label, answer in answers.items():
        choices = {choice["label"]: choice["value"] for choice in fields[label].get("data", [])}
        values[fields[label]["name"]] = choices[answer] if choices else answer
    return values


def labels(form: Mapping[str, Any]) -> list[str]:
    """Return the lines of text in a form, without their Markdown."""
    return [str(item["value"]).replace("*", "") for item in form["items"] if item["type"] == "label"]


def close_session(session: ftrack_api.Session) -> None:
    """Close a session without the client's warning about changes that an interruption left uncommitted."""
    session.recorded_operations.clear()
    session.close()


def _selection(selected: Iterable[Any]) -> list[dict[str, str]]:
    return [
        {"entityId": entity["id"], "entityType": _SELECTED_AS.get(entity.entity_type, "task")} for entity in selected
    ]
