"""Feeds: what rows tell, and in which order it happened."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.engine.work import sighting, trigger

from callboard.changes import Entity, Person
from callboard.engine.reading.feeds import Created, StatusChanges, feeds_for
from callboard.engine.reading.order import in_order
from callboard.testing import entity

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NADIA = entity("User", id="u1", username="nadia", first_name="Nadia", last_name="Okoro")


def named(entity_type: str, name: str) -> Entity:
    return entity(entity_type, name=name)


def recorded(before: str | None, after: str, seconds: float) -> Any:
    return entity(
        "TypedContextStatusChange",
        date=NOON + timedelta(seconds=seconds),
        user=NADIA,
        from_status=before and named("Status", before),
        status=named("Status", after),
    )


def task(status: str, *status_changes: Any) -> Any:
    return entity(
        "Task",
        id="t1",
        name="comp",
        project_id="p1",
        project=named("Project", "heron"),
        parent=named("Shot", "SH010"),
        created_at=NOON,
        created_by=NADIA,
        status=named("Status", status),
        status_changes=list(status_changes),
    )


def test_a_new_task_is_a_creation_and_a_first_status() -> None:
    created, first = Created("Task").sightings(task("Not Started"))
    assert (created.change.kind, created.change.entity_id, created.name) == ("created", "t1", "comp")
    assert (created.parent, first.parent) == ("SH010", "SH010")
    assert created.change.by == Person("u1", "nadia", "Nadia Okoro")
    assert (first.change.kind, first.change.status, first.change.from_status) == ("status", "Not Started", None)
    assert first.change.project_id == "p1"


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ([recorded("Not Started", "Ready", 5), recorded("Ready", "Final", 9)], "Not Started"),
        ([recorded("Ready", "Final", 0), recorded("Not Started", "Ready", 0)], "Not Started"),
        ([recorded(None, "Not Started", 0), recorded("Not Started", "Final", 9)], "Not Started"),
        ([], "Final"),
    ],
)
def test_the_first_status_is_the_one_it_was_created_with_not_the_one_it_has(changes: list[Any], first: str) -> None:
    _, status, *_ = Created("Task").sightings(task("Final", *changes))
    assert status.change.status == first


def test_a_status_that_was_changed_in_the_batch_that_created_the_task_is_seen_with_it() -> None:
    change = recorded("Not Started", "Final", 0)
    *_, became = Created("Task").sightings(task("Final", change))
    assert (became.change.from_status, became.change.status) == ("Not Started", "Final")
    assert became.change.key == f"status:{change.id}"


def test_a_status_from_none_is_the_same_change_wherever_it_is_read() -> None:
    _, first = Created("Task").sightings(task("Not Started", recorded(None, "Not Started", 1)))
    row = entity(
        "TypedContextStatusChange",
        date=NOON + timedelta(seconds=1),
        user=NADIA,
        status=named("Status", "Not Started"),
        from_status=None,
        parent=task("Not Started"),
    )
    [again] = StatusChanges("TypedContext", {"Task"}).sightings(row)
    assert again.change.key == first.change.key


def test_a_status_change_of_something_deleted_is_nothing() -> None:
    row = entity("TypedContextStatusChange", date=NOON, user=None, status=None, from_status=None, parent=None)
    assert StatusChanges("TypedContext", {"Task"}).sightings(row) == []


def test_a_project_is_its_own_project_and_has_no_status_of_this_kind() -> None:
    project = entity("Project", id="p1", name="heron", created_at=NOON, created_by=None)
    [created] = Created("Project").sightings(project)
    assert (created.change.project_id, created.project, created.change.by) == ("p1", "heron", None)
    assert created.parent is None


def test_a_version_is_called_by_its_asset_and_number() -> None:
    asset = entity(
        "Asset", name="plate", parent=entity("Shot", name="SH010", project_id="p1", project=named("Project", "heron"))
    )
    version = entity(
        "AssetVersion",
        version=3,
        asset=asset,
        date=NOON,
        user=NADIA,
        status=named("Status", "Final"),
        status_changes=[],
    )
    created, _ = Created("AssetVersion").sightings(version)
    assert (created.name, created.parent, created.change.project_id) == ("plate v3", "SH010", "p1")


def test_only_what_some_automation_looks_at_is_read() -> None:
    feeds = feeds_for([trigger("a"), trigger("b", kind="status"), trigger("c", kind="status", entity_type="Shot")])
    assert [feed.name for feed in feeds] == ["Shot created", "Task created", "TypedContextStatusChange"]
    assert [feed.name for feed in feeds_for([trigger("d", entity_type="Project")])] == ["Project created"]


def test_statuses_of_one_second_are_put_in_the_order_in_which_they_follow_each_other() -> None:
    steps = [("a", None, "A"), ("a", "A", "B"), ("a", "B", "C"), ("a", "C", "D"), ("b", "A", "B"), ("b", "B", "A")]
    walked = [sighting(one, kind="status", from_status=before, status=after) for one, before, after in steps]
    for shuffled in itertools.permutations(walked):
        a = [step.change.status for step in in_order(shuffled) if step.change.entity_id == "a"]
        assert a == ["A", "B", "C", "D"]
        assert len(in_order(shuffled)) == len(walked)


def test_creations_come_before_statuses_of_the_same_second() -> None:
    later = sighting("a", after=1)
    first = sighting("a", kind="status", status="A")
    created = sighting("a")
    assert in_order([later, first, created]) == [created, first, later]
