from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.dashboard.asked import AGES, Asked
from callboard.engine.store.search import Wanted

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CAPE_TOWN = ZoneInfo("Africa/Johannesburg")
TASK = "5e9a3c1e-c7ec-11ed-ae64-46416ff77027"


def wanted(**asked: str) -> Wanted:
    return Asked(**asked).wanted(NOON, CAPE_TOWN)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("SH010 comp", Wanted(words=["sh010", "comp"])),
        ("  Comp,SH010_v2 ", Wanted(words=["comp", "sh010", "v2"])),
        (TASK.upper(), Wanted(entity=TASK)),
        (f"Task:{TASK}", Wanted(entity=TASK)),
        (f"https://x.ftrackapp.com/#slideEntityId={TASK}&slideEntityType=task&view=tasks", Wanted(entity=TASK)),
        (f"https://x.ftrackapp.com/#entityType=task&itemId=projects&entityId={TASK}", Wanted(entity=TASK)),
        (f"https://x.ftrackapp.com/#entityId={TASK}&entityType=show&itemId=projects", Wanted(project=TASK)),
        ("", Wanted()),
        ("…!", Wanted()),
    ],
)
def test_what_is_typed_is_understood(typed: str, meant: Wanted) -> None:
    found = Asked.of({"q": typed}).wanted(NOON, CAPE_TOWN)
    assert replace(found, words=list(found.words)) == replace(meant, words=list(meant.words))


@pytest.mark.parametrize(
    ("typed", "run"),
    [("42", 42), ("#42", 42), ("#007", 7), ("010", None), ("4 2", None), ("9" * 12, None), ("²", None)],
)
def test_a_number_is_a_run_unless_it_is_written_as_names_are(typed: str, run: int | None) -> None:
    assert Asked(q=typed).run == run


def test_times_are_on_the_studios_clock() -> None:
    assert wanted(since="1h").since == NOON.timestamp() - 3600
    assert wanted(until="2026-03-02T14:00").until == NOON.timestamp()
    assert wanted(since="2026-03-02T12:00:00+00:00").since == NOON.timestamp()
    assert wanted(since="yesterday").since is None


@given(st.dictionaries(st.sampled_from(["q", "automation", "project", "person", "state", "why", "since"]), st.text()))
def test_an_address_keeps_everything_that_is_asked(given_values: dict[str, str]) -> None:
    asked = Asked.of(given_values)
    assert Asked.of(dict(parse_qsl(urlsplit(asked.address()).query))) == asked
    assert isinstance(asked.wanted(NOON, CAPE_TOWN), Wanted)


def test_a_filter_replaces_only_itself() -> None:
    asked = Asked(q="comp", state="failed").but(state="done")
    assert asked.address(before=7) == "/runs?q=comp&state=done&before=7"
    assert set(AGES) == {"1h", "24h", "7d", "30d"}
