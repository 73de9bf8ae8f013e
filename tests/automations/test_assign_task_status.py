from __future__ import annotations

from typing import Any

from callboard import Entity, SetStatus, Skip, Workflow
from callboard.automations.assign_task_status import assign_task_status
from callboard.testing import change, entity, plan, workflow

ALLOWED = workflow("In Progress", "Approved", "Review Changes", "Omitted")


def task(status: str = "In Progress", **values: Any) -> Entity:
    given = {"name": "comp", "type_id": "t", "type": entity("Type", name="Compositing")}
    return entity("Task", status=entity("Status", name=status), **(given | values))


def version(of: Entity | None, number: int = 1) -> Entity:
    return entity(
        "AssetVersion",
        version=number,
        asset_id="a",
        asset=entity("Asset", name="SH010 comp"),
        task=of,
        task_id=of.id if of else None,
    )


def planned(
    changed: Entity, status: str = "Approved", *others: Entity, allowed: Workflow = ALLOWED, **settings: Any
) -> Any:
    related = {"versions": [changed, *others]}
    return plan(assign_task_status, change(changed, status=status, related=related, workflow=allowed), **settings)


def test_the_task_gets_the_status_of_the_same_name() -> None:
    of = task()
    assert planned(version(of)) == [
        SetStatus(entity=of.reference, name="comp", status="Approved", status_id="id of Approved")
    ]


def test_a_mapping_says_otherwise() -> None:
    [effect] = planned(version(task()), "Client Notes", mapping={"Client Notes": "Review Changes"})
    assert effect.status == "Review Changes"
    assert planned(version(task()), "Seen", mapping={"Seen": ""}) == [
        Skip(reason="The mapping has no task status for Seen.")
    ]


def test_a_status_that_the_workflow_does_not_allow_is_named() -> None:
    assert planned(version(task()), "Pending Client Review") == [
        Skip(reason="The workflow does not allow the status Pending Client Review for tasks of the type Compositing.")
    ]


def test_a_task_type_with_a_workflow_of_its_own_keeps_to_it() -> None:
    allowed = Workflow(
        {("Task", None): {"Approved": "1"}, ("Task", "t"): {"Done": "2"}, ("AssetVersion", None): {"Approved": "1"}}
    )
    [skip] = planned(version(task()), allowed=allowed)
    assert skip.kind == "skip"
    [effect] = planned(version(task(type_id="other")), allowed=allowed)
    assert effect.status_id == "1"


def test_a_version_without_task_changes_nothing() -> None:
    assert planned(version(None)) == [Skip(reason="The version has no task.")]


def test_a_task_keeps_the_statuses_of_the_setting() -> None:
    assert planned(version(task("Omitted"))) == [Skip(reason="The task comp keeps its status Omitted.")]
    assert planned(version(task("Omitted")), keep=[])[0].kind == "set_status"
    assert planned(version(task("In Progress")), keep=["In Progress"])[0].kind == "skip"


def test_an_older_version_says_nothing_against_a_newer_one_of_its_asset_and_task() -> None:
    of = task()
    assert planned(version(of, 1), "Approved", version(of, 3), version(of, 2)) == [
        Skip(reason="SH010 comp v1 is not the latest version for the task comp: v3 is.")
    ]
    assert planned(version(of, 1), "Approved", version(of, 2), only_latest=False)[0].kind == "set_status"
    assert planned(version(of, 3), "Approved", version(of, 2))[0].kind == "set_status"
    assert planned(version(of, 1), "Approved", version(task(), 2))[0].kind == "set_status"


def test_a_task_that_has_the_status_gets_it_all_the_same() -> None:
    """Whether it still has it is known when it is set: the version before it may be of the same moment."""
    assert planned(version(task("Approved")))[0].kind == "set_status"
