"""A studio at work: an event server beside a sandbox, a storage and a stand-in for Slack."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.engine.work import make_due
from tests.waiting import until

from callboard.configuration.load import load
from callboard.demo.slack_stub import SlackStub
from callboard.engine.server import Server
from callboard.registry import registry
from ftrack_sandbox.testing import SandboxServer

Run = dict[str, Any]
#: The template files: name = content.
TEMPLATES = {"compositing.nk": "a nuke script", "modeling.mb": "a maya scene", "animation.ma": "an animation scene"}


class Studio:
    """An event server of its own database, started and hearing events, in the test's process.

    Attributes:
        sandbox: The studio's ftrack.
        session: The official client, as the administrator.
        server: The event server.
        storage: ``studio.project_root``.
        templates: ``studio.template_files``, with the files of TEMPLATES.
        slack: What stands in for Slack.
    """

    def __init__(self, sandbox: SandboxServer, folder: Path, slack: SlackStub, tables: Mapping[str, Any]) -> None:
        self.sandbox = sandbox
        self.session = sandbox.session()
        self.storage, self.templates, self.slack = folder / "storage", folder / "template", slack
        for made in (self.storage, self.templates):
            made.mkdir(parents=True, exist_ok=True)
        for name, text in TEMPLATES.items():
            (self.templates / name).write_text(text)
        self._configuration = folder / "callboard.toml"
        self._configuration.write_text(_toml(self._tables(tables)))
        self.start()

    def _tables(self, tables: Mapping[str, Any]) -> dict[str, Any]:
        given: dict[str, dict[str, Any]] = {
            "ftrack": {
                "server": self.sandbox.url,
                "api_user": self.sandbox.api_user,
                "api_key": self.sandbox.api_key,
            },
            "slack": {"token": "xoxb-test", "api_url": self.slack.url, "default_channel": "#production"},
            "studio": {"project_root": str(self.storage), "template_files": str(self.templates)},
            "dashboard": {"port": 0},
        }
        for table, values in tables.items():
            if values is None:
                del given[table]
            else:
                given[table] = given.get(table, {}) | values
        return given

    def start(self) -> None:
        """Start an event server, with what the last one remembered."""
        self.server = Server(load(self._configuration, {}), registry)
        self.server.start()
        assert self.server.ready.wait(20), "the event server did not become ready"

    def start_over(self, since: datetime) -> None:
        """Start an event server that remembers nothing, and have it handle what happened since a moment again."""
        self.stop()
        self._configuration.with_name("callboard.db").unlink()
        self.server = Server(load(self._configuration, {}), registry)
        assert self.server.catch_up(since) > 0
        self.server.start()

    def start_again(self) -> None:
        """Stop and start the event server, with what it remembers."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """End the event server."""
        self.server.stop()

    # What ftrack has

    def named(self, entity_type: str, name: str) -> Any:
        """The entity of a name: a status, a type, a user."""
        attribute = "username" if entity_type == "User" else "name"
        return self.session.query(f'{entity_type} where {attribute} is "{name}"').one()

    def fresh(self, entity: Any, attributes: str) -> Any:
        """The entity as ftrack has it now, read by a session of its own."""
        [read] = self.server.ftrack.query(f"select {attributes} from {entity.entity_type} where id is {entity['id']}")
        return read

    def metadata(self, entity: Any) -> dict[str, str]:
        """An entity's metadata, as ftrack has it now."""
        rows = self.server.ftrack.query(f"select key, value from Metadata where parent_id is {entity['id']}")
        return {row["key"]: row["value"] for row in rows}

    # What people do

    def create(self, entity_type: str, **values: Any) -> Any:
        """Create an entity and commit."""
        entity = self.session.create(entity_type, values)
        self.session.commit()
        return entity

    def project(self, name: str | None = None, schema: str = "VFX Scheme", **values: Any) -> Any:
        """A new project; without a name it gets one that no other test's project has."""
        name = name or f"heron_{uuid.uuid4().hex[:8]}"
        return self.create(
            "Project",
            name=name,
            full_name=values.pop("full_name", f"The full name of {name}"),
            project_schema=self.named("ProjectSchema", schema),
            **values,
        )

    def shot(self, project: Any, name: str = "SH010", sequence: str = "SQ010") -> Any:
        """A new shot in a new sequence."""
        return self.create("Shot", name=name, parent=self.create("Sequence", name=sequence, parent=project))

    def task(self, parent: Any, task_type: str = "Compositing", **values: Any) -> Any:
        """A new task, called after its type unless *values* have a name."""
        values.setdefault("name", task_type)
        return self.create("Task", parent=parent, type=self.named("Type", task_type), **values)

    def version(self, task: Any, status: str | None = None, asset: Any = None, **values: Any) -> Any:
        """A new version of an asset (a new one unless given) under the task's parent, linked to the task."""
        if asset is None:
            kind = self.session.query("AssetType").first()
            asset = self.create("Asset", name=f"asset {uuid.uuid4().hex[:6]}", parent=task["parent"], type=kind)
        if status is not None:
            values["status"] = self.named("Status", status)
        return self.create("AssetVersion", asset=asset, task=task, **values)

    def set_status(self, entity: Any, status: str) -> None:
        """Change an entity's status."""
        entity["status"] = self.named("Status", status)
        self.session.commit()

    def user(self, name: str) -> Any:
        """A new user, with an e-mail address."""
        username = f"{name}.{uuid.uuid4().hex[:6]}"
        return self.create("User", username=username, first_name=name.title(), email=f"{username}@studio.example")

    def assign(self, task: Any, resource: Any) -> None:
        """Assign a user or group to a task."""
        self.create("Appointment", context=task, resource=resource, type="assignment")

    # What the event server did

    def runs(self, automation: str, entity: Any | None = None) -> list[Run]:
        """The runs of an automation (about an entity), by the time of their changes, as they are now."""
        found = [
            run
            for run in reversed(self.server.history.runs(automation=automation))
            if entity is None or run["entity"]["id"] == entity["id"]
        ]
        # A first status comes before whatever it became in the same second, whichever was heard of first.
        return sorted(found, key=lambda run: (run["change"]["at"], run["change"]["from_status"] is not None))

    def finished(self, automation: str, entity: Any, count: int = 1) -> list[Run]:
        """Wait until an entity has *count* runs of an automation that are over, and return them, oldest first."""

        def over() -> list[Run]:
            runs = self.runs(automation, entity)
            return runs if len(runs) >= count and all(run["state"] in {"done", "failed"} for run in runs) else []

        return until(over, 20, f"{count} finished runs of {automation}")

    def waiting(self, automation: str, entity: Any) -> Run:
        """Wait until a run of an automation about an entity waits to be tried again, and return it."""

        def waits() -> list[Run]:
            return [run for run in self.runs(automation, entity) if run["state"] == "waiting" and run["error"]]

        return until(waits, 20, f"a run of {automation} that waits")[-1]

    def hurry(self) -> None:
        """Make what waits due now, rather than in some seconds."""
        make_due(self.server.store)

    def run(self, automation: str, entity: Any, count: int = 1) -> Run:
        """Wait as :meth:`finished`, and return the newest run."""
        return self.finished(automation, entity, count)[-1]


def _toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    return "\n".join(
        f"[{name}]\n" + "".join(_line(*each) for each in values.items()) for name, values in tables.items()
    )


def _line(key: str, value: Any) -> str:
    return f"{json.dumps(key)} = {_value(value)}\n"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_value(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)
