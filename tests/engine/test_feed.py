from __future__ import annotations

from datetime import UTC, datetime

from callboard import Entity
from callboard.engine.feed import Created, in_order
from callboard.testing import entity

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def became(key: str, before: str | None, after: str) -> Entity:
    user = entity("User", id="u1", username="ines", first_name="Ines", last_name="")
    statuses = {
        "from_status": None if before is None else entity("Status", name=before),
        "status": entity("Status", name=after),
    }
    return entity("StatusChange", id=key, date=NOON, user=user, **statuses)


def version(*status_changes: Entity, status: str = "In Progress") -> Entity:
    return entity(
        "AssetVersion",
        id="v1",
        date=NOON,
        user=None,
        version=1,
        asset=entity("Asset", name="comp", parent=entity("Shot", project_id="p1")),
        status=entity("Status", name=status),
        status_changes=list(status_changes),
    )


def told(row: Entity) -> list[tuple[str, str | None]]:
    found = in_order(Created("AssetVersion").sightings(row))
    return [(one.change.key, one.change.status) for one in found]


def test_a_version_without_recorded_changes_has_the_status_it_was_created_with() -> None:
    assert told(version()) == [("created:v1", None), ("status:v1:first", "In Progress")]


def test_a_version_that_is_created_and_changed_in_one_batch_tells_of_both() -> None:
    row = version(became("c2", "In Progress", "Pending Internal Review"), became("c1", None, "In Progress"))
    assert told(row) == [
        ("created:v1", None),
        ("status:v1:first", "In Progress"),
        ("status:c2", "Pending Internal Review"),
    ]


def test_the_first_status_is_the_one_that_the_first_change_left() -> None:
    assert told(version(became("c1", "In Progress", "Approved"), status="Approved")) == [
        ("created:v1", None),
        ("status:v1:first", "In Progress"),
        ("status:c1", "Approved"),
    ]
