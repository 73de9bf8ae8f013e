from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from callboard import AddToList, Ensure, Entity, Refused, Skip, StudioSettings
from callboard.automations.add_version_to_dailies import AddVersionToDailiesSettings, add_version_to_dailies
from callboard.testing import change, entity, plan

VERSION = entity("AssetVersion", version=3, asset=entity("Asset", name="SH010 comp"))
CATEGORIES = [entity("ListCategory", id="c1", name="Other"), entity("ListCategory", id="c2", name="Dailies")]
REVIEW = "Pending Internal Review"


def planned(
    at: datetime = datetime(2026, 3, 4, 7, 0, tzinfo=UTC),
    *,
    zone: str = "Africa/Johannesburg",
    closed: list[Entity] | None = None,
    status: str = REVIEW,
    **settings: Any,
) -> Any:
    related = {"closed lists": closed or [], "categories": CATEGORIES}
    happened = change(VERSION, status=status, at=at, project_id="p", related=related)
    return plan(add_version_to_dailies, happened, studio=StudioSettings(timezone=zone), **settings)


def day_of(at: str, zone: str = "Africa/Johannesburg", **settings: Any) -> str:
    """The name of the list for a change at a time in UTC."""
    return str(planned(datetime.fromisoformat(at).replace(tzinfo=UTC), zone=zone, **settings)[-1].list.found_by["name"])


def closed_list(name: str, category: str = "Dailies") -> Entity:
    return entity("AssetVersionList", name=name, category=entity("ListCategory", name=category))


def test_the_version_joins_the_list_of_its_day() -> None:
    assert planned() == [
        AddToList(
            list=Ensure(
                type="AssetVersionList",
                found_by={"name": "Dailies_2026-03-04", "project_id": "p", "category_id": "c2"},
                values={"is_open": True},
            ),
            entity=VERSION.reference,
            name="SH010 comp v3",
        )
    ]


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-03-04 07:59:59", "2026-03-04"),  # 09:59:59 in Johannesburg
        ("2026-03-04 08:00:00", "2026-03-05"),
        ("2026-03-04 21:59:59", "2026-03-05"),
        ("2026-03-04 22:00:00", "2026-03-05"),  # past midnight: already the fifth
        ("2026-12-31 08:00:00", "2027-01-01"),
        ("2028-02-28 09:00:00", "2028-02-29"),
    ],
)
def test_the_cutoff_is_at_ten_studio_time(at: str, day: str) -> None:
    assert day_of(at) == f"Dailies_{day}"


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-03-28 08:59:59", "2026-03-28"),  # winter, Berlin is an hour ahead: 09:59:59
        ("2026-03-28 09:00:00", "2026-03-29"),
        ("2026-03-29 07:59:59", "2026-03-29"),  # the clocks went forward in the night: 09:59:59
        ("2026-03-29 08:00:00", "2026-03-30"),
        ("2026-10-24 07:59:59", "2026-10-24"),  # summer, two hours ahead: 09:59:59
        ("2026-10-24 08:00:00", "2026-10-25"),
        ("2026-10-25 08:59:59", "2026-10-25"),  # the clocks went back in the night: 09:59:59
        ("2026-10-25 09:00:00", "2026-10-26"),
        ("2026-10-24 22:30:00", "2026-10-25"),  # half past midnight in summer time
        ("2026-10-25 23:30:00", "2026-10-26"),  # half past midnight in winter time
    ],
)
def test_the_cutoff_keeps_to_the_clock_on_the_wall(at: str, day: str) -> None:
    assert day_of(at, "Europe/Berlin") == f"Dailies_{day}"


def test_the_settings_move_it() -> None:
    assert day_of("2026-03-04 12:00:00", cutoff="18:30") == "Dailies_2026-03-04"
    assert day_of("2026-03-04 07:00:00", list_name="Daily {day:%d.%m.%y}") == "Daily 04.03.26"
    [effect] = planned(category="Other")
    assert effect.list.found_by["category_id"] == "c1"


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-03-06 07:00:00", "2026-03-06"),  # Friday before ten
        ("2026-03-06 09:00:00", "2026-03-09"),  # Friday after ten: Monday
        ("2026-03-07 07:00:00", "2026-03-09"),
        ("2026-03-08 12:00:00", "2026-03-09"),  # Sunday after ten
    ],
)
def test_weekends_can_be_skipped(at: str, day: str) -> None:
    assert day_of(at, skip_weekends=True) == f"Dailies_{day}"


def test_a_closed_list_is_passed_over_and_named() -> None:
    closed = [closed_list("Dailies_2026-03-04"), closed_list("Dailies_2026-03-05"), closed_list("Dailies_2026-03-07")]
    *skips, effect = planned(closed=closed)
    assert skips == [
        Skip(reason="The list Dailies_2026-03-04 is closed."),
        Skip(reason="The list Dailies_2026-03-05 is closed."),
    ]
    assert effect.list.found_by["name"] == "Dailies_2026-03-06"


def test_the_next_open_day_skips_weekends_too() -> None:
    friday = datetime(2026, 3, 6, 7, 0, tzinfo=UTC)
    _, effect = planned(friday, closed=[closed_list("Dailies_2026-03-06")], skip_weekends=True)
    assert effect.list.found_by["name"] == "Dailies_2026-03-09"


def test_a_closed_list_of_another_category_does_not_count() -> None:
    [effect] = planned(closed=[closed_list("Dailies_2026-03-04", "Other")])
    assert effect.list.found_by["name"] == "Dailies_2026-03-04"


def test_another_status_is_none_of_its_business() -> None:
    assert planned(status="Approved") == [
        Skip(reason="The status became Approved, which is not one of Pending Internal Review.")
    ]


def test_a_category_that_ftrack_does_not_have_is_refused_with_the_mend() -> None:
    with pytest.raises(Refused, match="There is no list category Rushes; create it in ftrack, or correct `category`"):
        planned(category="Rushes")


@pytest.mark.parametrize("name", ["Dailies", "Dailies_{date}", "Dailies_{day", "{day:%d}", "{day.month}", "{0}"])
def test_a_list_name_that_is_not_one_for_each_day_is_refused_at_load(name: str) -> None:
    with pytest.raises(ValidationError, match=r"write \{day\} where the date goes"):
        AddVersionToDailiesSettings(list_name=name)


def test_a_cutoff_with_a_time_zone_is_refused_at_load() -> None:
    with pytest.raises(ValidationError, match="must not have a time zone"):
        AddVersionToDailiesSettings.model_validate({"cutoff": "10:00+02:00"})
