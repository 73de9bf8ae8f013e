"""The contender of the burst: a listener as the examples of the ftrack ecosystem are written.

One session, one subscription; for every new task a query, the folders, the copy of the template, and a commit of the
metadata. It prints ``ready`` when it listens.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import ftrack_api


def listen(projects: Path, templates: Path) -> None:
    """Handle new tasks until the process is ended."""
    session = ftrack_api.Session(auto_connect_event_hub=True, schema_cache_path=False)

    def on_update(event: Any) -> None:
        for changed in event["data"].get("entities", []):
            if changed["action"] == "add" and changed.get("entity_type") == "Task":
                handle(changed["entityId"])

    def handle(task_id: str) -> None:
        task = session.query(
            "select name, type.name, parent.name, parent.parent.name, project.name, metadata "
            f"from Task where id is {task_id}"
        ).one()
        shot = task["parent"]["name"]
        folder = projects / task["project"]["name"] / "shots" / task["parent"]["parent"]["name"] / shot
        for name in ("comps", "plates", "render"):
            (folder / "img" / name).mkdir(parents=True, exist_ok=True)
        scene = folder / "scene" / task["name"].lower()
        scene.mkdir(parents=True, exist_ok=True)
        template = next(templates.glob(f"{task['type']['name'].lower()}.*"))
        target = scene / f"{shot}_v01{template.suffix}"
        if not target.exists():
            shutil.copyfile(template, target)
        task["metadata"]["filename"] = str(target)
        session.commit()

    session.event_hub.subscribe("topic=ftrack.update", on_update)
    print("ready", flush=True)
    session.event_hub.wait()


if __name__ == "__main__":
    listen(Path(sys.argv[1]), Path(sys.argv[2]))
