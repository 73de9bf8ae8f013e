"""An event server with automations made for a test, beside a sandbox, in the test's process."""

from __future__ import annotations

import uuid
from typing import Any

from tests.engine.work import make_due
from tests.waiting import until

from callboard.engine.server import Server
from callboard.registry import Registry, Trigger
from callboard.settings import Settings
from callboard.settings.models import AutomationSettings, DashboardSettings, DatabaseSettings, FtrackSettings
from ftrack_sandbox.testing import SandboxServer


class EventServer:
    """A server, and people at work in the ftrack that it watches."""

    def __init__(self, sandbox: SandboxServer, database: str, *triggers: Trigger, **own: AutomationSettings) -> None:
        self.sandbox = sandbox
        self.session = sandbox.session()
        self._registry = Registry()
        for trigger in triggers:
            self._registry.add(trigger)
        self.settings = Settings(
            ftrack=FtrackSettings.model_validate(
                {"server": sandbox.url, "api_user": sandbox.api_user, "api_key": sandbox.api_key}
            ),
            database=DatabaseSettings(url=database),
            dashboard=DashboardSettings(port=0),
            automations={each.name: own.get(each.name) or each.settings() for each in triggers},
        )
        self.server = self.another()

    def another(self) -> Server:
        """One more server with the same settings, not started."""
        return Server(self.settings, self._registry)

    def start(self) -> None:
        """Start it (a new one, after a stop)."""
        self.server = self.another()
        self.server.start()
        assert self.server.ready.wait(20), "the event server did not become ready"

    def stop(self) -> None:
        """End it."""
        self.server.stop()

    # What people do

    def named(self, entity_type: str, name: str) -> Any:
        """A status, a type, a schema by its name."""
        return self.session.query(f'{entity_type} where name is "{name}"').first()

    def shot(self) -> Any:
        """A new project with a shot."""
        name = f"heron_{uuid.uuid4().hex[:8]}"
        schema = self.named("ProjectSchema", "VFX Scheme")
        project = self.session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
        shot = self.session.create("Shot", {"name": "SH010", "parent": project})
        self.session.commit()
        return shot

    def tasks(self, count: int, shot: Any | None = None) -> list[Any]:
        """New tasks, created in one batch."""
        shot, kind = shot or self.shot(), self.named("Type", "Compositing")
        tasks = [
            self.session.create("Task", {"name": f"comp{number}", "parent": shot, "type": kind})
            for number in range(count)
        ]
        self.session.commit()
        return tasks

    def set_status(self, entity: Any, *names: str) -> None:
        """Change a status, again and again, each in a batch of its own."""
        for name in names:
            entity["status"] = self.named("Status", name)
            self.session.commit()

    # What the server did

    def runs(self, **wanted: Any) -> list[dict[str, Any]]:
        """The history, oldest first."""
        return self.server.history.runs(**wanted)[::-1]

    def over(self, count: int, seconds: float = 30, **wanted: Any) -> list[dict[str, Any]]:
        """Wait for so many runs, all of them over, and return them."""

        def all_over() -> list[dict[str, Any]]:
            found = self.runs(**wanted)
            return found if len(found) >= count and all(run["state"] in {"done", "failed"} for run in found) else []

        return until(all_over, seconds, f"{count} runs that are over")

    def hurry(self) -> None:
        """Make what waits due now."""
        make_due(self.server.store)

    def metadata(self, *entities: Any) -> list[dict[str, str]]:
        """The metadata of each, as ftrack has it now."""
        wanted = ", ".join(entity["id"] for entity in entities)
        rows = self.server.ftrack.query(f"select parent_id, key, value from Metadata where parent_id in ({wanted})")
        return [{row["key"]: row["value"] for row in rows if row["parent_id"] == entity["id"]} for entity in entities]
