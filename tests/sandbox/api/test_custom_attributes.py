"""Custom attributes: values, written whether or not there was one before, and links."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.api.door import Door, change, creation, reference

from ftrack_sandbox.errors import DuplicateEntryError, PermissionDeniedError, ValidationError


def configure(door: Door, kind: str = "text", **data: Any) -> str:
    values = {
        "key": "note_to_self",
        "type_id": door.id("CustomAttributeType", kind),
        "entity_type": "task",
        "object_type_id": door.id("ObjectType", "Task"),
        **data,
    }
    return str(door.create("CustomAttributeConfiguration", **values)["id"])


def shown(door: Door, entity_type: str, key: str) -> dict[str, Any]:
    [found] = door.query(f"select custom_attributes from {entity_type} where id is {key}")
    return {each["key"]: each["value"] for each in found["custom_attributes"]}


@pytest.fixture
def shot(door: Door) -> str:
    return str(door.create("Shot", name="010", parent_id=door.project())["id"])


@pytest.fixture
def frames(door: Door) -> str:
    """The custom attribute ``fstart`` of shots."""
    return str(door.query('select id from CustomAttributeConfiguration where key is "fstart"')[0]["id"])


@pytest.fixture
def supervisor(door: Door) -> str:
    """A custom attribute that links typed contexts to users."""
    made = door.create(
        "CustomAttributeLinkConfiguration",
        key="supervisor",
        label="Supervisor",
        entity_type="task",
        object_type_id=door.id("ObjectType", "Shot"),
        entity_type_to="user",
    )
    return str(made["id"])


def test_an_update_is_enough_for_a_first_value(door: Door) -> None:
    configuration = configure(door)
    task = door.task(door.project())
    answer = door.update("ContextCustomAttributeValue", [configuration, task], value="look")
    assert answer == {
        "__entity_type__": "ContextCustomAttributeValue",
        "configuration_id": configuration,
        "entity_id": task,
        "key": "note_to_self",
        "value": "look",
    }
    door.update("ContextCustomAttributeValue", [configuration, task], value="again")
    assert shown(door, "Task", task)["note_to_self"] == "again"
    assert len(door.query(f"select value from CustomAttributeValue where entity_id is {task}")) == 1


def test_a_value_may_come_in_the_batch_that_creates_its_owner(door: Door) -> None:
    configuration = configure(door)
    project = door.project()
    door.send(
        creation("Task", id="t1", name="anim", parent_id=project),
        change("ContextCustomAttributeValue", [configuration, "t1"], value="look"),
    )
    assert shown(door, "Task", "t1")["note_to_self"] == "look"


def test_values_may_come_with_the_entity_itself(door: Door) -> None:
    configuration = configure(door)
    value = {"configuration_id": configuration, "value": "look"}
    task = door.task(door.project(), custom_attributes=[value])
    assert shown(door, "Task", task)["note_to_self"] == "look"


def test_creating_a_value_twice_is_an_error(door: Door) -> None:
    configuration = configure(door)
    task = door.task(door.project())
    data = {"configuration_id": configuration, "entity_id": task, "value": "look"}
    door.create("ContextCustomAttributeValue", **data)
    with pytest.raises(DuplicateEntryError):
        door.create("ContextCustomAttributeValue", **data)


WRONG: list[tuple[str, Any, str]] = [
    ("number", "ten", "must be a number, not 'ten'"),
    ("number", True, "must be a number"),
    ("boolean", 1, "must be true or false"),
    ("text", 5, "must be a text"),
    ("date", "today", "must be a date"),
    ("enumerator", [1, 2], "must be a text or a list of texts"),
]


@pytest.mark.parametrize(("kind", "value", "message"), WRONG)
def test_a_value_has_to_be_of_its_type(door: Door, kind: str, value: Any, message: str) -> None:
    configuration = configure(door, kind)
    task = door.task(door.project())
    with pytest.raises(ValidationError, match=message):
        door.update("ContextCustomAttributeValue", [configuration, task], value=value)


RIGHT: list[tuple[str, Any]] = [
    ("number", 1.5),
    ("boolean", False),
    ("text", "look"),
    ("date", {"__type__": "datetime", "value": "2026-01-31T00:00:00"}),
    ("enumerator", ["a", "b"]),
    ("text", None),
]


@pytest.mark.parametrize(("kind", "value"), RIGHT)
def test_a_value_comes_back_as_it_was_given(door: Door, kind: str, value: Any) -> None:
    configuration = configure(door, kind)
    task = door.task(door.project())
    door.update("ContextCustomAttributeValue", [configuration, task], value=value)
    assert shown(door, "Task", task)["note_to_self"] == value


def test_an_attribute_is_for_its_own_kind_of_entity(door: Door) -> None:
    configuration = configure(door)
    shot = door.create("Shot", name="010", parent_id=door.project())["id"]
    with pytest.raises(ValidationError, match="A Shot has no custom attribute 'note_to_self'"):
        door.update("ContextCustomAttributeValue", [configuration, shot], value="look")
    with pytest.raises(ValidationError, match="an entity that does not exist"):
        door.update("ContextCustomAttributeValue", [configuration, "nowhere"], value="look")
    with pytest.raises(ValidationError, match="no custom attribute with the configuration"):
        door.update("ContextCustomAttributeValue", ["nowhere", shot], value="look")


def test_a_hierarchical_attribute_that_is_not_set_has_its_default(door: Door) -> None:
    """One report about a real server says so; the general type has only what is stored."""
    text = door.id("CustomAttributeType", "text")
    fields = {"key": "grade", "type_id": text, "entity_type": "show", "is_hierarchical": True, "default": "none yet"}
    configuration = door.create("CustomAttributeConfiguration", **fields)["id"]
    shot, other = (door.create("Shot", name=name, parent_id=door.project(name))["id"] for name in ("a", "b"))
    version = door.version(shot)
    door.update("ContextCustomAttributeValue", [configuration, shot], value="warm")

    def values(entity_type: str, entity: str) -> list[Any]:
        query = f"select value, key, entity_id from {entity_type} where configuration.key is grade"
        found = door.query(f"{query} and entity_id is {entity}")
        assert all((each["key"], each["entity_id"]) == ("grade", entity) for each in found)
        return [each["value"] for each in found]

    assert (values("ContextCustomAttributeValue", shot), values("ContextCustomAttributeValue", other)) == (
        ["warm"],
        ["none yet"],
    )
    assert values("AssetVersionCustomAttributeValue", version) == ["none yet"]
    assert (values("CustomAttributeValue", shot), values("CustomAttributeValue", other)) == (["warm"], [])
    chosen = (
        f"select entity_id from ContextCustomAttributeValue where configuration_id is {configuration} and value is "
    )
    assert {each["id"] for each in door.query(f'select id from Shot where id in ({chosen} "none yet")')} == {other}
    [counted] = door.query(
        f"select count(entity_id) from ContextCustomAttributeValue where configuration_id is {configuration} "
        f"and entity_id in ({shot}, {other})"
    )
    assert counted["count_entity_id"] == 2
    door.delete("ContextCustomAttributeValue", [configuration, shot])
    assert values("ContextCustomAttributeValue", shot) == ["none yet"]


def test_an_attribute_that_is_not_hierarchical_has_only_what_is_stored(door: Door) -> None:
    fields = {"key": "pages", "type_id": door.id("CustomAttributeType", "number"), "entity_type": "show", "default": 3}
    configuration = door.create("CustomAttributeConfiguration", **fields)["id"]
    project = door.project()
    rows = f"select value from ContextCustomAttributeValue where configuration_id is {configuration}"
    assert door.query(rows) == []
    door.update("ContextCustomAttributeValue", [configuration, project], value=5)
    assert [each["value"] for each in door.query(rows)] == [5]


def test_default_values_come_in_pages_like_all_others(door: Door) -> None:
    fields = {"key": "grade", "type_id": door.id("CustomAttributeType", "text"), "entity_type": "show"}
    door.create("CustomAttributeConfiguration", is_hierarchical=True, default="none yet", **fields)
    project = door.project()
    shots = [door.create("Shot", name=f"{number:03}", parent_id=project)["id"] for number in range(5)]
    listed = ", ".join(shots)
    query = f"select entity_id from ContextCustomAttributeValue where key is grade and entity_id in ({listed})"
    pages = [door.query(f"{query} offset {start} limit 2") for start in (0, 2, 4)]
    assert [each["entity_id"] for page in pages for each in page] == shots


def test_one_key_may_be_hierarchical_and_not(door: Door) -> None:
    text = door.id("CustomAttributeType", "text")
    task = {"entity_type": "task", "object_type_id": door.id("ObjectType", "Shot")}
    plain = door.create("CustomAttributeConfiguration", key="lens", type_id=text, default="plain", **task)["id"]
    above = {"key": "lens", "type_id": text, "is_hierarchical": True, "default": "above"}
    hierarchical = door.create("CustomAttributeConfiguration", entity_type="show", **above)["id"]
    own = door.create("CustomAttributeConfiguration", entity_type="show", key="lens", type_id=text)["id"]
    with pytest.raises(DuplicateEntryError):
        door.create("CustomAttributeConfiguration", entity_type="show", **above)
    shot = door.create("Shot", name="010", parent_id=door.project())["id"]
    door.update("ContextCustomAttributeValue", [plain, shot], value="1001")
    found = door.query(f"select custom_attributes from Shot where id is {shot}")[0]["custom_attributes"]
    values = {each["configuration_id"]: each["value"] for each in found if each["key"] == "lens"}
    assert values == {plain: "1001", hierarchical: "above"}
    with pytest.raises(DuplicateEntryError):
        door.update("CustomAttributeConfiguration", [own], is_hierarchical=True)


def test_a_hierarchical_attribute_is_for_projects_contexts_assets_and_versions(door: Door) -> None:
    configuration = door.query('select id from CustomAttributeConfiguration where key is "fps"')[0]["id"]
    project = door.project()
    version = door.version(project)
    door.update("ContextCustomAttributeValue", [configuration, project], value=25.0)
    door.update("ContextCustomAttributeValue", [configuration, door.task(project)], value=30.0)
    door.update("AssetVersionCustomAttributeValue", [configuration, version], value=48.0)
    assert shown(door, "AssetVersion", version)["fps"] == 48.0


MISTAKES: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"key": None}, ValidationError, "needs key"),
    ({"entity_type": "planet"}, ValidationError, "entity_type of a CustomAttributeConfiguration is one of"),
    ({"object_type_id": None}, ValidationError, "needs object_type_id"),
    ({"type_id": "nowhere"}, ValidationError, "points to a CustomAttributeType"),
]


@pytest.mark.parametrize(("data", "error", "message"), MISTAKES)
def test_an_attribute_is_configured_whole(
    door: Door, data: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        configure(door, **data)


def test_a_key_is_taken_once_for_a_kind_of_entity(door: Door) -> None:
    configure(door)
    with pytest.raises(DuplicateEntryError, match="'note_to_self' for task"):
        configure(door)
    other = configure(door, project_id=door.project())
    with pytest.raises(DuplicateEntryError):
        door.update("CustomAttributeConfiguration", [other], project_id=None)


def test_values_go_with_their_configuration(door: Door) -> None:
    configuration = configure(door)
    task = door.task(door.project())
    door.update("ContextCustomAttributeValue", [configuration, task], value="look")
    door.delete("CustomAttributeConfiguration", [configuration])
    assert door.query("select value from CustomAttributeValue") == []


def test_a_value_that_is_only_the_default_can_be_deleted(door: Door, shot: str, frames: str) -> None:
    door.delete("ContextCustomAttributeValue", [frames, shot])
    with pytest.raises(ValidationError, match="does not exist"):
        door.delete("ContextCustomAttributeValue", [frames, "nowhere"])


def test_a_value_is_deleted_by_those_who_may_write_it(door: Door, shot: str, frames: str) -> None:
    door.update("ContextCustomAttributeValue", [frames, shot], value=1017)
    role = door.id("SecurityRole", "Project Manager")
    door.update("CustomAttributeConfiguration", [frames], write_security_roles=[reference("SecurityRole", role)])
    artist = door.sign_in("ines.marques")
    with pytest.raises(PermissionDeniedError, match="custom attribute 'fstart'"):
        artist.delete("ContextCustomAttributeValue", [frames, shot])
    assert shown(door, "Shot", shot)["fstart"] == 1017
    door.sign_in("nadia.okoro").delete("ContextCustomAttributeValue", [frames, shot])
    assert shown(door, "Shot", shot)["fstart"] != 1017


def test_a_custom_attribute_is_read_by_its_roles_only(door: Door, shot: str, frames: str) -> None:
    manager = reference("SecurityRole", door.id("SecurityRole", "Project Manager"))
    door.update("CustomAttributeConfiguration", [frames], read_security_roles=[manager])
    door.update("ContextCustomAttributeValue", [frames, shot], value=1017)
    artist = door.sign_in("ines.marques")
    expressions = ["select custom_attributes from Shot", "select value from ContextCustomAttributeValue"]
    for expression in expressions:
        assert "1017" in str(door.query(expression))
        assert "1017" in str(door.sign_in("nadia.okoro").query(expression))
        assert "1017" not in str(artist.query(expression))
    assert artist.query("select id from Shot where custom_attributes any (value is 1017)") == []
    assert "fend" in str(artist.query("select custom_attributes from Shot"))


def test_a_general_link_becomes_the_one_that_its_configuration_says(door: Door, shot: str, supervisor: str) -> None:
    user = door.id("User", "kofi.badu")
    made = door.create("CustomAttributeLink", configuration_id=supervisor, from_id=shot, to_id=user)
    assert made["__entity_type__"] == "CustomAttributeLink"
    [found] = door.query(f"select id from CustomAttributeLink where id is {made['id']}")
    assert found["__entity_type__"] == "UserCustomAttributeLink"
    assert door.query("select user.username from UserCustomAttributeLink")[0]["user"]["username"] == "kofi.badu"


@pytest.mark.parametrize("end", ["from_id", "to_id"])
def test_both_ends_of_a_link_exist(door: Door, shot: str, supervisor: str, end: str) -> None:
    data: dict[str, Any] = {"configuration_id": supervisor, "from_id": shot, "to_id": door.id("User", "kofi.badu")}
    with pytest.raises(ValidationError, match=rf"UserCustomAttributeLink\.{end} points to a"):
        door.create("UserCustomAttributeLink", **{**data, end: "nowhere"})


def test_a_link_is_of_the_type_that_its_configuration_says(door: Door, shot: str, supervisor: str) -> None:
    group = door.create("Group", name="Sculpture")["id"]
    with pytest.raises(ValidationError, match="links to a User: a GroupCustomAttributeLink does not"):
        door.create("GroupCustomAttributeLink", configuration_id=supervisor, from_id=shot, to_id=group)
