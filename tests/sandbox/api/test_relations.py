"""Relations whose storage the schema does not spell out: written one way, found the other way."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.sandbox.api.door import Door, open_door, reference


class World:
    """One of everything that relations lead to, in a database that the tests of this module share."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.project = door.project()
        self.shot = self.new("Shot", name="010", parent_id=self.project)
        self.task = door.task(self.shot)
        self.version = door.version(self.shot, task_id=self.task)
        self.asset = door.query(f"select asset_id from AssetVersion where id is {self.version}")[0]["asset_id"]
        self.note = self.new("Note", content="look", parent_id=self.task)
        self.user = self.new("User", username="sculptor")
        self.group = self.new("Group", name="Sculpture")
        self.container = self.new("SequenceComponent", name="plate", padding=4)
        self.category = door.id("ListCategory", "Dailies")
        self.versions = self.new("AssetVersionList", name="V", project_id=self.project, category_id=self.category)
        self.tasks = self.new("TypedContextList", name="T", project_id=self.project, category_id=self.category)
        self.review = self.new("ReviewSession", name="R", project_id=self.project)
        self.shown = self.new("ReviewSessionObject", review_session_id=self.review, version_id=self.version)
        self.invitee = self.new(
            "ReviewSessionInvitee", review_session_id=self.review, name="Jo", email="jo@example.com"
        )
        self.status = self.new("Status", name="Carved")
        self.type = self.new("Type", name="Carving")
        self.workflow = self.new("WorkflowSchema", name="Carvers")
        self.types = self.new("TaskTypeSchema", name="Carvings")
        self.scheme = self.new("ProjectSchema", name="Carving")
        self.schema = self.new("Schema", project_schema_id=self.scheme, type_id=door.id("ObjectType", "Shot"))
        self.shot_type = door.id("ObjectType", "Shot")
        self.lead = self.new("CustomAttributeLinkConfiguration", key="lead", entity_type="show", entity_type_to="user")
        self.fps = door.query('select id from CustomAttributeConfiguration where key is "fps"')[0]["id"]

    def new(self, entity_type: str, /, **data: Any) -> str:
        return str(self.door.create(entity_type, **data)["id"])

    def filled(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return data in which ``@name`` stands for the id of the world's ``name``."""
        return {
            key: getattr(self, value[1:]) if isinstance(value, str) and value.startswith("@") else value
            for key, value in data.items()
        }


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with tempfile.TemporaryDirectory() as folder:
        door = open_door(Path(folder))
        yield World(door)
        door.api.store.close()


class Reference(NamedTuple):
    """A new entity of ``entity_type`` needs ``data``; its relation leads to the world's ``name``."""

    entity_type: str
    relation: str
    target: str
    name: str
    column: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.entity_type}.{self.relation}"


REFERENCES = [
    Reference("Asset", "parent", "Shot", "shot", "context_id", {"name": "comp"}),
    Reference("Note", "author", "User", "user", "user_id", {"content": "x"}),
    Reference("List", "owner", "User", "user", "user_id", {"project_id": "@project", "category_id": "@category"}),
    Reference("Recipient", "recipient", "Group", "group", "resource_id", {"note_id": "@note"}),
    Reference("Recipient", "user", "User", "user", "resource_id", {"note_id": "@note"}),
    Reference(
        *("ReviewSessionObject", "asset_version", "AssetVersion", "version", "version_id"),
        {"review_session_id": "@review"},
    ),
    Reference(
        *("ReviewSessionObjectStatus", "invitee", "ReviewSessionInvitee", "invitee", "review_session_invitee_id"),
        {"review_session_object_id": "@shown", "status": "approved"},
    ),
    Reference("ProjectSchema", "_task_workflow", "WorkflowSchema", "workflow", "task_workflow_schema_id", {}),
    Reference(
        "ProjectSchema", "_version_workflow", "WorkflowSchema", "workflow", "asset_version_workflow_schema_id", {}
    ),
    Reference("ProjectSchema", "_task_type_schema", "TaskTypeSchema", "types", "task_type_schema_id", {}),
    Reference("SchemaType", "task_type", "Type", "type", "type_id", {"schema_id": "@schema"}),
    Reference("SchemaStatus", "task_status", "Status", "status", "status_id", {"schema_id": "@schema"}),
    Reference(
        *("CustomAttributeLinkConfiguration", "object_type_to", "ObjectType", "shot_type", "object_type_id_to"),
        {"key": "shot", "entity_type": "show", "entity_type_to": "task"},
    ),
    Reference(
        *("UserCustomAttributeLink", "user", "User", "user", "to_id"),
        {"configuration_id": "@lead", "from_id": "@project"},
    ),
]


