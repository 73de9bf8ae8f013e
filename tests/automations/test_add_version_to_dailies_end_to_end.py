"""add_version_to_dailies at work, with ftrack's own clock moved to the times that matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.automations.conftest import MakeStudio
from tests.automations.studio import Studio
from tests.waiting import until

from callboard import AddToList, Ensure, Entity, Reference
from callboard.engine.running.apply_ftrack import write
from callboard.ftrack import Ftrack
from ftrack_sandbox.testing import SandboxServer

NAME = "add_version_to_dailies"
REVIEW = "Pending Internal Review"
SETTINGS = {"studio": {"timezone": "Africa/Johannesburg"}}
BEFORE_TEN = datetime(2031, 3, 4, 7, 59, tzinfo=UTC)
AT_TEN = datetime(2031, 3, 4, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock(ftrack_sandbox: SandboxServer) -> Iterator[Any]:
    """The clock of a sandbox that the test has for itself."""
    yield ftrack_sandbox.clock
    ftrack_sandbox.clock.reset()


def lists(studio: Studio, project: Any) -> dict[str, list[str]]:
    """The names of the project's lists, each with the ids of the versions on it."""
    found = studio.server.ftrack.query(
        f"select name, category.name, is_open, items.id from AssetVersionList where project_id is {project['id']}"
    )
    assert {each.at("category.name") for each in found} <= {"Dailies"}
    names = [each["name"] for each in found]
    assert len(names) == len(set(names)), "a list is there twice"
    return {each["name"]: sorted(item.id for item in each["items"]) for each in found}


def new_task(studio: Studio, project: Any) -> Any:
    return studio.task(studio.shot(project))


def test_the_list_is_that_of_the_change_not_of_its_handling(make_studio: MakeStudio, clock: Any) -> None:
    clock.set(BEFORE_TEN, stopped=True)
    studio = make_studio(SETTINGS)
    project = studio.project()
    task = new_task(studio, project)
    early = studio.version(task, REVIEW)
    run = studio.run(NAME, early)
    assert run["summary"].endswith("to the list Dailies_2031-03-04.")
    draft = studio.version(task, "In Progress")
    studio.finished(NAME, draft)
    studio.stop()
    studio.set_status(draft, REVIEW)
    clock.set(AT_TEN, stopped=True)
    late = studio.version(task, REVIEW)
    clock.set(datetime(2031, 3, 9, 12, 0, tzinfo=UTC), stopped=True)
    studio.start()
    studio.finished(NAME, late)
    studio.finished(NAME, draft, 2)
    assert lists(studio, project) == {
        "Dailies_2031-03-04": sorted([early["id"], draft["id"]]),
        "Dailies_2031-03-05": [late["id"]],
    }


def test_what_was_taken_off_stays_off_until_the_status_comes_again(studio: Studio) -> None:
    project = studio.project()
    version = studio.version(new_task(studio, project), REVIEW)
    studio.finished(NAME, version)
    [dailies] = studio.session.query(f"AssetVersionList where project_id is {project['id']}").all()
    studio.session.delete(studio.session.query(f"ListObject where entity_id is {version['id']}").one())
    studio.session.commit()
    studio.set_status(version, "Approved")
    studio.run(NAME, version, 2)
    assert lists(studio, project) == {dailies["name"]: []}
    studio.start_again()
    assert lists(studio, project) == {dailies["name"]: []}
    studio.set_status(version, REVIEW)
    studio.run(NAME, version, 3)
    assert lists(studio, project) == {dailies["name"]: [version["id"]]}


def test_forty_at_once_and_two_servers_make_one_list_with_forty_entries(make_studio: MakeStudio) -> None:
    one, two = make_studio(), make_studio()
    project = one.project()
    first = one.version(new_task(one, project), "In Progress")
    for studio in (one, two):
        studio.finished(NAME, first)
    review = one.named("Status", REVIEW)
    versions = [
        one.session.create("AssetVersion", {"asset": first["asset"], "task": first["task"], "status": review})
        for _ in range(40)
    ]
    one.session.commit()
    ids = {version["id"] for version in versions}
    for studio in (one, two):
        until(
            lambda: [run for run in studio.runs(NAME) if run["entity"]["id"] in ids and run["state"] == "done"][39:],  # noqa: B023 - called at once
            20,
            "forty finished runs",
        )
    [(_, members)] = lists(one, project).items()
    assert members == sorted(ids)


