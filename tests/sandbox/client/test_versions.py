from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def asset(session: Any, shot: Any) -> Any:
    kind = session.query('AssetType where name is "Scene"').one()
    created = session.create("Asset", {"name": "animation", "parent": shot, "type": kind})
    session.commit()
    return created


def test_versions_count_up_from_one(session: Any, another: Any, asset: Any, task: Any) -> None:
    for _ in range(3):
        session.create("AssetVersion", {"asset": asset, "task": task})
        session.commit()
    found = another.query(
        "select version, is_latest_version, status.name from AssetVersion "
        f"where asset_id is {asset['id']} order by version"
    ).all()
    assert [version["version"] for version in found] == [1, 2, 3]
    assert [version["is_latest_version"] for version in found] == [False, False, True]
    assert found[0]["status"]["name"]
    latest = another.query(f"select latest_version.version from Asset where id is {asset['id']}").one()
    assert latest["latest_version"]["version"] == 3


def test_every_status_change_is_recorded(session: Any, another: Any, asset: Any, task: Any) -> None:
    version = session.create("AssetVersion", {"asset": asset, "task": task})
    session.commit()
    statuses = {status["name"]: status for status in session.query("Status")}
    for name in ("Pending Internal Review", "Approved"):
        version["status"] = statuses[name]
        task["status"] = statuses[name]
        session.commit()
    for kind, entity in (("AssetVersionStatusChange", version), ("TypedContextStatusChange", task)):
        changes = another.query(
            f"select status.name, from_status.name, user.username, date, parent.id from {kind} "
            f"where parent_id is {entity['id']} and from_status_id is_not none order by date"
        ).all()
        assert [change["status"]["name"] for change in changes] == ["Pending Internal Review", "Approved"]
        assert changes[1]["from_status"]["name"] == "Pending Internal Review"
        assert changes[1]["user"]["username"] == "admin"
        assert changes[1]["parent"]["id"] == entity["id"]


def test_the_workflow_says_which_statuses_and_types_are_allowed(session: Any, project: Any) -> None:
    schema = project["project_schema"]
    compositing = session.query('Type where name is "Compositing"').one()
    editing = session.query('Type where name is "Editing"').one()
    assert "Ready for Comp" in {status["name"] for status in schema.get_statuses("Task", compositing["id"])}
    assert "Ready for Comp" not in {status["name"] for status in schema.get_statuses("Task", editing["id"])}
    assert "Approved" in {status["name"] for status in schema.get_statuses("AssetVersion")}
    assert "Cut" in {status["name"] for status in schema.get_statuses("Shot")}
    assert "Compositing" in {kind["name"] for kind in schema.get_types("Task")}
    assert "Character" in {kind["name"] for kind in schema.get_types("AssetBuild")}


def test_lists_hold_versions_in_both_directions(session: Any, another: Any, project: Any, asset: Any) -> None:
    version = session.create("AssetVersion", {"asset": asset})
    category = session.query('ListCategory where name is "Dailies"').one()
    dailies = session.create("AssetVersionList", {"name": "Dailies", "project": project, "category": category})
    session.commit()
    session.create("ListObject", {"list_id": dailies["id"], "entity_id": version["id"]})
    session.commit()
    found = another.query(f"select items.id from AssetVersionList where id is {dailies['id']}").one()
    assert [item["id"] for item in found["items"]] == [version["id"]]
    assert another.query(f'AssetVersion where lists any (name is "Dailies") and id is {version["id"]}').all()


def test_notes_with_replies_and_recipients(session: Any, another: Any, task: Any) -> None:
    author = session.query('User where username is "tomas.lindgren"').one()
    artist = session.query('User where username is "ines.marques"').one()
    note = task.create_note("Slower, please", author=author, recipients=[artist])
    session.commit()
    note.create_reply("Done", author=artist)
    session.commit()
    found = another.query(
        f"select content, author.username, replies.content, recipients.resource_id from Note where id is {note['id']}"
    ).one()
    assert found["author"]["username"] == "tomas.lindgren"
    assert [reply["content"] for reply in found["replies"]] == ["Done"]
    assert artist["id"] in {recipient["resource_id"] for recipient in found["recipients"]}
    assert note["id"] in {each["id"] for each in another.get("Task", task["id"])["notes"]}


def test_a_user_has_one_timer(session: Any, another: Any, task: Any) -> None:
    amara = session.query('User where username is "ines.marques"').one()
    amara.start_timer(task, force=True)
    timelog = amara.stop_timer()
    session.commit()
    assert another.get("Timelog", timelog["id"])["context_id"] == task["id"]
    assert not another.query(f"Timer where user_id is {amara['id']}").all()


def test_custom_attributes_have_defaults_and_take_values(session: Any, another: Any, task: Any) -> None:
    kind = session.query('CustomAttributeType where name is "number"').one()
    session.create(
        "CustomAttributeConfiguration",
        {
            "key": f"difficulty_{task['id'][:8]}",
            "label": "Difficulty",
            "type": kind,
            "entity_type": "task",
            "object_type_id": task["object_type_id"],
            "project_id": task["project_id"],
            "default": 3,
            "config": "{}",
        },
    )
    session.commit()
    key = f"difficulty_{task['id'][:8]}"
    assert another.get("Task", task["id"])["custom_attributes"][key] == 3
    mine = session.query(f"select custom_attributes from Task where id is {task['id']}").one()
    mine["custom_attributes"][key] = 5
    session.commit()
    another.reset()
    assert another.get("Task", task["id"])["custom_attributes"][key] == 5
