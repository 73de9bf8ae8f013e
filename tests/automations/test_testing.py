"""The helpers for people who write automations, used as they would use them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callboard import AutomationSettings, Change, Effect, SetMetadata, Skip, StudioSettings, on_status
from callboard.automations.assign_task_status import assign_task_status
from callboard.registry import Plan, registry
from callboard.testing import NOON, change, entity, plan, trigger_of, workflow


@pytest.fixture
def says_where() -> Iterator[Plan]:
    """An automation of a studio's own, which is known while the test runs."""

    @on_status("Task")
    def says_where(change: Change, settings: AutomationSettings) -> Iterator[Effect]:
        """Write the studio's time zone down."""
        yield SetMetadata(entity=change.entity.reference, key="zone", value=settings.studio.timezone)

    yield says_where
    del registry.triggers["says_where"]


def test_an_entity_reads_as_ftracks_do() -> None:
    task = entity("Task", name="comp", type=entity("Type", name="Compositing"), parent=None)
    assert (task.type, task["name"], task.at("type.name"), task.at("parent.name")) == (
        "Task",
        "comp",
        "Compositing",
        None,
    )
    assert task.id != entity("Task", name="comp").id
    assert entity("Task", id="1").id == "1"


def test_a_change_is_what_the_engine_hands_over() -> None:
    task = entity("Task", name="comp")
    happened = change(task, status="Approved", from_status="In Progress")
    assert (happened.kind, happened.entity_type, happened.entity_id) == ("status", "Task", task.id)
    assert (happened.status, happened.from_status, happened.at) == ("Approved", "In Progress", NOON)
    assert change(task, kind="created").kind == "created"


def test_a_plan_comes_with_settings_and_a_studio(says_where: Plan) -> None:
    task = entity("Task")
    [effect] = plan(says_where, change(task, status="Approved"), studio=StudioSettings(timezone="Europe/Oslo"))
    assert effect == SetMetadata(entity=task.reference, key="zone", value="Europe/Oslo")
    assert trigger_of(says_where).name == "says_where"


def test_what_a_workflow_allows() -> None:
    assert workflow("Approved").statuses("Task", "any type") == {"Approved": "id of Approved"}
    own = workflow("Approved", type_id="t")
    assert (own.statuses("Task", "t"), own.statuses("Task", "other")) == ({"Approved": "id of Approved"}, {})


def test_a_change_that_is_none_of_its_business_gives_the_reason() -> None:
    version = entity("AssetVersion", task=None, task_id=None, version=1)
    skip = Skip(reason="The version has no task.")
    assert plan(assign_task_status, change(version, status="Approved", related={"versions": []})) == [skip]
