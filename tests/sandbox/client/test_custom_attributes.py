"""Custom attributes as a mapping on the entities of the official client."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import ftrack_api.exception
import pytest

from ftrack_sandbox.testing import SandboxServer


def test_values_have_defaults_and_are_kept(
    session: Any, another: Any, task: Any, configure: Callable[..., str]
) -> None:
    place = {"entity_type": "task", "object_type_id": task["object_type_id"], "project_id": task["project_id"]}
    key = configure("number", default=3, **place)
    assert another.get("Task", task["id"])["custom_attributes"][key] == 3
    task["custom_attributes"][key] = 5
    session.commit()
    another.reset()
    assert another.get("Task", task["id"])["custom_attributes"][key] == 5
    query = f'Task where custom_attributes any (key is "{key}" and value is 5)'
    assert [each["id"] for each in another.query(query)] == [task["id"]]
    with pytest.raises(KeyError):
        another.get("Task", task["id"])["custom_attributes"]["no such key"]


def test_a_value_may_be_set_before_the_entity_is_sent(
    session: Any, another: Any, shot: Any, configure: Callable[..., str]
) -> None:
    key = configure("text", default="fine", entity_type="show", is_hierarchical=True)
    task = session.create("Task", {"name": "carve", "parent": shot})
    task["custom_attributes"][key] = "coarse"
    asset = session.create("Asset", {"name": "clay", "parent": shot})
    version = session.create("AssetVersion", {"asset": asset})
    for owner in (asset, version):
        owner["custom_attributes"][key] = owner.entity_type
    session.commit()
    for name, owner, value in (("Task", task, "coarse"), ("Asset", asset, "Asset"), ("Shot", shot, "fine")):
        assert another.get(name, owner["id"])["custom_attributes"][key] == value
    stored = another.query(f'CustomAttributeValue where configuration.key is "{key}"').all()
    assert {each["value"] for each in stored} == {"coarse", "Asset", "AssetVersion"}


@pytest.mark.parametrize("owner", ["Asset", "AssetVersion", "AssetVersionList", "Project", "Task", "User"])
def test_every_kind_of_owner_has_values(
    session: Any, another: Any, version: Any, configure: Callable[..., str], owner: str
) -> None:
    project = version["asset"]["parent"]["project"]
    words = {"AssetVersionList": "list", "Project": "show", "Task": "task"}
    place = {"object_type": session.query('ObjectType where name is "Task"').one()} if owner == "Task" else {}
    key = configure("text", default="plain", entity_type=words.get(owner, owner.lower()), **place)
    made = {
        "Asset": lambda: version["asset"],
        "AssetVersion": lambda: version,
        "AssetVersionList": lambda: session.create(
            owner, {"name": key, "project": project, "category": session.query("ListCategory").first()}
        ),
        "Project": lambda: project,
        "Task": lambda: session.create("Task", {"name": key, "parent": project}),
        "User": lambda: session.create("User", {"username": key}),
    }[owner]()
    made["custom_attributes"][key] = "special"
    session.commit()
    assert another.get(owner, made["id"])["custom_attributes"][key] == "special"


def test_wrong_values_are_refused(session: Any, user: Any, configure: Callable[..., str]) -> None:
    key = configure("number", default=0, entity_type="user")
    user["custom_attributes"][key] = "many"
    with pytest.raises(ftrack_api.exception.ServerError, match=r"ValidationError.*must be a number, not 'many'"):
        session.commit()
    session.rollback()
    user["custom_attributes"][key] = 2
    session.commit()
    assert user["custom_attributes"][key] == 2


def test_all_values_are_given_at_once(session: Any, another: Any, user: Any, configure: Callable[..., str]) -> None:
    keys = [configure("text", default="", entity_type="user") for _ in range(2)]
    user["custom_attributes"] = dict.fromkeys(keys, "set")
    session.commit()
    found = another.get("User", user["id"])["custom_attributes"]
    assert [found[key] for key in keys] == ["set", "set"]
    assert set(keys) <= set(found)
    del found[keys[0]]
    another.commit()
    session.reset()
    assert session.get("User", user["id"])["custom_attributes"][keys[0]] == ""


def test_links_are_followed_from_both_ends(session: Any, another: Any, project: Any, user: Any) -> None:
    key = f"lead_{uuid.uuid4().hex[:8]}"
    configuration = session.create(
        "CustomAttributeLinkConfiguration",
        {"key": key, "label": "Lead", "entity_type": "show", "entity_type_to": "user", "config": "{}"},
    )
    session.commit()
    session.create(
        "UserCustomAttributeLink",
        {"configuration_id": configuration["id"], "from_id": project["id"], "to_id": user["id"]},
    )
    session.commit()
    value = another.query(
        f'select user from CustomAttributeLink where configuration.key = "{key}" and from_id = "{project["id"]}"'
    ).one()
    assert value["user"]["id"] == user["id"]
    criteria = f'(configuration.key is "{key}" and user.username is "{user["username"]}")'
    assert another.query(f"Project where custom_attribute_links any {criteria}").one()["id"] == project["id"]
    criteria = f'(configuration.key is "{key}" and context.name is "{project["name"]}")'
    assert another.query(f"User where custom_attribute_links_from any {criteria}").one()["id"] == user["id"]


def test_who_may_not_read_one_attribute_reads_the_others(
    session: Any, ftrack_sandbox_session: SandboxServer, configure: Callable[..., str]
) -> None:
    manager = session.query('SecurityRole where name is "Project Manager"').one()
    hidden = configure("text", default="", entity_type="user", read_security_roles=[manager])
    shown = configure("text", default="fine", entity_type="user")
    user = session.query('User where username is "ines.marques"').one()
    assert hidden in user["custom_attributes"]
    with ftrack_sandbox_session.session(api_user="ines.marques", api_key=user.reset_api_key()) as artist:
        attributes = artist.get("User", user["id"])["custom_attributes"]
        assert hidden not in attributes
        assert attributes[shown] == "fine"
