"""Old work: one rule, whichever way a change became old."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.engine.work import NOON, sighting, trigger

from callboard.changes import Change
from callboard.configuration.discovery import load_automations
from callboard.engine.running.late import is_late, why_too_late
from callboard.registry import Trigger
from callboard.settings.models import AutomationSettings, OnLate

LATER = NOON + timedelta(days=14)


def became(status: str, now: str | None = None, was: str | None = None) -> Change:
    change = sighting("task", kind="status", status=status, from_status=was).change
    return replace(change, status_now=now or status)


def rule(on_late: OnLate) -> AutomationSettings:
    return AutomationSettings(on_late=on_late)


STATUS: Trigger = trigger("set_status", kind="status")


def test_what_is_handled_soon_is_handled_under_every_rule() -> None:
    for on_late in ("handle", "if_still_true", "skip"):
        assert why_too_late(STATUS, became("Approved", "Omitted"), rule(on_late), NOON + timedelta(hours=23)) is None


def test_old_work_is_skipped_with_the_reason() -> None:
    assert why_too_late(STATUS, became("Approved"), rule("skip"), LATER) == (
        "It happened 14d ago; set_status skips what is older than 1d (on_late)."
    )


def test_old_work_is_done_if_it_is_still_true() -> None:
    assert why_too_late(STATUS, became("Approved"), rule("if_still_true"), LATER) is None
    assert why_too_late(STATUS, became("Approved", "Omitted"), rule("if_still_true"), LATER) == (
        "It happened 14d ago, and the status has become Omitted since (on_late)."
    )


def test_old_work_is_done_where_the_rule_says_so() -> None:
    assert why_too_late(STATUS, became("Approved", "Omitted"), rule("handle"), LATER) is None
    created = sighting("task").change
    assert why_too_late(trigger("make"), created, rule("if_still_true"), LATER) is None
    assert not is_late(created, rule("handle"), LATER)


def test_how_old_is_a_setting() -> None:
    patient = AutomationSettings(on_late="skip", late_after=timedelta(days=30))
    assert why_too_late(STATUS, became("Approved"), patient, LATER) is None


@pytest.mark.parametrize(
    ("status", "was", "now", "handled"),
    [
        ("In Progress", "Cut", "Approved", True),  # it was left, and still is
        ("In Progress", "Cut", "On Hold", False),  # the one that came back has a change of its own
        ("Cut", "On Hold", "In Progress", False),
        ("Cut", "In Progress", "Cut", True),
    ],
)
def test_a_status_that_was_left_stays_left_until_one_comes_back(
    status: str, was: str, now: str, *, handled: bool
) -> None:
    thumbnails = load_automations().triggers["set_task_thumbnail"]
    settings: Any = thumbnails.settings()
    assert (why_too_late(thumbnails, became(status, now, was), settings, LATER) is None) is handled


def test_the_defaults_are_those_of_a_coordinator() -> None:
    triggers = load_automations().triggers
    assert {
        name: triggers[name].settings().on_late
        for name in (
            *("create_project_folder", "create_task_folder", "add_version_to_dailies"),
            *("assign_task_status", "set_task_thumbnail", "status_handler"),
        )
    } == {
        "create_project_folder": "handle",
        "create_task_folder": "handle",
        "add_version_to_dailies": "handle",
        "assign_task_status": "if_still_true",
        "set_task_thumbnail": "if_still_true",
        "status_handler": "skip",
    }
