"""Changes that automations had nothing to do with are found a page at a time, at a bounded cost."""

from __future__ import annotations

from typing import Any

import pytest
from tests.engine.work import WaitsForReview, inbox_of, sighting, trigger

from callboard.engine.store import ignored
from callboard.engine.store.database import Store
from callboard.engine.store.ignored import Ignored, find_ignored
from callboard.engine.store.search import Wanted


@pytest.fixture
def studio(store: Store) -> Store:
    """Ten status changes that no automation waits for, of shots in two projects."""
    waits: dict[str, Any] = {"kind": "status", "settings": WaitsForReview, "to": "status"}
    inbox = inbox_of(store, trigger("review", **waits), trigger("follow", **waits))
    for number in range(10):
        found = sighting(
            f"e{number}", kind="status", status="Done", project=("one", "two")[number % 2], parent=f"SH0{number}0"
        )
        inbox.store([found])
    return store


def entities(found: Ignored) -> list[str]:
    return [run["entity"]["id"] for run in found.runs]


def test_each_automation_that_ignored_a_change_says_why(studio: Store) -> None:
    found = find_ignored(studio, Wanted(entity="e3"))
    assert {run["automation"] for run in found.runs} == {"review", "follow"}
    assert all("not one of Pending Review" in run["summary"] for run in found.runs)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(automation="review", project="two"), [9, 7, 5, 3, 1]),
        (Wanted(automation="review", words=["sh030"]), [3]),
        (Wanted(automation="follow", words=["okoro", "name"], project="one"), [8, 6, 4, 2, 0]),
        (Wanted(person="nobody"), []),
        (Wanted(since=1e12), []),
    ],
)
def test_filters_hold(studio: Store, wanted: Wanted, numbers: list[int]) -> None:
    assert entities(find_ignored(studio, wanted)) == [f"e{number}" for number in numbers]


def test_pages_show_everything_once(studio: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ignored, "_TOGETHER", 3)
    seen: list[str] = []
    found = find_ignored(studio, Wanted(automation="review"), limit=4)
    seen += entities(found)
    while found.older is not None:
        found = find_ignored(studio, Wanted(automation="review"), limit=4, before=found.older)
        seen += entities(found)
    assert seen == [f"e{number}" for number in reversed(range(10))]


def test_a_rare_one_ends_the_page_early_and_goes_on_from_there(studio: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ignored, "_TOGETHER", 3)
    monkeypatch.setattr(ignored, "MOST", 6)
    wanted = Wanted(automation="review", words=["sh010"])
    found = find_ignored(studio, wanted)
    assert (found.runs, found.looked_to is not None) == ([], True)
    assert entities(find_ignored(studio, wanted, before=found.older)) == ["e1"]
