"""What a batch creates is looked at when the batch ends: until then it may lack what later operations bring."""

from __future__ import annotations

import itertools
import json
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sandbox.api.door import Door, change, creation, deletion, open_door

from ftrack_sandbox.errors import DuplicateEntryError, EntityNotFoundError, PermissionDeniedError, ValidationError


def new_id() -> str:
    return str(uuid.uuid4())


def reference(entity_type: str, key: str) -> dict[str, str]:
    return {"__entity_type__": entity_type, "id": key}


def test_a_required_attribute_may_come_later_in_the_batch(door: Door) -> None:
    """The official client's test of scopes does this."""
    scope = new_id()
    made, _ = door.send(creation("Scope", id=scope), change("Scope", [scope], name="dressing"))
    assert made["data"] == {"__entity_type__": "Scope", "id": scope}
    assert door.query(f"select name from Scope where id is {scope}")[0]["name"] == "dressing"


@pytest.mark.parametrize(
    ("entity_type", "data", "message"),
    [
        ("Scope", {}, "A new Scope needs name"),
        ("Task", {}, "A new Task needs a name and a parent"),
        ("ReviewSessionObject", {}, "A new ReviewSessionObject needs"),
        ("AssetVersion", {}, "A new AssetVersion needs an asset"),
    ],
)
def test_what_is_missing_at_the_end_is_named_and_nothing_stays(
    door: Door, entity_type: str, data: dict[str, Any], message: str
) -> None:
    disk = new_id()
    with pytest.raises(ValidationError, match=message):
        door.send(creation("Disk", id=disk, name="raid"), creation(entity_type, id=new_id(), **data))
    assert door.query(f"select id from Disk where id is {disk}") == []


def test_review_objects_may_be_created_before_their_session(door: Door) -> None:
    """ftrack's recipe for cloning reviews collects the objects first, and gives them to the session."""
    project = door.project()
    objects = [new_id(), new_id()]
    session = new_id()
    versions = [door.version(project), door.version(project)]
    door.send(
        *(
            creation("ReviewSessionObject", id=each, version_id=version, name="shot", version="Version 1")
            for each, version in zip(objects, versions, strict=True)
        ),
        creation(
            "ReviewSession",
            id=session,
            name="clone",
            project_id=project,
            review_session_objects=[reference("ReviewSessionObject", each) for each in objects],
        ),
    )
    found = door.query(f"select sort_order from ReviewSessionObject where review_session_id is {session}")
    assert [each["id"] for each in found] == objects
    assert [each["sort_order"] for each in found] == [0, 1]


@pytest.mark.parametrize("named_by", ["key", "reference"])
def test_a_reference_may_lead_to_what_comes_later_in_the_batch(door: Door, named_by: str) -> None:
    project, shot, task = door.project(), new_id(), new_id()
    parent: dict[str, Any] = {"parent_id": shot} if named_by == "key" else {"parent": reference("Shot", shot)}
    first, second = door.send(
        creation("Task", id=task, name="anim", **parent), creation("Shot", id=shot, name="010", parent_id=project)
    )
    assert (first["data"]["id"], second["data"]["id"]) == (task, shot)
    assert door.query(f"select parent.name from Task where id is {task}")[0]["parent"]["name"] == "010"


def test_what_leads_to_each_other_only_is_refused(door: Door) -> None:
    one, two = new_id(), new_id()
    with pytest.raises(ValidationError, match="does not exist"):
        door.send(
            creation("Folder", id=one, name="one", parent_id=two), creation("Folder", id=two, name="two", parent_id=one)
        )


def test_a_long_way_forward_is_answered_or_refused(door: Door) -> None:
    ids = [new_id() for _ in range(300)]
    with pytest.raises(ValidationError, match="does not exist"):
        door.send(
            *(creation("Folder", id=each, name=each, parent_id=parent) for each, parent in itertools.pairwise(ids)),
            creation("Folder", id=ids[-1], name="top", parent_id=door.project()),
        )


def test_a_context_that_gets_its_parent_later_is_completed_then(door: Door) -> None:
    shot, task = door.create("Shot", name="010", parent_id=door.project())["id"], new_id()
    door.events.clear()
    door.send(creation("Task", id=task, name="anim"), change("Shot", [shot], children=[reference("Task", task)]))
    [found] = door.query(f"select status.name, type.name, project_id, status_changes from Task where id is {task}")
    assert (found["status"]["name"], found["type"]["name"]) == ("Not Started", "Generic")
    assert len(found["status_changes"]) == 1
    assert [each["action"] for each in door.events[0]["data"]["entities"]] == ["add"]


