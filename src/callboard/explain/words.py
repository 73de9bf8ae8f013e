"""The phrases of explanations."""

from __future__ import annotations

from datetime import timedelta

from callboard.explain.facts import Happening, Kind
from callboard.settings.durations import write_duration

#: What automations of a kind answer to.
LOOKS_AT: dict[Kind, str] = {
    "created": "its creation",
    "status": "its status changes",
    "launched": "launches from ftrack's action menu",
}


def span(seconds: float) -> str:
    """Return a length of time in its largest unit alone: nobody needs the minutes of what is days old."""
    seconds = max(0.0, min(seconds, 1e11))
    for unit in (86400, 3600, 60):
        if seconds >= unit:
            return write_duration(timedelta(seconds=seconds // unit * unit))
    return write_duration(timedelta(seconds=seconds))


def long_enough(seconds: float) -> str:
    """Return what ``--since`` takes to reach back so far."""
    hours = int(max(0.0, min(seconds, 1e11)) // 3600) + 1
    return f"{hours}h" if hours < 48 else f"{hours // 24 + 1}d"


def what(happening: Happening) -> str:
    """Return what happened, as the rest of a sentence that begins with *It*."""
    by = f" by {happening.by}" if happening.by else ""
    if happening.kind == "status":
        before = f" from {happening.from_status}" if happening.from_status else ""
        return f"went{before} to {happening.status}{by}" if before else f"got the status {happening.status}{by}"
    return f"was {'created' if happening.kind == 'created' else 'launched'}{by}"


def listed(names: tuple[str, ...]) -> str:
    """Return names as people list them: ``a, b or c``."""
    return " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def a(types: tuple[str, ...]) -> str:
    """Return types of entities with an article: ``a Shot or Task``."""
    names = listed(types)
    if not names:
        return "any entity"
    return f"an {names}" if names[0].lower() in "aeio" else f"a {names}"