class Interrupted(Ftrack):
    """ftrack, where something happens just before a certain query of this server."""

    def __init__(self, sandbox: SandboxServer, before: int, meanwhile: Callable[[], object]) -> None:
        super().__init__(sandbox.url, sandbox.api_user, sandbox.api_key)
        self._before, self._meanwhile = before, meanwhile

    def query_many(self, expressions: Sequence[str]) -> list[list[Entity]]:
        answers = []
        for expression in expressions:
            if self._before == 0:
                self._meanwhile()
            self._before -= 1
            answers += super().query_many([expression])
        return answers


@pytest.mark.parametrize("before", range(6))
def test_whenever_another_server_makes_the_list_it_is_made_once(studio: Studio, before: int) -> None:
    project = studio.project()
    version = studio.version(new_task(studio, project), "In Progress")
    category = studio.named("ListCategory", "Dailies")
    dailies = Ensure(
        type="AssetVersionList",
        found_by={"name": "Dailies_2031-03-04", "project_id": project["id"], "category_id": category["id"]},
        values={"is_open": True},
    )
    wanted = {1: [AddToList(list=dailies, entity=Reference("AssetVersion", version["id"]), name="v1")]}
    interrupted = Interrupted(studio.sandbox, before, lambda: write(studio.server.ftrack, wanted, lambda: None))
    assert write(interrupted, wanted, lambda: None)[1].problem is None
    assert lists(studio, project) == {"Dailies_2031-03-04": [version["id"]]}


def test_a_closed_list_is_passed_over_and_the_run_says_so(make_studio: MakeStudio, clock: Any) -> None:
    clock.set(BEFORE_TEN, stopped=True)
    studio = make_studio(SETTINGS)
    project = studio.project()
    category = studio.named("ListCategory", "Dailies")
    studio.create("AssetVersionList", name="Dailies_2031-03-04", category=category, project=project, is_open=False)
    version = studio.version(new_task(studio, project), REVIEW)
    run = studio.run(NAME, version)
    assert run["summary"].startswith("The list Dailies_2031-03-04 is closed; added")
    assert lists(studio, project) == {"Dailies_2031-03-04": [], "Dailies_2031-03-05": [version["id"]]}


def test_a_list_that_a_person_made_is_used(make_studio: MakeStudio, clock: Any) -> None:
    clock.set(BEFORE_TEN, stopped=True)
    studio = make_studio(SETTINGS)
    project = studio.project()
    category = studio.named("ListCategory", "Dailies")
    made = studio.create("AssetVersionList", name="Dailies_2031-03-04", category=category, project=project)
    version = studio.version(new_task(studio, project), REVIEW)
    studio.finished(NAME, version)
    assert lists(studio, project) == {made["name"]: [version["id"]]}


def test_a_repeat_changes_nothing(make_studio: MakeStudio) -> None:
    studio = make_studio()
    project = studio.project()
    version = studio.version(new_task(studio, project), REVIEW)
    studio.finished(NAME, version)
    before = lists(studio, project)
    studio.start_over(version["date"].datetime)
    assert studio.run(NAME, version)["summary"].startswith("Found ")
    assert lists(studio, project) == before


def test_other_statuses_are_explained(studio: Studio) -> None:
    version = studio.version(new_task(studio, studio.project()), "Approved")
    assert studio.run(NAME, version)["summary"] == (
        "The status became Approved, which is not one of Pending Internal Review."
    )


def test_a_missing_category_fails_with_the_mend(make_studio: MakeStudio) -> None:
    studio = make_studio({f"automations.{NAME}": {"category": "Rushes"}})
    run = studio.run(NAME, studio.version(new_task(studio, studio.project()), REVIEW))
    assert run["state"] == "failed"
    assert run["error"].startswith("There is no list category Rushes")