def test_a_tree_may_get_its_place_at_the_end(door: Door) -> None:
    """Whoever builds a tree from the top down may put it into the project last."""
    project = door.project()
    sequence, shot, task, asset, version, note = (new_id() for _ in range(6))
    door.events.clear()
    door.send(
        creation("Sequence", id=sequence, name="sq"),
        creation("Shot", id=shot, name="sh", parent_id=sequence),
        creation("Task", id=task, name="anim", parent_id=shot),
        creation("Asset", id=asset, name="plate", context_id=shot),
        creation("AssetVersion", id=version, asset_id=asset, task_id=task),
        creation("Note", id=note, content="look", parent_id=version),
        change("Project", [project], children=[reference("Sequence", sequence)]),
    )
    [found] = door.query(
        f"select version, status.name, asset.parent.parent.project_id from AssetVersion where id is {version}"
    )
    assert (found["version"], found["status"]["name"]) == (1, "In Progress")
    assert found["asset"]["parent"]["parent"]["project_id"] == project
    assert (
        door.query(f"select project_id, status.name from Task where id is {task}")[0]["status"]["name"] == "Not Started"
    )
    told = {each["entityId"]: each for each in door.events[0]["data"]["entities"]}
    assert {told[each]["action"] for each in (sequence, shot, task, asset, version, note)} == {"add"}
    assert told[version]["parents"][-1]["entityId"] == project


def test_a_tree_without_a_place_is_refused_by_its_root(door: Door) -> None:
    sequence = new_id()
    with pytest.raises(ValidationError, match="A new Sequence needs a parent"):
        door.send(
            creation("Sequence", id=sequence, name="sq"), creation("Shot", id=new_id(), name="sh", parent_id=sequence)
        )


def test_nothing_moves_below_what_has_no_place(door: Door) -> None:
    project, shot = door.project(), new_id()
    task = door.task(project)
    with pytest.raises(ValidationError, match="cannot be moved below 'sh', which has no parent"):
        door.send(creation("Shot", id=shot, name="sh"), change("Task", [task], parent_id=shot))


def test_a_name_that_is_taken_is_refused_whenever_it_comes(door: Door) -> None:
    project, task = door.project(), new_id()
    door.task(project, "anim")
    with pytest.raises(DuplicateEntryError, match="'anim'"):
        door.send(creation("Task", id=task, parent_id=project), change("Task", [task], name="anim"))


def test_one_id_in_two_tables_is_two_entities(door: Door) -> None:
    shared = new_id()
    with pytest.raises(ValidationError, match="A new Scope needs name"):
        door.send(creation("Scope", id=shared), creation("Disk", id=shared), change("Disk", [shared], name="raid"))
    door.send(
        creation("Scope", id=shared),
        creation("Disk", id=shared),
        change("Disk", [shared], name="raid"),
        change("Scope", [shared], name="dressing"),
    )
    assert [door.query(f"{name} where id is {shared}")[0]["id"] for name in ("Scope", "Disk")] == [shared, shared]


def test_what_is_unfinished_may_be_deleted_again(door: Door) -> None:
    scope = new_id()
    door.send(creation("Scope", id=scope), deletion("Scope", [scope]))
    assert door.query(f"select id from Scope where id is {scope}") == []


def test_roles_count_for_what_is_finished_later(door: Door) -> None:
    project, task = door.project(), new_id()
    door.create("User", username="nobody")
    nobody = door.sign_in("nobody")
    with pytest.raises(PermissionDeniedError):
        nobody.send(creation("Task", id=task, name="anim"), change("Task", [task], parent_id=project))


def test_a_required_value_may_be_taken_and_given_in_one_batch(door: Door) -> None:
    disk = door.create("Disk", name="raid")["id"]
    door.send(change("Disk", [disk], name=None), change("Disk", [disk], name="nvme"))
    assert door.query(f"select name from Disk where id is {disk}")[0]["name"] == "nvme"
    with pytest.raises(ValidationError, match="A Disk cannot be without name"):
        door.update("Disk", [disk], name=None)
    door.send(change("Disk", [disk], name=None), deletion("Disk", [disk]))


def test_a_custom_attribute_may_come_before_what_has_it(door: Door) -> None:
    task, configuration = new_id(), new_id()
    number = door.id("CustomAttributeType", "number")
    place = {"entity_type": "task", "object_type_id": door.id("ObjectType", "Task")}
    door.send(
        change("ContextCustomAttributeValue", [configuration, task], value=7),
        creation("Task", id=task, name="anim", parent_id=door.project()),
        creation("CustomAttributeConfiguration", id=configuration, key="pages", type_id=number, **place),
    )
    [found] = door.query(f"select custom_attributes from Task where id is {task}")
    assert {each["key"]: each["value"] for each in found["custom_attributes"]}["pages"] == 7


def test_what_is_created_later_cannot_be_changed_before(door: Door) -> None:
    scope = new_id()
    with pytest.raises(EntityNotFoundError):
        door.send(change("Scope", [scope], name="early"), creation("Scope", id=scope))


