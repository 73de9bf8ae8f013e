"""A source with every kind of data, and the questions that its copy must answer alike."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import requests
from PIL import Image

from ftrack_sandbox.testing import SandboxServer

#: One name in every script that studios use, and one that tools stumble over.
NAMES = (
    "Straße_010",
    "山田_020",
    "سماء_030",
    "Жук_040",
    "ψ_050",
    "é_composed",
    "é_decomposed",
    "<script>_060",
    '7"8_070',
)
#: A type that no sandbox declares, with an attribute of each kind.
UNKNOWN_TYPE = {
    "id": "RenderBudget",
    "type": "object",
    "properties": {
        "id": {"type": "string", "default": "{uid}"},
        "name": {"type": "string"},
        "hours": {"type": "number"},
        "project_id": {"type": "string", "format": "foreign_key"},
        "project": {"$ref": "Project"},
    },
    "primary_key": ["id"],
    "required": [],
    "immutable": [],
    "default_projections": ["id", "name"],
}


def furnish(server: SandboxServer, folder: Path) -> None:
    """Give a server with the demo project what it has not yet."""
    with server.session() as session:
        project = session.query("Project").first()
        people = session.query("User where is_active is true").all()
        session.create("Disk", {"name": "render", "unix": "/data", "windows": "R:"})
        session.create("ObjectType", {"name": "Look Variant", "is_typeable": True, "is_statusable": True})
        _configurations(session)
        session.commit()
        session.reset()
    with server.session() as session:
        project = session.query("Project").first()
        people = session.query("User where is_active is true").all()
        shot = session.query("Shot").first()
        session.create("LookVariant", {"name": "wet", "parent": shot})
        for name in NAMES:
            session.create("Shot", {"name": name, "parent": project})
        task, other = session.query("Task").all()[:2]
        task["metadata"]["filename"] = "/data/x.nk"
        task["custom_attributes"]["lens"] = "40mm"
        shot["custom_attributes"]["handles"] = 12
        session.create("TypedContextLink", {"from": task, "to": other})
        session.create("Timelog", {"user": people[0], "context": task, "duration": 3600, "comment": "roto"})
        scope = session.create("Scope", {"name": "outsourced"})
        shot["scopes"].append(scope)
        project["managers"]
        version = session.query("AssetVersion").first()
        version["metadata"]["source_file"] = "/data/a.mov"
        _notes(session, version, people)
        session.commit()
        _media(session, version, folder)
        review = session.query("ReviewSession").first()
        review["passphrase"] = "open sesame"
        invitee = session.query("ReviewSessionInvitee").first()
        shown = session.query("ReviewSessionObject").first()
        session.create(
            "ReviewSessionObjectStatus",
            {"review_session_object": shown, "invitee": invitee, "status": "require_changes"},
        )
        session.commit()


def _configurations(session: Any) -> None:
    text = session.query('CustomAttributeType where name is "text"').one()
    number = session.query('CustomAttributeType where name is "number"').one()
    roles = session.query("SecurityRole").all()
    session.create(
        "CustomAttributeConfiguration",
        {
            "key": "lens",
            "label": "Lens",
            "entity_type": "task",
            "type": text,
            "default": "",
            "is_hierarchical": False,
            "object_type": session.query('ObjectType where name is "Task"').one(),
            "config": json.dumps({"markdown": False}),
            "read_security_roles": roles,
            "write_security_roles": roles,
        },
    )
    session.create(
        "CustomAttributeConfiguration",
        {
            "key": "handles",
            "label": "Handles",
            "entity_type": "show",
            "type": number,
            "default": 8,
            "is_hierarchical": True,
            "config": json.dumps({"isdecimal": False}),
            "read_security_roles": roles,
            "write_security_roles": roles[:1],
        },
    )


def _notes(session: Any, version: Any, people: list[Any]) -> None:
    category = session.query("NoteCategory").first()
    note = version.create_note("Darker, please. Ask Priya Raman or write to priya@studio.example.", author=people[0])
    note["category"] = category
    reply = note.create_reply("Done.", author=people[1])
    reply["metadata"]["inviteeName"] = "Robin Client"
    session.create("Recipient", {"note_id": note["id"], "resource_id": people[1]["id"]})
    session.create("NoteLabelLink", {"note_id": note["id"], "label_id": category["id"]})


def _media(session: Any, version: Any, folder: Path) -> None:
    picture = folder / "thumbnail.png"
    Image.new("RGB", (64, 36), "orange").save(picture)
    version.create_thumbnail(str(picture))
    location = session.query('Location where name is "ftrack.server"').one()
    version.create_component(str(picture), {"name": "ftrackreview-image"}, location=location)
    frames = folder / "frames"
    frames.mkdir()
    for frame in range(1001, 1004):
        Image.new("RGB", (8, 8)).save(frames / f"a.{frame}.png")
    unmanaged = session.query('Location where name is "ftrack.unmanaged"').one()
    version.create_component(f"{frames}/a.%04d.png [1001-1003]", {"name": "frames"}, location=unmanaged)
    note = session.query("Note").first()
    attachment = session.create_component(str(picture), {"name": "drawing"}, location=location)
    session.create("NoteComponent", {"component_id": attachment["id"], "note_id": note["id"]})
    session.commit()


def rows(data: Path) -> dict[str, dict[str, Any]]:
    """Every row of a data folder's database by table and key, without the order in which rows came in."""
    found: dict[str, dict[str, Any]] = {}
    with sqlite3.connect(data / "ftrack.sqlite") as raw:
        raw.row_factory = sqlite3.Row
        tables = [row["name"] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            if table.startswith(("sqlite", "import")):
                continue
            every = [dict(row) for row in raw.execute(f'SELECT * FROM "{table}"')]
            for row in every:
                row.pop("sequence", None)
            found[table] = {json.dumps(row, sort_keys=True): dict(sorted(row.items())) for row in every}
    raw.close()
    return found


def ask(server: SandboxServer, expression: str) -> list[dict[str, Any]]:
    headers = {"ftrack-user": server.api_user, "ftrack-api-key": server.api_key}
    answer = requests.post(
        f"{server.url}/api", json=[{"action": "query", "expression": expression}], headers=headers, timeout=30
    ).json()
    assert isinstance(answer, list), answer
    found: list[dict[str, Any]] = answer[0]["data"]
    return found


QUERIES = (
    "select id, name, full_name, root, status, color from Project",
    "select disk.name, project_schema.name from Project",
    "select name, parent.name, project.name, object_type.name from TypedContext order by name, id",
    "select name, status.name, type.name, priority.value, bid from Task order by id",
    "select name, status.state.short from Task where status.state.short is DONE",
    "select name from Task where assignments any (resource.username is 'priya.raman')",
    "select id from Shot where children any (status.name is 'In Progress')",
    "select name from Shot where name like 'PIER%' order by name descending",
    "select name from Shot where name in ('PIER_0010', '山田_020')",
    "select name from Shot where not name like 'PIER%' and not name like 'STORM%'",
    "select name, type.name from AssetBuild",
    "select name, parent.name from LookVariant",
    "select ancestors.name from Task order by id limit 5",
    "select descendants.name from Sequence order by name",
    "select link from Shot order by id limit 5",
    "select incoming_links.from.name from Task where incoming_links any ()",
    "select scopes.name from Shot where scopes any (name is outsourced)",
    "select metadata from Task where metadata any (key is filename)",
    "select custom_attributes from Task order by id limit 5",
    "select custom_attributes from Shot order by id limit 5",
    "select key, label, default, is_hierarchical, type.name from CustomAttributeConfiguration",
    "select read_security_roles.name, write_security_roles.name from CustomAttributeConfiguration",
    "select value, entity_id from CustomAttributeValue",
    "select name, type.short, versions.version from Asset",
    "select version, asset.name, task.name, status.name, user.username, comment, date from AssetVersion order by id",
    "select version from AssetVersion where is_latest_version is true",
    "select components.name from AssetVersion where components any (name like 'ftrackreview%')",
    "select name, file_type, size, system_type from Component",
    "select name, padding, members.name from SequenceComponent",
    "select component_id, resource_identifier, location.name from ComponentLocation",
    "select thumbnail_id from AssetVersion where thumbnail_id is_not none",
    "select metadata from AssetVersion where metadata any ()",
    "select status.name, from_status.name, date, user.username, parent_id from TypedContextStatusChange",
    "select status.name, date, parent.asset.name from AssetVersionStatusChange",
    "select name, category.name, owner.username, is_open from List",
    "select items.id from AssetVersionList",
    "select lists.name from AssetVersion where lists any ()",
    "select content, author.username, category.name, date from Note",
    "select replies.content, recipients.resource_id from Note where in_reply_to_id is none",
    "select note_components.component.name from Note",
    "select note_label_links.label.name from Note",
    "select name, is_open, start_date, end_date from ReviewSession",
    "select name, email from ReviewSessionInvitee",
    "select name, version, sort_order, asset_version.version from ReviewSessionObject order by sort_order",
    "select status, invitee.name, review_session_object.name from ReviewSessionObjectStatus",
    "select username, first_name, last_name, email, is_active from User order by username",
    "select memberships.group.name from User order by id",
    "select user_security_roles.security_role.name from User order by id",
    "select name, parent.name, children.name from Group",
    "select name, unix, windows from Disk",
    "select name, state.name, color, sort from Status order by sort, id",
    "select name, types.name from TaskTypeSchema",
    "select name, statuses.name from WorkflowSchema",
    "select name, object_types.name, _task_workflow.statuses.name from ProjectSchema",
    "select workflow_schema.name, type_id from ProjectSchemaOverride",
    "select statuses.task_status.name, types.task_type.name from Schema",
    "select name, label from Location",
    "select duration, comment, user.username, context.name from Timelog",
    "select type, resource_id, context.name from Appointment",
    "select count(id) from Task group by status_id",
    "select id from Task where id in (select context_id from Appointment where type is assignment)",
    "select name, hours, project.name from RenderBudget",
    "select name from Task where time_logged > 0",
    "select name, created_at, created_by.username from Context order by created_at, id",
)


def alike(answer: list[dict[str, Any]], expression: str) -> list[str]:
    """An answer to compare: rows and members in any order, unless the query names one."""
    found = [json.dumps(_unordered(row), sort_keys=True) for row in answer]
    return found if "order by" in expression else sorted(found)


def _unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _unordered(each) for name, each in value.items()}
    if isinstance(value, list):
        return sorted((_unordered(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    return value
