"""What tools that others made do with the official client."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import requests


@pytest.fixture
def category(session: Any) -> Any:
    return session.query("ListCategory").first()


def test_an_entity_of_a_general_type_stays_the_clients_own(session: Any, project: Any, category: Any) -> None:
    for entity_type, data in (
        ("List", {"name": "dailies", "project": project, "category": category}),
        ("Component", {"name": "main"}),
        ("Component", {"name": "main", "system_type": "file"}),
    ):
        made = session.create(entity_type, data)
        session.commit()
        assert (made["id"], made["name"]) == (made["id"], data["name"])
        made["name"] = "later"
        session.commit()
        assert made["name"] == "later"
        assert session.query(f'{entity_type} where id is "{made["id"]}"').one()["name"] == "later"


def test_the_object_type_of_a_context_may_be_an_entity(session: Any, project: Any) -> None:
    folder = session.query('ObjectType where name is "Folder"').one()
    made = session.create("TypedContext", {"name": "reference", "parent": project, "object_type": folder})
    session.commit()
    assert made["object_type"] is folder
    assert session.query(f'Folder where id is "{made["id"]}"').one()["name"] == "reference"


def test_a_link_of_a_custom_attribute_stays_the_clients_own(session: Any, task: Any) -> None:
    user = session.query("User").first()
    configuration = session.create(
        "CustomAttributeLinkConfiguration",
        {"key": f"lead_{uuid.uuid4().hex[:6]}", "label": "Lead", "entity_type": "task", "entity_type_to": "user"},
    )
    link = session.create(
        "CustomAttributeLink", {"configuration": configuration, "from_id": task["id"], "to_id": user["id"]}
    )
    session.commit()
    assert link["id"]
    assert (link["from_id"], link["to_id"]) == (task["id"], user["id"])


def test_a_scope_is_named_after_it_was_created(session: Any, project: Any) -> None:
    scope = session.create("Scope", {})
    # Something between keeps the client from sending both as one operation.
    session.create("Sequence", {"name": "between", "parent": project})
    scope["name"] = f"scope_{uuid.uuid4().hex}"
    session.commit()
    assert session.query(f'Scope where name is "{scope["name"]}"').one() is scope


def test_a_review_is_cloned_as_ftracks_recipe_does(session: Any, project: Any, version: Any) -> None:
    objects = [
        session.create(
            "ReviewSessionObject",
            {"asset_version": version, "version": "Version 1", "name": name, "version_id": version["id"]},
        )
        for name in ("first", "second")
    ]
    clone = session.create(
        "ReviewSession",
        {"name": "clone", "project_id": project["id"], "review_session_objects": objects, "description": "again"},
    )
    session.commit()
    found = session.query(f'ReviewSessionObject where review_session_id is "{clone["id"]}" order by sort_order').all()
    assert [each["name"] for each in found] == ["first", "second"]


def test_a_task_is_found_by_the_names_above_it(session: Any, shot: Any, task: Any) -> None:
    query = (
        f'TypedContext where name is "{task["name"]}" and parent[TypedContext] has (name is "{shot["name"]}" and '
        f'parent[TypedContext] has (name is "010" and project.id is "{shot["project_id"]}"))'
    )
    assert session.query(query).one() is task
    assert session.query(f'select parent[Shot].name from Task where id is "{task["id"]}"').one()["parent"] is shot


def test_a_publisher_asks_for_the_next_version_with_0(session: Any, version: Any) -> None:
    for number in (0, "0"):
        session.create("AssetVersion", {"asset": version["asset"], "version": number})
    session.commit()
    numbers = session.query(f'select version from AssetVersion where asset_id is "{version["asset_id"]}"').all()
    assert sorted(each["version"] for each in numbers) == [1, 2, 3]


def test_connect_tells_of_its_use(session: Any) -> None:
    [answer] = session.call([{"action": "_track_usage", "data": {"type": "event", "name": "USED", "metadata": {}}}])
    assert answer["action"] == "_track_usage"


@pytest.mark.parametrize("name", ["review_navigation", "review_action"])
def test_a_review_player_shows_its_widgets(session: Any, version: Any, name: str) -> None:
    address = session.get_widget_url(name, entity=version, theme="light")
    assert requests.get(address, timeout=10).ok


def test_roles_are_given_as_the_documentation_shows(session: Any, project: Any) -> None:
    user = session.create("User", {"username": uuid.uuid4().hex})
    session.commit()
    role = session.query('SecurityRole where name is "Project Manager"').one()
    names = {"user_id": user["id"], "role_id": role["id"]}
    session.call([{"action": "add_user_security_role", **names}])
    session.call([{"action": "grant_user_security_role_project", "project_id": project["id"], **names}])
    [held] = session.query(f'UserSecurityRole where user_id is "{user["id"]}"').all()
    assert held["security_role"] is role
    assert [each["project"] for each in held["user_security_role_projects"]] == [project]


def test_one_key_may_be_hierarchical_and_not(session: Any, another: Any, task: Any, configure: Any) -> None:
    key = configure("text", default="above", entity_type="show", is_hierarchical=True)
    attribute_type = session.query('CustomAttributeType where name is "text"').one()
    session.create(
        "CustomAttributeConfiguration",
        {
            "key": key,
            "type": attribute_type,
            "entity_type": "task",
            "object_type": task["object_type"],
            "default": "own",
        },
    )
    session.commit()
    task["custom_attributes"][key] = "written"
    session.commit()
    query = f'ContextCustomAttributeValue where entity_id is "{task["id"]}" and configuration.key is "{key}"'
    rows = another.query(f"select value from {query}").all()
    # The client writes whichever it finds first; the other one keeps its default.
    assert "written" in {each["value"] for each in rows}
    assert another.get("Task", task["id"])["custom_attributes"][key] in ("written", "above", "own")


def test_an_unset_hierarchical_attribute_has_its_default(session: Any, task: Any, configure: Any) -> None:
    key = configure("text", default="fine", entity_type="show", is_hierarchical=True)
    query = f'ContextCustomAttributeValue where entity_id is "{task["id"]}" and configuration.key is "{key}"'
    assert session.query(f"select value from {query}").one()["value"] == "fine"
    task["custom_attributes"][key] = "coarse"
    session.commit()
    session.reset()
    assert session.query(f"select value from {query}").one()["value"] == "coarse"