PARTS: list[tuple[str, dict[str, Any]]] = [
    ("Scope", {"name": "dressing"}),
    ("Task", {"name": "anim", "bid": 60, "description": "walks", "parent_id": "project"}),
    ("Asset", {"name": "plate", "context_id": "project"}),
    ("AssetVersion", {"asset_id": "asset", "comment": "first", "version": 7}),
    ("ReviewSession", {"name": "monday", "description": "x", "project_id": "project"}),
    ("Disk", {"name": "raid", "unix": "/mnt"}),
]


@pytest.fixture(scope="module")
def lasting_door(tmp_path_factory: pytest.TempPathFactory) -> Door:
    return open_door(tmp_path_factory.mktemp("lasting"))


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_an_entity_is_the_same_however_its_attributes_arrive(lasting_door: Door, data: st.DataObject) -> None:
    door = lasting_door
    project = door.project(new_id())
    known = {"project": project, "asset": door.create("Asset", name="a", context_id=project)["id"]}
    entity_type, whole = data.draw(st.sampled_from(PARTS))
    whole = {name: known.get(value, value) for name, value in whole.items()}
    key = new_id()
    groups = data.draw(st.lists(st.sampled_from(range(3)), min_size=len(whole), max_size=len(whole)))
    parts = [
        {name: whole[name] for name, group in zip(whole, groups, strict=True) if group == each} for each in (0, 1, 2)
    ]
    door.send(creation(entity_type, id=key, **parts[0]), *(change(entity_type, [key], **each) for each in parts[1:]))
    [found] = door.query(f"select {', '.join(whole)} from {entity_type} where id is {key}")
    assert {name: found[name] for name in whole} == whole


def tree_in(door: Door, project: str) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Return the ids of a tree with something of each kind in it, and what creates it."""
    names = "sequence shot task asset version component note reply list entry shown session"
    ids = {name: new_id() for name in names.split()}
    category = door.query("select id from ListCategory")[0]["id"]
    return ids, [
        creation("Sequence", id=ids["sequence"], name="sq", parent_id=project),
        creation("Shot", id=ids["shot"], name="sh", parent=reference("Sequence", ids["sequence"])),
        creation("Task", id=ids["task"], name="anim", parent_id=ids["shot"]),
        creation("Asset", id=ids["asset"], name="plate", context_id=ids["shot"]),
        creation("AssetVersion", id=ids["version"], asset=reference("Asset", ids["asset"]), task_id=ids["task"]),
        creation("FileComponent", id=ids["component"], name="main", version_id=ids["version"]),
        creation("Metadata", parent_id=ids["component"], key="codec", value="prores"),
        creation("Note", id=ids["note"], content="look", parent_id=ids["version"]),
        creation("Note", id=ids["reply"], content="yes", in_reply_to_id=ids["note"]),
        creation("AssetVersionList", id=ids["list"], name="dailies", project_id=project, category_id=category),
        creation("ListObject", id=ids["entry"], list_id=ids["list"], entity_id=ids["version"]),
        creation("ReviewSession", id=ids["session"], name="monday", description="x", project_id=project),
        creation("ReviewSessionObject", id=ids["shown"], review_session_id=ids["session"], version_id=ids["version"]),
    ]


def state_of(door: Door, ids: dict[str, str]) -> Any:
    """Return what there is of a tree, its ids replaced by their names."""
    notes = f"{ids['note']}, {ids['reply']}"
    queries = [
        f"select name, status.name, type.name, parent_id from TypedContext where id in ({', '.join(ids.values())})",
        f"select version, status.name, asset_id, task_id from AssetVersion where id is {ids['version']}",
        f"select name, system_type, version_id, metadata from Component where id is {ids['component']}",
        f"select content, parent_id, parent_type, in_reply_to_id, recipients from Note where id in ({notes})",
        f"select list_id, entity_id from ListObject where id is {ids['entry']}",
        f"select name, version, sort_order, version_id from ReviewSessionObject where id is {ids['shown']}",
    ]
    text = json.dumps([door.query(each) for each in queries])
    for name, key in ids.items():
        text = text.replace(key, name)
    return [{entity["id"]: entity for entity in found} for found in json.loads(text)]


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_a_tree_is_the_same_in_whatever_order_it_is_created(lasting_door: Door, data: st.DataObject) -> None:
    door = lasting_door
    states = []
    for in_order in (True, False):
        ids, operations = tree_in(door, door.project(new_id()))
        ids["project"] = operations[0]["entity_data"]["parent_id"]
        door.send(*(operations if in_order else data.draw(st.permutations(operations))))
        states.append(state_of(door, ids))
    assert states[0] == states[1]
