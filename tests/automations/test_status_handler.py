from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from callboard import Entity, Person, SendSlack, Skip
from callboard.automations.status_handler import status_handler
from callboard.testing import change, entity, plan


def user(name: str, email: str | None = "") -> Entity:
    address = f"{name}@studio.example" if email == "" else email
    return entity("User", id=name, username=name, email=address)


def task(task_type: str | None, *assigned: Entity, name: str = "task") -> Entity:
    return entity(
        "Task",
        name=name,
        type=entity("Type", name=task_type) if task_type else None,
        parent=entity("Shot", name="SH010"),
        project=entity("Project", name="heron"),
        assignments=[entity("Appointment", resource=resource) for resource in assigned],
    )


ANN, BEN = user("ann"), user("ben")
ANIMATION = task("Animation", name="anim <rough>")


LIGHTERS = entity("Group")
MEMBERSHIPS = [
    *(entity("Membership", group_id=LIGHTERS.id, user=member) for member in (ANN, user("ben", None))),
    entity("Membership", group_id="another", user=user("dan")),
]


def planned(changed: Entity, status: str, *others: Entity, by: Person | None = None, **settings: Any) -> Any:
    related = {"tasks": [changed, *others], "memberships": MEMBERSHIPS}
    happened = change(changed, status=status, by=by, project_id="p", related=related)
    return plan(status_handler, happened, **settings)


def test_everybody_assigned_to_the_lighting_tasks_of_the_shot_is_told() -> None:
    by = Person("1", "cleo", "Cleo & Co")
    others = (task("Lighting", ANN), task("Lighting", BEN, ANN), task("Compositing", user("dan")))
    assert planned(ANIMATION, "Ready for Lighting", *others, by=by) == [
        SendSlack(
            people=[("ann", "ann@studio.example"), ("ben", "ben@studio.example")],
            project="heron",
            text="*heron / SH010*: Animation (anim &lt;rough&gt;) is now *Ready for Lighting*, set by Cleo &amp; Co.",
            task=ANIMATION.reference,
            project_id="p",
        )
    ]


def test_lighting_hands_over_to_compositing() -> None:
    [effect] = planned(task("Lighting"), "Ready for Comp", task("Compositing", ANN), task("Lighting", BEN))
    assert effect.people == [("ann", "ann@studio.example")]


def test_a_group_is_its_members_and_nobody_is_told_twice() -> None:
    lighting = task("Lighting", LIGHTERS, ANN)
    [effect] = planned(ANIMATION, "Ready for Lighting", lighting)
    assert effect.people == [("ann", "ann@studio.example"), ("ben", "")]


def test_nobody_assigned_or_no_such_task_is_told_apart() -> None:
    [nobody] = planned(ANIMATION, "Ready for Lighting", task("Lighting"))
    assert (nobody.people, nobody.fallback_reason) == ([], "nobody is assigned to Lighting in SH010")
    [nothing] = planned(ANIMATION, "Ready for Lighting")
    assert (nothing.people, nothing.fallback_reason) == ([], "there is no Lighting task in SH010")


@pytest.mark.parametrize(
    ("task_type", "status"),
    [("Modeling", "Ready for Lighting"), ("Animation", "Ready for Comp"), ("Lighting", "Ready for Lighting")],
)
def test_other_tasks_hand_nothing_over(task_type: str, status: str) -> None:
    assert planned(task(task_type), status, task("Lighting", ANN)) == [
        Skip(reason=f"No handoff is set for {task_type} tasks at {status}.")
    ]


def test_other_statuses_are_none_of_its_business() -> None:
    assert planned(ANIMATION, "Approved") == [
        Skip(reason="The status became Approved, which is not one of Ready for Lighting, Ready for Comp.")
    ]


def test_the_handoffs_are_a_setting() -> None:
    handoffs = [["FX", "Done", "Lighting"], ["FX", "Done", "Compositing"]]
    effects = planned(task("FX"), "Done", task("Lighting", ANN), task("Compositing", BEN), handoffs=handoffs)
    assert [effect.people[0][0] for effect in effects] == ["ann", "ben"]
    with pytest.raises(ValidationError):
        planned(task("FX"), "Done", handoffs=[["FX", "Done"]])
