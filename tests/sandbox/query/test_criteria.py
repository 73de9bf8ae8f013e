"""Which entities criteria choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.sandbox.query.project import Ask

from ftrack_sandbox.errors import ParseError, SandboxError, UnknownAttributeError, UnknownTypeError, ValidationError

Ids = Callable[[str], list[Any]]


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ("name is animation", ["t1"]),
        ("name is_not animation", ["t2", "t3", "t4"]),
        ("name like anim%", ["t1", "t3"]),
        ("name not_like anim%", ["t2", "t4"]),
        (r'name like "%50\%"', ["t2"]),
        (r'name like "%\%"', ["t2"]),
        (r'description like "%r\_s%"', ["t4"]),
        (r'name like "lig\_ting%"', []),
        ('name like "lig_ting%"', ["t2"]),
        ('name like "ÜBER%"', ["t4"]),
        ("bid > 1800", ["t1", "t2", "t3"]),
        ("bid is 1800.5", ["t3"]),
        ("bid <= 3600", ["t2", "t3"]),
        ("bid is none", ["t4"]),
        ("bid in (3600, 7200.0)", ["t1", "t2"]),
        ("bid not_in (3600, none)", ["t1", "t3"]),
        ("id in ()", []),
        ("id not_in ()", ["t1", "t2", "t3", "t4"]),
        ("created_at is 2024-05-02", ["t3"]),
        ("created_at after 2024-05-01T12:29:59", ["t2", "t3", "t4"]),
        ('created_at is "2024-05-01T12:00:00+02:00"', ["t1"]),
        ('created_at before "2024-05-01 12:30:00.9"', ["t1"]),
        ("created_at >= 2024-05-01T20:30:00+08:00", ["t2", "t3", "t4"]),
        ("status is todo", ["t1", "t3"]),
        ("status in (todo, final)", ["t1", "t2", "t3"]),
        ("status is none", ["t4"]),
        ("status.state.short is DONE", ["t2"]),
        ("not status.state.short is DONE", ["t1", "t3", "t4"]),
        ("status has (name is Final or state has (short is DONE))", ["t2"]),
        ("not status has ()", ["t4"]),
        ("parent.name is sh1", ["t1", "t2"]),
        ("parent.parent.name is sq1", ["t1", "t2", "t3"]),
        # A project's status is a text; of contexts in general the status is an entity.
        ('parent.status.name is "Not Started"', ["t1", "t2"]),
        ("project.status is active", ["t1", "t2", "t3", "t4"]),
        # Only a User has a name to log in with, but ftrack's documentation asks resources for it.
        ("assignments any (resource.username is ann@example.org)", ["t1"]),
        ("assignments.resource.username like %@example.org", ["t1", "t2"]),
        ("allocations any ()", []),
        ("not assignments any ()", ["t3", "t4"]),
        ("not assignments.resource_id is ann", ["t2", "t3", "t4"]),
        ("notes any (is_todo is true and author.first_name is Ann)", ["t1"]),
        ("notes.replies.content is Done.", ["t1"]),
        ("notes.recipients.user.is_active is false", ["t1"]),
        ("metadata any (key is one and value is ONE)", ["t1"]),
        ("metadata any (key is one and value is TWO)", []),
        ("metadata.key is one and metadata.value is TWO", ["t1"]),
        ("ancestors any (name is sq1)", ["t1", "t2", "t3"]),
        ("ancestors.name is demo", []),
        ("not ancestors any ()", ["t4"]),
        ("incoming_links.from.name is animation", ["t2"]),
        ("outgoing_links any (to.name like lighting%)", ["t1"]),
        ("id in (select context_id from Appointment where resource_id is bob)", ["t2"]),
        ("id in (select parent_id from Note)", ["t1"]),
        ("id not_in (select parent_id from Note)", ["t2", "t3", "t4"]),
        ("parent.id in (Shot where status.name is Final)", ["t3"]),
        ("parent in (select id from Shot where id is sh2)", ["t3"]),
        ("id in (select children.id from Shot where name is sh2)", ["t3"]),
        ("id in (select children from Sequence where name is sq1)", []),
        ("parent.id in (select children from Sequence)", ["t1", "t2", "t3"]),
        ("id in (select notes.parent_id from Task)", ["t1"]),
        ("id in (select id from Task order by bid desc limit 2)", ["t1", "t2"]),
        ("id in (select id from Task order by status.sort desc, bid limit 1 offset 1)", ["t3"]),
        ("time_logged is 1800", ["t1"]),
        ("bid_time_logged_difference is 5400", ["t1"]),
        ("custom_attributes any (key is frames and value is 48)", ["t1"]),
        ("custom_attributes any (key is frames and value > 48)", ["t2", "t3", "t4"]),
        ("custom_attributes any (key is keen and value is true)", ["t1"]),
        ("custom_attributes any (key is keen and value in (false, maybe))", ["t2", "t3", "t4"]),
        ("custom_attributes any (key is due and value after 2024-06-01T07:59)", ["t1"]),
        ("not custom_attributes any (key is frames)", []),
        ("custom_attributes.configuration.label is none", ["t1", "t2", "t3", "t4"]),
        ("status_changes any (status.name like not%)", ["t1"]),
    ],
)
def test_criteria_choose_tasks(ids: Ids, criteria: str, expected: list[str]) -> None:
    assert ids(f"select id from Task where {criteria}") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("TypedContext where descendants any (id is t1)", ["sq1", "sh1"]),
        ("Project where descendants.name is sq1", ["show"]),
        ("Project where children any (id is sq1)", ["show"]),
        ("Context where name in (demo, sq1)", ["show", "sq1"]),
        ("Context where context_type is show", ["show"]),
        ("Shot", ["sh1", "sh2"]),
        ("Episode", []),
        ("Status where state.name is Open", ["todo"]),
        ("Status where tasks.name is sh2", ["final"]),
        ("WorkflowSchema where statuses.name is Final", ["flow"]),
        ("ProjectSchema where object_types.name is Shot", ["vfx"]),
        ("ObjectType where project_schemas.name is VFX and name is Shot", ["bad911de-3bd6-47b9-8b46-3476e237cb36"]),
        ("Resource", ["ann", "bob", "artists", "animators"]),
        ("Group where memberships.user.first_name is Ann", ["animators"]),
        ("Asset where latest_version.version is 3", ["asset"]),
        ("Asset where latest_version is v3", ["asset"]),
        ("AssetVersion where is_latest_version is true", ["v3"]),
        ("AssetVersion where lists.name is Monday", ["v1", "v3"]),
        ("AssetVersion where uses_versions.version is 1", ["v3"]),
        ("AssetVersion where used_in_versions any ()", ["v1"]),
        ("AssetVersion where asset.parent.project.name is demo and not components any ()", ["v2"]),
        ("AssetVersionList where items any (version is 1)", ["list"]),
        ("List where category.name is Dailies", ["list"]),
        ("List", ["list", "shots"]),
        ("Shot where lists.name is Shots", ["sh2"]),
        ("Component where container.name is main", ["frame"]),
        ("ContainerComponent where members.name is 1001", ["exr"]),
        ("SequenceComponent where padding > 3", ["exr"]),
        ("Component where component_locations.location.name is ftrack.server", ["png"]),
        ("StatusChange where status.name is Final", []),
        ("AssetVersionStatusChange", []),
        ("TypedContextStatusChange where parent.name is animation and date before 2025-01-01", ["change"]),
        ("ReviewSession where is_open is false", ["review"]),
        ("CustomAttributeConfiguration where is_hierarchical is true", ["c-unit"]),
        ("CustomAttributeLinkConfiguration", ["c-lead"]),
    ],
)
def test_criteria_choose_other_types(ids: Ids, query: str, expected: list[str]) -> None:
    assert ids(query) == expected


def test_values_that_are_stored_are_found_by_themselves(ask: Ask) -> None:
    found = ask("select key from ContextCustomAttributeValue where entity_id is sq1").data
    assert [entity["key"] for entity in found] == ["unit"]
    assert len(ask("CustomAttributeValue where configuration.key is frames").data) == 1


def test_many_values_and_many_conditions_are_fine(ids: Ids) -> None:
    values = ", ".join(f"x{number}" for number in range(40_000))
    assert ids(f"Task where id in ({values}, t2)") == ["t2"]
    conditions = " or ".join(f"name is x{number}" for number in range(3_000))
    assert ids(f"Task where {conditions} or id is t3") == ["t3"]


def test_deep_nesting_is_fine_up_to_the_limit(ids: Ids) -> None:
    def nested(before: str, after: str, depth: int) -> str:
        return f"Task where {before * depth}name is animation{after * depth}"

    assert ids(nested("not (bid is 1 or ", ")", 48)) == ["t1"]
    assert ids(nested("(name like a% and (id is t1 or ", "))", 24)) == ["t1"]
    assert ids(nested("id in (select id from Task where ", ")", 49)) == ["t1"]
    assert ids(nested("parent has (", ")", 49)) == []
    assert ids("select id from Task order by " + "parent." * 49 + "name, id desc limit 1") == ["t4"]


@pytest.mark.parametrize(
    ("query", "kind", "message"),
    [
        ("Tusk", UnknownTypeError, "no entity type 'Tusk' (at character 0)"),
        ("task", UnknownTypeError, "no entity type 'task'"),
        ("ContextScope", UnknownTypeError, "no entity type 'ContextScope'"),
        ("Task where id in (select id from Tusk where id is 1)", UnknownTypeError, "'Tusk' (at character 33)"),
        ("Task where nome is a", UnknownAttributeError, "Task has no attribute 'nome' (at character 11)"),
        ("Task where status.nome is a", UnknownAttributeError, "Status has no attribute 'nome' (at character 11)"),
        ("Status where state_id is a", UnknownAttributeError, "Status has no attribute 'state_id'"),
        ("select nome from Task", UnknownAttributeError, "Task has no attribute 'nome' (at character 7)"),
        ("select status.nome from Task", UnknownAttributeError, "Status has no attribute 'nome'"),
        ("Task order by nome", UnknownAttributeError, "Task has no attribute 'nome' (at character 14)"),
        ("Task where name.first is a", ParseError, "Task.name is a value, it has no attribute 'first'"),
        ("select name.first from Task", ParseError, "Task.name is a value"),
        ("Task where name has ()", ParseError, "Task.name is a value, not a relation"),
        ("Task where notes has ()", ParseError, "Task.notes is a collection: use 'any'"),
        ("Task where parent any ()", ParseError, "Task.parent is one entity: use 'has'"),
        ("Task where notes is none", ValidationError, "Task.notes is a collection"),
        ("Task where link is a", ValidationError, "Task.link is computed"),
        ("Task order by link", ValidationError, "Task.link is computed"),
        ("Task order by notes.date", ParseError, "Task.notes is a collection, which has no single value"),
        ("Task where bid is much", ParseError, "bid is compared with a number, not 'much' (at character 18)"),
        ("Task where bid is 1e999", ParseError, "bid is compared with a number"),
        ("Task where bid > none", ParseError, "compared with none by"),
        ("Note where is_todo is perhaps", ParseError, "is_todo is compared with true or false"),
        ("Task where created_at > soon", ParseError, "created_at is compared with a date such as"),
        ("Task where created_at > 9999-12-31T23:59:59-10:00", ParseError, "created_at is compared with a date"),
        ("Task where id in (select id, name from Task)", ParseError, "A subquery selects one attribute"),
        ("Task where id in (select count(id) from Task)", ParseError, "A subquery selects one attribute"),
        ("Task where name like " + "%a" * 30_000, ValidationError, "too complex"),
    ],
)
def test_wrong_questions_are_refused_by_name(ask: Ask, query: str, kind: type[SandboxError], message: str) -> None:
    with pytest.raises(kind) as caught:
        ask(query)
    assert message in caught.value.message
