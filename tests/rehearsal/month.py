"""A month at a studio where nothing happens by itself, and what the automations should have made of it.

What is expected is worked out here from the documented rules and the events alone, beside the planners.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ftrack_sandbox.testing import SandboxServer

ZONE = ZoneInfo("Europe/Berlin")
DAYS = 28
#: (automation, entity, moment, status or "") -> verdict and what would be done, in short.
Expected = dict[tuple[str, str, str, str], tuple[str, str]]

_VERSION_STATUSES = ("In Progress", "Pending Internal Review", "Approved", "Review Changes")
_TASK_STATUSES = ("In Progress", "Ready for Lighting", "Cut", "On Hold", "Omitted", "Approved")


@dataclass
class _Task:
    id: str
    type: str
    shot: str
    status: str
    icon: bool = False
    versions: list[int] = field(default_factory=list)


@dataclass
class Month:
    """Plays the month on a sandbox, and keeps the books.

    Attributes:
        expected: What each automation should make of each change.
        project: The project's id.
    """

    server: SandboxServer
    seed: int
    events: int
    expected: Expected = field(default_factory=dict)
    project: str = ""

    def play(self) -> None:
        """Play it; the server's clock ends at the present."""
        self._random = random.Random(self.seed)  # noqa: S311 - a month need not be secret
        begin = datetime.now(UTC).replace(microsecond=0) - timedelta(days=DAYS)
        moments = sorted(begin + timedelta(seconds=self._random.randrange(DAYS * 86400)) for _ in range(self.events))
        with self.server.session() as session:
            self._begin(session, begin)
            for moment in _apart(moments):
                self._at(moment)
                self._happen(session)
        self.server.clock.reset()

    def _at(self, moment: datetime) -> None:
        self._now = moment
        self.server.clock.set(moment, stopped=True)

    def _begin(self, session: Any, moment: datetime) -> None:
        # Long before the month, so that only what happens in it is played.
        self._at(moment - timedelta(days=30))
        schema = session.query('ProjectSchema where name is "VFX Scheme"').one()
        project = session.create("Project", {"name": "month", "full_name": "month", "project_schema": schema})
        self._shots = [session.create("Shot", {"name": f"m{number:02d}", "parent": project}) for number in (1, 2)]
        session.commit()
        self.project = project["id"]
        self._types = {each["name"]: each for each in session.query("Type")}
        self._statuses = {each["name"]: each for each in session.query("Status")}
        self._people = {name: session.query(f'User where username is "{name}"').one() for name in ("yuki.tanaka",)}
        self._asset_type = session.query("AssetType").first()
        self._tasks: list[_Task] = []
        self._versions: list[dict[str, Any]] = []
        self._assets: dict[str, Any] = {}

    def _happen(self, session: Any) -> None:
        kinds = [self._new_task] + [self._new_version] * 2 + [self._version_status] * 4 + [self._task_status] * 3
        self._random.choice(kinds)(session)

    def _new_task(self, session: Any) -> None:
        shot = self._random.choice(self._shots)
        kind = self._random.choice(("Animation", "Lighting", "Compositing"))
        task = session.create("Task", {"name": f"{kind}{len(self._tasks)}", "parent": shot, "type": self._types[kind]})
        if kind == "Lighting":
            session.create(
                "Appointment",
                {"context": task, "resource": self._people["yuki.tanaka"], "type": "assignment"},
            )
        session.commit()
        status = session.query(f'select status.name from Task where id is "{task["id"]}"').one()["status"]["name"]
        self._tasks.append(_Task(task["id"], kind, shot["name"], status))
        self._expect("create_task_folder", task["id"], "", "act", f"{shot['name']}/scene/{task['name'].lower()}")
        self._task_became(self._tasks[-1], status)

    def _new_version(self, session: Any) -> None:
        if not self._tasks:
            return
        task = self._random.choice(self._tasks)
        if task.id not in self._assets:
            shot = next(each for each in self._shots if each["name"] == task.shot)
            self._assets[task.id] = session.create(
                "Asset", {"name": f"a{len(self._assets)}", "parent": shot, "type": self._asset_type}
            )
        status = self._statuses[self._random.choice(_VERSION_STATUSES)]
        version = session.create(
            "AssetVersion",
            {"asset": self._assets[task.id], "task": session.get("Task", task.id), "status": status},
        )
        session.commit()
        task.versions.append(version["version"])
        self._versions.append({"entity": version, "task": task, "status": status["name"]})
        self._version_became(self._versions[-1], status["name"])

    def _version_status(self, session: Any) -> None:
        if not self._versions:
            return
        version = self._random.choice(self._versions)
        name = self._random.choice([each for each in _VERSION_STATUSES if each != version["status"]])
        version["entity"]["status"] = self._statuses[name]
        session.commit()
        version["status"] = name
        self._version_became(version, name)

    def _task_status(self, session: Any) -> None:
        if not self._tasks:
            return
        task = self._random.choice(self._tasks)
        name = self._random.choice([each for each in _TASK_STATUSES if each != task.status])
        session.get("Task", task.id)["status"] = self._statuses[name]
        session.commit()
        task.status = name
        self._task_became(task, name)

    # What the documentation says about each of them.

    def _version_became(self, version: dict[str, Any], status: str) -> None:
        entity, task = version["entity"], version["task"]
        local = self._now.astimezone(ZONE)
        if status == "Pending Internal Review":
            day = local.date() + timedelta(days=1 if local.hour >= 10 else 0)
            self._expect("add_version_to_dailies", entity["id"], status, "act", f"Dailies_{day:%Y-%m-%d}")
        else:
            self._expect("add_version_to_dailies", entity["id"], status, "nothing", "")
        newer = max(task.versions) > entity["version"]
        acts = not newer and task.status not in ("Omitted", status)
        self._expect("assign_task_status", entity["id"], status, "act" if acts else "nothing", status if acts else "")

    def _task_became(self, task: _Task, status: str) -> None:
        handed = task.type == "Animation" and status == "Ready for Lighting"
        lit = [other for other in self._tasks if other.shot == task.shot and other.type == "Lighting"]
        to = ("yuki.tanaka" if lit else "channel") if handed else ""
        self._expect("status_handler", task.id, status, "act" if handed else "nothing", to)
        if status in ("Cut", "On Hold"):
            self._expect("set_task_thumbnail", task.id, status, "act", "icon")
            task.icon = True
        else:
            self._expect("set_task_thumbnail", task.id, status, "act" if task.icon else "nothing", "")
            task.icon = False

    def _expect(self, automation: str, entity_id: str, status: str, verdict: str, what: str) -> None:
        self.expected[automation, entity_id, self._now.isoformat(), status] = (verdict, what)


def _apart(moments: list[datetime]) -> Iterator[datetime]:
    """Give the moments, each a second after the one before it at least."""
    last = moments[0] - timedelta(seconds=1)
    for moment in moments:
        last = max(moment, last + timedelta(seconds=1))
        yield last


def found(report: dict[str, Any]) -> Expected:
    """What a report says, in the words of the books."""
    said: Expected = {}
    for entry in report["entries"]:
        change = entry["change"]
        key = (entry["automation"], entry["entity"]["id"], change["at"], change["status"] or "")
        said[key] = (entry["verdict"], _in_short(entry))
    return said


def _in_short(entry: dict[str, Any]) -> str:
    for effect in entry["effects"]:
        match effect["kind"]:
            case "add_to_list":
                return str(effect["list"]["found_by"]["name"])
            case "set_status":
                return str(effect["status"])
            case "send_slack":
                return " ".join(name for name, _ in effect["people"]) or "channel"
            case "set_thumbnail" if effect["icon"]:
                return "icon"
            case "copy_template":
                return str(effect["target"].split("/shots/")[1].rpartition("/")[0])
    return ""
