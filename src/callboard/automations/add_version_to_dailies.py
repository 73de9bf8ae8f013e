"""Put versions on the dailies list of their day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Annotated

from pydantic import Field, PlainSerializer, field_validator

from callboard import AddToList, AutomationSettings, Change, Effect, Ensure, Refused, Related, Skip, on_status

_SATURDAY = 5


class AddVersionToDailiesSettings(AutomationSettings):
    """The versions that go to dailies, and their list."""

    status: str = Field(
        default="Pending Internal Review", description="The version status that puts a version on the dailies list."
    )
    cutoff: Annotated[time, PlainSerializer(lambda cutoff: f"{cutoff:%H:%M}", return_type=str)] = Field(
        default=time(10), description="Studio time from which a version goes on the next day's list."
    )
    list_name: str = Field(
        default="Dailies_{day}", description="Name of a day's list; {day:%d.%m.%Y} formats the date."
    )
    category: str = Field(default="Dailies", description="Category of the lists.")
    skip_weekends: bool = Field(default=False, description="true: versions of a weekend go on Monday's list.")

    @field_validator("cutoff")
    @classmethod
    def _on_the_clock(cls, cutoff: time) -> time:
        if cutoff.tzinfo is not None:
            raise ValueError("must not have a time zone; write the studio's time, such as '10:00'")
        return cutoff

    @field_validator("list_name")
    @classmethod
    def _one_for_each_day(cls, pattern: str) -> str:
        try:
            names = {pattern.format(day=date(2001, 1, 1) + timedelta(days)) for days in range(366)}
        except (LookupError, ValueError, AttributeError):
            raise ValueError(f"{pattern!r} is not a pattern; write {{day}} where the date goes") from None
        if len(names) < 366:
            raise ValueError(f"{pattern!r} gives several days the same list; write {{day}} where the date goes")
        return pattern

    def days(self, at: datetime) -> Iterator[date]:
        """Yield the day whose dailies a change belongs to, then the following days.

        Args:
            at: When it happened; an aware date-time.
        """
        local = at.astimezone(self.studio.zone)
        day = local.date() + timedelta(local.time() >= self.cutoff)
        while True:
            if not (self.skip_weekends and day.weekday() >= _SATURDAY):
                yield day
            day += timedelta(1)


@on_status(
    "AssetVersion",
    to="status",
    settings=AddVersionToDailiesSettings,
    reads=("asset.name", "version", "asset.parent.project_id"),
    related={
        "closed lists": Related(
            "AssetVersionList",
            by="project_id",
            of="asset.parent.project_id",
            reads=("name", "category.name"),
            where="is_open is false",
        ),
        "categories": Related("ListCategory", reads=("name",)),
    },
)
def add_version_to_dailies(change: Change, settings: AddVersionToDailiesSettings) -> Iterator[Effect]:
    """Put a version that is pending internal review on the dailies list of its day."""
    category = next((each for each in change.related["categories"] if each["name"] == settings.category), None)
    if category is None:
        raise Refused(f"There is no list category {settings.category}; create it in ftrack, or correct `category`.")
    closed = {each["name"] for each in change.related["closed lists"] if each.at("category.name") == settings.category}
    names = (settings.list_name.format(day=day) for day in settings.days(change.at))
    *passed, name = _until_open(names, closed)
    for each in passed:
        yield Skip(reason=f"The list {each} is closed.")
    dailies = Ensure(
        type="AssetVersionList",
        found_by={"name": name, "project_id": change.project_id, "category_id": category.id},
        values={"is_open": True},
    )
    version = change.entity
    yield AddToList(list=dailies, entity=version.reference, name=f"{version['asset']['name']} v{version['version']}")


def _until_open(names: Iterator[str], closed: set[str]) -> list[str]:
    """Return the names up to and including the first whose list is not closed."""
    tried = []
    for name in names:
        tried.append(name)
        if name not in closed:
            break
    return tried
