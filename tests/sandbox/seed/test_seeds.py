"""What a new server starts with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ftrack_sandbox.api import Api, Credentials
from ftrack_sandbox.control.clock import Clock
from ftrack_sandbox.errors import InvalidCredentialsError
from ftrack_sandbox.seed import SeedName, plant
from ftrack_sandbox.seed.studio import PEOPLE
from ftrack_sandbox.store import Store

Ask = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ftrack.sqlite")
    yield opened
    opened.close()


def seeded(store: Store, seed: SeedName) -> Ask:
    """Fill the store and return how to query it."""
    plant(store, seed, api_user="admin", api_key="key", clock=Clock())
    api = Api(store, clock=Clock())

    def ask(expression: str) -> list[dict[str, Any]]:
        operations = [{"action": "query", "expression": expression}]
        found: list[dict[str, Any]] = api.call(operations, Credentials("admin", "key")).response[0]["data"]
        return found

    return ask


def names(entities: list[dict[str, Any]]) -> set[str]:
    return {each["name"] for each in entities}


def test_an_empty_server_has_what_every_ftrack_has(store: Store) -> None:
    ask = seeded(store, "empty")
    assert names(ask("select name from Location")) == {
        f"ftrack.{name}" for name in ("origin", "unmanaged", "review", "connect", "server")
    }
    assert {"Task", "Shot", "Asset Build"} <= names(ask("select name from ObjectType"))
    assert names(ask("select name from SecurityRole")) == {"Administrator", "Project Manager", "User", "API"}
    assert ask("select username from User") == [ask("User where username is admin")[0] | {"username": "admin"}]
    assert ask("select name from ProjectSchema where name is Basic")
    for nothing in ("Project", "AssetVersion", "List", "ReviewSession"):
        assert ask(f"select id from {nothing}") == []


def test_the_five_locations_have_the_ids_that_clients_know(store: Store) -> None:
    from ftrack_api import symbol

    ask = seeded(store, "empty")
    known = {value for name, value in vars(symbol).items() if name.endswith("_LOCATION_ID")}
    assert {each["id"] for each in ask("select id from Location")} == known


def test_a_studio_has_people_and_the_workflow_of_the_automations(store: Store) -> None:
    ask = seeded(store, "studio")
    assert len(ask("select username from User")) == 1 + len(PEOPLE)
    for user in ask('select email, memberships.group.name from User where username is_not "admin"'):
        assert user["email"].endswith("@example.com")
        assert user["memberships"]
    [schema] = ask(
        "select task_workflow_schema.statuses.name, asset_version_workflow_schema.statuses.name,"
        ' task_type_schema.types.name, object_types.name from ProjectSchema where name is "VFX Scheme"'
    )
    review = {"Pending Internal Review", "Review Changes", "Approved", "Ready for Lighting", "Ready for Comp"}
    assert review | {"Cut", "On Hold", "Omitted"} <= names(schema["task_workflow_schema"]["statuses"])
    assert review <= names(schema["asset_version_workflow_schema"]["statuses"])
    assert {"Animation", "Lighting", "Compositing", "Modeling"} <= names(schema["task_type_schema"]["types"])
    assert {"Task", "Shot", "Sequence", "Asset Build"} <= names(schema["object_types"])
    assert names(ask("select name from ListCategory")) >= {"Dailies"}
    assert names(ask("select name from NoteCategory")) >= {"Client"}
    assert ask("select id from Project") == []


def test_the_demo_has_a_project_in_the_middle_of_its_making(store: Store) -> None:
    ask = seeded(store, "demo")
    [project] = ask("select name, full_name, project_schema.name from Project")
    assert project["project_schema"]["name"] == "VFX Scheme"
    tasks = ask("select name, parent.name, status.name, assignments.resource.username from Task")
    assert len(tasks) > 30
    assert all(task["assignments"] for task in tasks)
    assert len(ask("select version from AssetVersion where task.type.name is Animation")) > 5
    [dailies] = ask("select category.name, items.asset.name from AssetVersionList")
    assert dailies["category"]["name"] == "Dailies"
    assert dailies["items"]
    [session] = ask("select review_session_objects.version, review_session_invitees.email from ReviewSession")
    assert len(session["review_session_objects"]) == len(session["review_session_invitees"]) == 2


def test_a_second_start_keeps_the_data_and_takes_the_new_key(store: Store) -> None:
    ask = seeded(store, "studio")
    count = len(ask("select id from Status"))
    plant(store, "demo", api_user="admin", api_key="other", clock=Clock())
    api = Api(store, clock=Clock())
    with pytest.raises(InvalidCredentialsError):
        api.authenticate("admin", "key")
    api.authenticate("admin", "other")
    with store.reading() as connection:
        assert len(connection.find("Status")) == count
        assert connection.find("Project") == []


def test_another_administrator_can_be_made_later(store: Store) -> None:
    seeded(store, "empty")
    plant(store, "empty", api_user="second", api_key="key2", clock=Clock())
    api = Api(store, clock=Clock())
    api.authenticate("admin", "key")
    operation = {"action": "create", "entity_type": "Status", "entity_data": {"name": "Odd"}}
    assert api.call([operation], Credentials("second", "key2")).response[0]["data"]["name"] == "Odd"
