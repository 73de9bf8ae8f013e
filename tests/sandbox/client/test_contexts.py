"""Projects, shots, tasks and versions with the official client."""

from __future__ import annotations

from typing import Any


def test_what_one_session_creates_another_reads(another: Any, task: Any) -> None:
    found = another.query(
        f"select name, type.name, parent.name, parent.parent.name, project.name from Task where id is {task['id']}"
    ).one()
    assert (found["name"], found["type"]["name"]) == ("Animation", "Animation")
    assert (found["parent"]["name"], found["parent"]["parent"]["name"]) == ("010_0010", "010")
    assert found["project"]["id"] == task["project_id"]


def test_link_ancestors_and_descendants(another: Any, project: Any, task: Any) -> None:
    found = another.query(f"select link, ancestors.name from Task where id is {task['id']}").one()
    assert [step["type"] for step in found["link"]] == ["Project", "TypedContext", "TypedContext", "TypedContext"]
    assert [step["name"] for step in found["link"]][1:] == ["010", "010_0010", "Animation"]
    assert {ancestor["name"] for ancestor in found["ancestors"]} == {"010", "010_0010"}
    below = another.query(f"select descendants.name from Project where id is {project['id']}").one()
    assert {context["name"] for context in below["descendants"]} == {"010", "010_0010", "Animation"}


def test_metadata_comes_with_the_entity_and_goes_by_key(session: Any, another: Any, project: Any) -> None:
    task = session.create("Task", {"name": "x", "parent": project, "metadata": {"a": "1", "b": "2"}})
    session.commit()
    task["metadata"]["b"] = "two"
    task["metadata"]["c"] = "3"
    del task["metadata"]["a"]
    session.commit()
    assert dict(another.get("Task", task["id"])["metadata"]) == {"b": "two", "c": "3"}
    for values in ({"d": "4"}, {"d": "4"}, {"d": "four", "e": "5"}):
        task["metadata"] = values
        session.commit()
        seen = another.get("Task", task["id"])
        del seen["metadata"]
        another.populate(seen, "metadata")
        assert dict(seen["metadata"]) == values
    assert [each["id"] for each in another.query('Task where metadata.value is "four" and metadata.key is "d"')] == [
        task["id"]
    ]


def test_contexts_are_linked_and_scoped(session: Any, another: Any, project: Any) -> None:
    first, second = (session.create("Shot", {"name": name, "parent": project}) for name in ("010", "020"))
    session.create("TypedContextLink", {"from": first, "to": second})
    scope = session.create("Scope", {"name": f"night of {project['name']}"})
    first["scopes"].append(scope)
    second["scopes"].append(scope)
    session.commit()
    second["scopes"].remove(scope)
    session.commit()
    found = another.get("Shot", second["id"])
    assert [each["from"]["name"] for each in found["incoming_links"]] == ["010"]
    assert [each["id"] for each in another.query(f'Shot where scopes.name is "{scope["name"]}"')] == [first["id"]]


def test_assignments_are_appointments(session: Any, another: Any, task: Any, user: Any) -> None:
    session.create("Appointment", {"context": task, "resource": user, "type": "assignment"})
    session.commit()
    found = another.query(f"select assignments.resource.username from Task where id is {task['id']}").one()
    assert [each["resource"]["username"] for each in found["assignments"]] == [user["username"]]
    query = f'Task where assignments any (resource.username is "{user["username"]}")'
    assert [each["id"] for each in another.query(query)] == [task["id"]]


def test_versions_are_counted_and_use_each_other(session: Any, another: Any, version: Any) -> None:
    comp = session.create("AssetVersion", {"asset": version["asset"]})
    session.commit()
    assert (version["version"], comp["version"]) == (1, 2)
    comp["uses_versions"].append(version)
    session.commit()
    found = another.get("AssetVersion", version["id"])
    assert [each["id"] for each in found["used_in_versions"]] == [comp["id"]]
    assert found["is_latest_version"] is False
    assert another.get("Asset", version["asset_id"])["latest_version"]["id"] == comp["id"]


def test_the_workflow_says_which_statuses_and_types_are_allowed(session: Any, project: Any) -> None:
    schema = project["project_schema"]
    compositing, editing = (session.query(f'Type where name is "{name}"').one() for name in ("Compositing", "Editing"))

    def statuses(*question: str) -> set[str]:
        return {status["name"] for status in schema.get_statuses(*question)}

    assert "Ready for Comp" in statuses("Task", compositing["id"])
    assert "Ready for Comp" not in statuses("Task", editing["id"])
    assert "Approved" in statuses("AssetVersion")
    assert "Cut" in statuses("Shot")
    assert "Compositing" in {kind["name"] for kind in schema.get_types("Task")}
    assert "Character" in {kind["name"] for kind in schema.get_types("AssetBuild")}


def test_trees_of_every_kind_are_deleted_in_one_commit(
    session: Any, another: Any, version: Any, task: Any, user: Any
) -> None:
    project = task["project"]
    version["user"] = user
    session.commit()
    for entity in (project, task, version, user):
        session.delete(entity)
    session.commit()
    ids = ", ".join(each["id"] for each in (project, task))
    assert another.query(f"Context where id in ({ids})").all() == []
    assert another.get("AssetVersion", version["id"]) is None
