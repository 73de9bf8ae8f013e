"""Questions as the official client asks them: page by page, by key, and for everything there is."""

from __future__ import annotations

import uuid
from typing import Any

import ftrack_api.exception
import pytest

from ftrack_sandbox.testing import SandboxServer


def test_every_type_can_be_queried_and_every_attribute_populated(session: Any) -> None:
    found = []
    for name in session.types:
        entity = session.query(name).first()
        if entity is not None:
            session.populate([entity], ", ".join(entity.keys()))
            assert isinstance(entity, session.types[entity.entity_type])
            found.append(name)
    assert {"Project", "Task", "Context", "AssetVersion", "User", "Status", "ProjectSchema", "List"} <= set(found)


def test_pages_are_fetched_one_by_one_until_nothing_follows(session: Any) -> None:
    everything = session.query("select id from TypedContext").all()
    paged = session.query("select id from TypedContext", page_size=10)
    assert [entity["id"] for entity in paged] == [entity["id"] for entity in everything]
    assert len(everything) > 20


def test_a_last_page_that_is_full_is_the_last(
    ftrack_sandbox_session: SandboxServer, session: Any, project: Any
) -> None:
    for number in range(4):
        session.create("Folder", {"name": f"reel_{number}", "parent": project})
    session.commit()
    counted = ftrack_sandbox_session.statistics.now()["operations"]["query"]
    found = session.query(f"select name from Folder where parent_id is {project['id']}", page_size=2)
    assert [each["name"] for each in found] == ["reel_0", "reel_1", "reel_2", "reel_3"]
    assert ftrack_sandbox_session.statistics.now()["operations"]["query"] == counted + 2


def test_pages_keep_to_an_offset_and_a_limit(session: Any) -> None:
    everything = session.query("select id from TypedContext").all()
    assert session.query("select id from TypedContext offset 2 limit 8", page_size=6).all() == everything[2:10]
    assert session.query("select id from TypedContext limit 3", page_size=100).all() == everything[:3]
    assert session.query("select id from TypedContext offset 2").first() == everything[2]


def test_one_and_first_ask_for_no_more_than_they_need(session: Any, project: Any) -> None:
    query = f"Folder where parent_id is {project['id']} order by name descending"
    assert session.query(query).first() is None
    with pytest.raises(ftrack_api.exception.NoResultFoundError):
        session.query(query).one()
    for name in ("a", "b"):
        session.create("Folder", {"name": name, "parent": project})
    session.commit()
    assert session.query(query).first()["name"] == "b"
    with pytest.raises(ftrack_api.exception.MultipleResultsFoundError):
        session.query(query).one()
    found = session.query(query)
    assert (len(found), found[1]["name"], [each["name"] for each in found[:1]]) == (2, "a", ["b"])


def test_an_entity_is_got_by_its_key(session: Any, another: Any, task: Any) -> None:
    assert another.get("Context", task["id"]).entity_type == "Task"
    assert another.get("Task", str(uuid.uuid4())) is None
    assert another.get("User", task["id"]) is None
    session.create("Metadata", {"parent_id": task["id"], "key": "origin", "value": "scan", "parent_type": "Task"})
    session.commit()
    assert another.get("Metadata", [task["id"], "origin"])["value"] == "scan"


def test_quotes_in_values_are_understood(session: Any, project: Any) -> None:
    name = 'the "big" one, it\'s (not) 100%'
    session.create("Folder", {"name": name, "parent": project})
    session.commit()
    escaped = name.replace('"', '\\"')
    [found] = session.query(f'Folder where name is "{escaped}" and parent_id is "{project["id"]}"')
    assert found["name"] == name


def test_groups_come_as_plain_rows(session: Any, project: Any) -> None:
    for name in ("a", "b"):
        session.create("Folder", {"name": name, "parent": project})
    session.commit()
    text = f"select count(id), name from Folder where parent_id is {project['id']} group by name"
    [answer] = session.call([{"action": "query", "expression": text}])
    assert answer["data"] == [{"count_id": 1, "name": "a"}, {"count_id": 1, "name": "b"}]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select id from Tusk", "no entity type 'Tusk'"),
        ("select nome from Task", "Task has no attribute 'nome'"),
        ("Task where name", r"ParseError.*at character \d+"),
    ],
)
def test_mistakes_are_errors_not_empty_results(session: Any, query: str, message: str) -> None:
    with pytest.raises(ftrack_api.exception.ServerError, match=message):
        session.query(query).all()