@pytest.mark.parametrize("row", REFERENCES, ids=str)
def test_a_reference_is_stored_in_the_column_that_ftrack_gives_it(world: World, row: Reference) -> None:
    target = getattr(world, row.name)
    world.door.create(row.entity_type, **world.filled(row.data), **{row.relation: reference(row.target, target)})
    found = world.door.query(
        f'select {row.column}, {row.relation}.id from {row.entity_type} where {row.relation}.id is "{target}"'
        f' and {row.relation} has (id is "{target}")'
    )
    assert found
    assert all(each[row.column] == each[row.relation]["id"] == target for each in found)


def test_the_state_of_a_status_has_a_column_that_is_not_shown(world: World) -> None:
    state = world.door.query("select id from State")[0]
    status = world.new("Status", name="Sanded", state=state)
    [found] = world.door.query(f"select state.id from Status where id is {status}")
    assert found["state"]["id"] == state["id"]


class Collection(NamedTuple):
    """``data`` makes a new entity a member of a collection of the world's ``name``."""

    owner: str
    name: str
    collection: str
    member: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.owner}.{self.collection}"


SCHEMA = {"project_schema_id": "@scheme", "type_id": "@shot_type"}
SETTING = {"parent_id": "@review", "parent_type": "ReviewSession", "group": "review", "name": "mark", "value": "on"}
COLLECTIONS = [
    Collection("Task", "task", "notes", "Note", {"parent_id": "@task"}),
    Collection("AssetVersion", "version", "notes", "Note", {"parent_id": "@version"}),
    Collection("ReviewSessionObject", "shown", "notes", "Note", {"parent_id": "@shown"}),
    Collection("Note", "note", "replies", "Note", {"in_reply_to_id": "@note"}),
    Collection("Project", "project", "children", "Folder", {"name": "reel", "parent_id": "@project"}),
    Collection("Group", "group", "children", "Group", {"name": "Clay", "parent_id": "@group"}),
    Collection("ReviewSession", "review", "settings", "EntitySetting", SETTING),
    Collection("SequenceComponent", "container", "members", "FileComponent", {"container_id": "@container"}),
    Collection("ProjectSchema", "scheme", "_schemas", "Schema", SCHEMA),
    Collection("ProjectSchema", "scheme", "object_type_schemas", "Schema", SCHEMA),
    Collection("ProjectSchema", "scheme", "_overrides", "ProjectSchemaOverride", {"project_schema_id": "@scheme"}),
    Collection(
        *("ProjectSchema", "scheme", "task_workflow_schema_overrides", "ProjectSchemaOverride"),
        {"project_schema_id": "@scheme"},
    ),
    Collection("Task", "task", "incoming_links", "TypedContextLink", {"from_id": "@shot", "to_id": "@task"}),
    Collection("Task", "task", "outgoing_links", "TypedContextLink", {"from_id": "@task", "to_id": "@shot"}),
    Collection(
        *("Project", "project", "custom_attribute_links", "UserCustomAttributeLink"),
        {"configuration_id": "@lead", "from_id": "@project", "to_id": "@user"},
    ),
    Collection(
        *("User", "user", "custom_attribute_links_from", "UserCustomAttributeLink"),
        {"configuration_id": "@lead", "from_id": "@project", "to_id": "@user"},
    ),
    Collection(
        *("CustomAttributeConfiguration", "fps", "values", "ContextCustomAttributeValue"),
        {"configuration_id": "@fps", "entity_id": "@project", "value": 25.0},
    ),
]


@pytest.mark.parametrize("row", COLLECTIONS, ids=str)
def test_a_collection_is_found_by_the_column_of_its_members(world: World, row: Collection) -> None:
    made = world.door.create(row.member, **world.filled(row.data))
    key = {name: made[name] for name in ("id", "configuration_id", "entity_id", "group") if name in made}
    query = f"select {row.collection} from {row.owner} where id is {getattr(world, row.name)}"
    [found] = world.door.query(f"{query} and {row.collection} any ()")
    assert key
    assert any(key.items() <= each.items() for each in found[row.collection])


@pytest.mark.parametrize(
    ("entity_type", "name"),
    [
        *(("Project", "project"), ("Task", "task"), ("Asset", "asset"), ("AssetVersion", "version")),
        *(("SequenceComponent", "container"), ("Note", "note"), ("User", "user")),
    ],
)
def test_metadata_hangs_on_any_entity(world: World, entity_type: str, name: str) -> None:
    owner_id = getattr(world, name)
    world.door.create("Metadata", parent_id=owner_id, key="origin", value="scan", parent_type=entity_type)
    [found] = world.door.query(
        f'select metadata from {entity_type} where id is {owner_id} and metadata any (value is "scan")'
    )
    assert [(each["key"], each["value"]) for each in found["metadata"]] == [("origin", "scan")]
    [kept] = world.door.query(f"select parent_type from Metadata where parent_id is {owner_id}")
    assert kept["parent_type"] == entity_type


