"""The catalogue: what clients make of it, and object types that are added while the server runs."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import ftrack_api.entity.base
import ftrack_api.entity.factory
import pytest

from ftrack_sandbox.errors import UnknownAttributeError, UnknownTypeError, ValidationError
from ftrack_sandbox.schema import standard_catalogue
from ftrack_sandbox.schema.object_types import STANDARD_OBJECT_TYPES, ObjectTypeRow


def object_type(name: str, **flags: bool) -> ObjectTypeRow:
    return {
        "id": f"id of {name}",
        "name": name,
        "is_typeable": flags.get("is_typeable", True),
        "is_statusable": flags.get("is_statusable", True),
        "is_schedulable": flags.get("is_schedulable", True),
    }


def test_the_official_client_builds_every_class() -> None:
    factory = ftrack_api.entity.factory.StandardFactory()
    for schema in standard_catalogue().as_json():
        built = factory.create(schema)
        assert issubclass(built, ftrack_api.entity.base.Entity)
        assert built.primary_key_attributes == schema["primary_key"]
        assert set(built.default_projections) == set(schema["default_projections"])
        skipped = {
            name
            for name, fragment in schema["properties"].items()
            if fragment.get("restricted_projection") or not ({"type", "$ref"} & set(fragment))
        }
        assert {each.name for each in built.attributes} == set(schema["properties"]) - skipped


def test_link_tables_are_not_shown() -> None:
    shown = {schema["id"] for schema in standard_catalogue().as_json()}
    assert shown.isdisjoint({"ContextScope", "UserKey", "ConfigurationReadRole", "ConfigurationWriteRole"})
    status = next(schema for schema in standard_catalogue().as_json() if schema["id"] == "Status")
    assert "state_id" not in status["properties"]


def test_the_hash_is_the_digest_of_the_schemas() -> None:
    catalogue = standard_catalogue()
    text = json.dumps(catalogue.as_json(), sort_keys=True)
    assert catalogue.hash == hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_an_object_type_is_an_entity_type() -> None:
    catalogue = standard_catalogue().with_object_types([*STANDARD_OBJECT_TYPES, object_type("Camera Rig")])
    schema = catalogue.type("CameraRig").as_json()
    assert schema["properties"]["object_type_id"]["default"] == "id of Camera Rig"
    assert schema["alias_for"] == {"id": "Task", "classifiers": {"object_typeid": "id of Camera Rig"}}
    assert catalogue.hash != standard_catalogue().hash
    row: dict[str, Any] = {"context_type": "task", "object_type_id": "id of Camera Rig"}
    assert catalogue.concrete("Context", row).name == "CameraRig"
    assert catalogue.is_kind("CameraRig", "Context")


@pytest.mark.parametrize(
    ("flag", "fixed"),
    [
        ("is_typeable", {"type", "type_id"}),
        ("is_statusable", {"status", "status_id"}),
        ("is_schedulable", {"bid", "start_date", "end_date"}),
    ],
)
def test_what_an_object_type_has_no_use_for_is_immutable(flag: str, fixed: set[str]) -> None:
    free = standard_catalogue().with_object_types([object_type("Rig")]).type("Rig")
    without = standard_catalogue().with_object_types([object_type("Rig", **{flag: False})]).type("Rig")
    assert without.immutable - free.immutable == fixed


def test_object_types_say_whether_they_are_prioritized() -> None:
    assert standard_catalogue().type("ObjectType").attribute("is_prioritizable").value_type == "boolean"


def test_object_types_that_are_gone_have_no_type() -> None:
    catalogue = standard_catalogue().with_object_types([object_type("Rig")])
    with pytest.raises(UnknownTypeError, match="'Shot'"):
        catalogue.type("Shot")
    # Lists, statuses and versions refer to it by name.
    assert catalogue.type("Task").name == "Task"


@pytest.mark.parametrize("name", ["User", "Typed Context", "", "!?", "Task"])
def test_an_object_type_needs_a_name_of_its_own(name: str) -> None:
    with pytest.raises(ValidationError, match="choose another name"):
        standard_catalogue().with_object_types([*STANDARD_OBJECT_TYPES, object_type(name)])


def test_what_leads_to_tasks_follows_their_new_name() -> None:
    renamed: ObjectTypeRow = {**STANDARD_OBJECT_TYPES[0], "name": "Job Card"}
    catalogue = standard_catalogue().with_object_types([renamed, *STANDARD_OBJECT_TYPES[1:]])
    with pytest.raises(UnknownTypeError, match="'Task'"):
        catalogue.type("Task")
    targets = {attribute.target for each in catalogue.types.values() for attribute in each.attributes.values()}
    assert targets - {None} <= set(catalogue.types)
    assert catalogue.type("AssetVersion").attribute("task").target == "JobCard"
    schemas = {each["id"]: each for each in catalogue.as_json()}
    assert schemas["Status"]["properties"]["tasks"]["items"] == {"$ref": "JobCard"}
    # The legacy table is still called so.
    assert schemas["JobCard"]["alias_for"]["id"] == "Task"


def test_rows_are_told_apart_by_what_they_hold() -> None:
    catalogue = standard_catalogue()
    assert catalogue.discriminators("Context") == ("context_type", "object_type_id")
    assert catalogue.restrictions("Shot") == [
        ("object_type_id", ("bad911de-3bd6-47b9-8b46-3476e237cb36",)),
        ("context_type", ("task",)),
    ]
    assert catalogue.concrete("Component", {"system_type": "sequence"}).name == "SequenceComponent"
    assert catalogue.concrete("Component", {"system_type": "unheard of"}).name == "Component"
    assert catalogue.family("Shot") == "Context"


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownTypeError, match="There is no entity type 'Tusk'"):
        standard_catalogue().type("Tusk")
    with pytest.raises(UnknownAttributeError, match="Task has no attribute 'nome'"):
        standard_catalogue().type("Task").attribute("nome")
    with pytest.raises(UnknownAttributeError, match="Status has no attribute 'state_id'"):
        standard_catalogue().type("Status").attribute("state_id")


def test_legacy_names_are_known() -> None:
    types = standard_catalogue().types
    assert types["Project"].legacy_table == "Show"
    assert types["Shot"].legacy_table == "Task"
    assert types["Note"].legacy_table == "Note"
    assert types["Shot"].attributes["status_id"].legacy_name == "statusid"
    assert types["Shot"].attributes["name"].legacy_name == "name"


def test_an_events_entity_type_leads_to_one_schema() -> None:
    # As ftrack's JavaScript action handler looks: only names are compared, not tables with classifiers.
    found: dict[str, list[str]] = {}
    for schema in standard_catalogue().as_json():
        alias = schema.get("alias_for")
        if isinstance(alias, str):
            found.setdefault(alias.lower(), []).append(schema["id"])
    assert found["task"] == ["TypedContext"]
    assert found["show"] == ["Project"]
    assert "assetversion" not in found
    assert {"AssetVersion", "Asset", "User"} <= {schema["id"] for schema in standard_catalogue().as_json()}
