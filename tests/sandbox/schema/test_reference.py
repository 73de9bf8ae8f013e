"""Everything we declare agrees with the schema of a real ftrack, where that is at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftrack_sandbox.schema import standard_catalogue

REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "ftrack-schema.json"

#: What ftrack declares since the reference was published: type and attribute.
NEWER = {("ObjectType", "is_prioritizable")}

pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="no schema of a real ftrack beside the checkout")


@pytest.fixture(scope="module")
def reference() -> dict[str, dict[str, Any]]:
    return {schema["id"]: schema for schema in json.loads(REFERENCE.read_text())}


@pytest.fixture(scope="module")
def ours() -> dict[str, dict[str, Any]]:
    declared = {schema["id"]: schema for schema in standard_catalogue().as_json()}
    for entity_type, attribute in NEWER:
        del declared[entity_type]["properties"][attribute]
    return declared


def test_the_same_types_are_declared(reference: dict[str, Any], ours: dict[str, Any]) -> None:
    assert set(ours) == set(reference)


def test_every_type_has_the_same_attributes(reference: dict[str, Any], ours: dict[str, Any]) -> None:
    differences = {
        name: set(reference[name]["properties"]) ^ set(schema["properties"])
        for name, schema in ours.items()
        if set(reference[name]["properties"]) != set(schema["properties"])
    }
    assert not differences


def test_every_attribute_is_the_same(reference: dict[str, Any], ours: dict[str, Any]) -> None:
    differences = []
    for name, schema in ours.items():
        for attribute, fragment in schema["properties"].items():
            theirs = dict(reference[name]["properties"][attribute])
            theirs.pop("description", None)
            if fragment != theirs:
                differences.append((name, attribute, fragment, theirs))
    assert not differences


@pytest.mark.parametrize("entry", ["primary_key", "default_projections", "alias_for"])
def test_keys_projections_and_legacy_names_are_the_same(
    reference: dict[str, Any], ours: dict[str, Any], entry: str
) -> None:
    assert {name: schema.get(entry) for name, schema in ours.items()} == {
        name: reference[name].get(entry) for name in ours
    }


def test_the_same_attributes_are_required(reference: dict[str, Any], ours: dict[str, Any]) -> None:
    def required(schema: dict[str, Any]) -> set[str]:
        # The reference leaves the key out here and there, though nothing can be without it.
        return {*schema["required"], *schema["primary_key"]}

    assert {name: required(each) for name, each in ours.items()} == {name: required(reference[name]) for name in ours}


@pytest.mark.parametrize("entry", ["immutable", "computed"])
def test_the_same_attributes_are_immutable_and_computed(
    reference: dict[str, Any], ours: dict[str, Any], entry: str
) -> None:
    assert {name: sorted(each.get(entry, [])) for name, each in ours.items()} == {
        name: sorted(reference[name].get(entry, [])) for name in ours
    }


def test_what_is_always_sent_is_always_sent_by_ftrack(reference: dict[str, Any], ours: dict[str, Any]) -> None:
    for name, schema in ours.items():
        assert set(schema.get("system_projections", [])) <= set(reference[name].get("system_projections", []))