@pytest.mark.parametrize(("owner", "name"), [("Task", "task"), ("User", "user")])
def test_assignments_and_allocations_are_appointments_of_one_type(world: World, owner: str, name: str) -> None:
    made = {
        kind: world.new("Appointment", context_id=world.task, resource_id=world.user, type=kind)
        for kind in ("assignment", "allocation")
    }
    [found] = world.door.query(
        f"select assignments, allocations, appointments from {owner} where id is {getattr(world, name)}"
    )
    ids = {collection: {each["id"] for each in found[collection]} for collection in found if collection[-1] == "s"}
    assert made["assignment"] in ids["assignments"]
    assert made["allocation"] in ids["allocations"]
    assert ids["assignments"].isdisjoint(ids["allocations"])
    assert ids["appointments"] == ids["assignments"] | ids["allocations"]


def test_status_changes_hang_on_contexts_and_on_versions(world: World) -> None:
    for entity_type, entity_id in (("Task", world.task), ("AssetVersion", world.version)):
        [found] = world.door.query(f"select status_changes.parent_id from {entity_type} where id is {entity_id}")
        assert {each["parent_id"] for each in found["status_changes"]} == {entity_id}


# Both sides of a relation of many to many: type, name in the world, collection.
MANY_TO_MANY: list[tuple[tuple[str, str, str], tuple[str, str, str]]] = [
    (("AssetVersionList", "versions", "items"), ("AssetVersion", "version", "lists")),
    (("TypedContextList", "tasks", "items"), ("Task", "task", "lists")),
    (("TaskTypeSchema", "types", "types"), ("Type", "type", "task_type_schemas")),
    (("ProjectSchema", "scheme", "object_types"), ("ObjectType", "shot_type", "project_schemas")),
]


@pytest.mark.parametrize(("one", "other"), MANY_TO_MANY, ids=[f"{one[0]}.{one[2]}" for one, _ in MANY_TO_MANY])
def test_both_sides_of_many_to_many_show_a_link(
    world: World, one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    for (entity_type, name, collection), (member_type, member_name, back) in ((one, other), (other, one)):
        owner, member = getattr(world, name), getattr(world, member_name)
        world.door.update(entity_type, [owner], **{collection: [reference(member_type, member)]})
        [found] = world.door.query(f"select {back} from {member_type} where id is {member}")
        assert owner in {each["id"] for each in found[back]}
        assert world.door.query(f"{entity_type} where id is {owner} and {collection} any (id is {member})")
        world.door.update(entity_type, [owner], **{collection: []})
        assert not world.door.query(f"{entity_type} where id is {owner} and {collection} any ()")


ONE_SIDED = [
    ("WorkflowSchema", "workflow", "statuses", "Status"),
    ("Shot", "shot", "scopes", "Scope"),
    ("CustomAttributeConfiguration", "fps", "read_security_roles", "SecurityRole"),
    ("CustomAttributeConfiguration", "fps", "write_security_roles", "SecurityRole"),
]


@pytest.mark.parametrize(("entity_type", "name", "collection", "member_type"), ONE_SIDED)
def test_members_are_linked_by_rows_of_their_own(
    world: World, entity_type: str, name: str, collection: str, member_type: str
) -> None:
    owner, member = getattr(world, name), world.new(member_type, name=f"{collection} of {name}")
    answer = world.door.update(entity_type, [owner], **{collection: [reference(member_type, member)]})
    assert answer[collection] == [reference(member_type, member)]
    [found] = world.door.query(f"select {collection} from {entity_type} where id is {owner}")
    assert [each["id"] for each in found[collection]] == [member]
    assert world.door.query(f"{entity_type} where id is {owner} and {collection}.id is {member}")


def test_versions_use_versions_and_are_used(world: World) -> None:
    comp = world.door.version(world.shot, uses_versions=[reference("AssetVersion", world.version)])
    [plate] = world.door.query(
        f"select used_in_versions, outgoing_links.to_id from AssetVersion where id is {world.version}"
    )
    assert comp in {each["id"] for each in plate["used_in_versions"]}
    assert comp in {each["to_id"] for each in plate["outgoing_links"]}
    link = world.new("AssetVersionLink", from_id=comp, to_id=world.version)
    [plate] = world.door.query(f"select uses_versions, incoming_links from AssetVersion where id is {world.version}")
    assert [each["id"] for each in plate["uses_versions"]] == [comp]
    assert [each["id"] for each in plate["incoming_links"]] == [link]


def test_a_list_object_is_an_item(world: World) -> None:
    listed = world.new("ListObject", list_id=world.versions, entity_id=world.version)
    [found] = world.door.query(f"select items.id from AssetVersionList where id is {world.versions}")
    assert [each["id"] for each in found["items"]] == [world.version]
    world.door.delete("ListObject", [listed])
    [found] = world.door.query(f"select items.id from AssetVersionList where id is {world.versions}")
    assert found["items"] == []


def test_a_project_is_in_itself(world: World) -> None:
    [found] = world.door.query(f"select asset.parent.parent.project_id from AssetVersion where id is {world.version}")
    assert found["asset"]["parent"]["parent"]["project_id"] == world.project
