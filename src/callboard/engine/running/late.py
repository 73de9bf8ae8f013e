"""Old work: what is done about a change that is handled long after it happened.

One rule for all ways to become late: an outage, a backlog, ``catch-up``, ``retry``, an automation that was off.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from callboard.changes import Change
from callboard.registry import Trigger
from callboard.settings.durations import write_duration
from callboard.settings.models import AutomationSettings


def is_late(change: Change, settings: AutomationSettings, now: datetime) -> bool:
    """Return whether the automation's rule for old work applies to a change."""
    return settings.on_late != "handle" and now - change.at > settings.late_after


def why_too_late(trigger: Trigger, change: Change, settings: AutomationSettings, now: datetime) -> str | None:
    """Return why nothing is done any more about a late change, or None when it is to be handled.

    Args:
        trigger: The automation.
        change: With ``status_now``.
        settings: The automation's own settings.
        now: The time; aware.
    """
    if not is_late(change, settings, now):
        return None
    age = _age(now - change.at)
    if settings.on_late == "skip":
        limit = write_duration(settings.late_after)
        return f"It happened {age} ago; {trigger.name} skips what is older than {limit} (on_late)."
    if trigger.kind == "status" and not _still_true(trigger, change, settings):
        return f"It happened {age} ago, and the status has become {change.status_now} since (on_late)."
    return None


def _still_true(trigger: Trigger, change: Change, settings: AutomationSettings) -> bool:
    """Return whether what a status change led to still is so.

    For an automation that also waits for a status to be left, it is so as long as no status of its own came back.
    """
    if change.status_now in {None, change.status}:
        return True
    names = trigger.statuses(settings)
    left = trigger.leaving and change.status not in names
    return left and change.status_now not in names


def _age(duration: timedelta) -> str:
    """Return a duration in its largest unit alone: nobody needs the minutes of what is days old."""
    for unit in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)):
        if duration >= unit:
            return write_duration(duration // unit * unit)
    return write_duration(duration)
