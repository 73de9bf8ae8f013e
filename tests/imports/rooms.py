"""What each room may import: a folder, or a module that lies loose in its package.

``ARCHITECTURE.md`` has the same table for people, and a test compares the two.
"""

from __future__ import annotations

#: The ground, which most rooms stand on.
GROUND = {"changes", "chunks", "effects", "errors", "ftrack", "jobs", "mrkdwn", "seams", "secrets", "settings"}

#: Room of Callboard -> rooms it may import; None: any.
CALLBOARD: dict[str, set[str] | None] = {
    # The ground: data, errors, ftrack's wire.
    "errors": set(),
    # Where tests let a process die; any room may have such a place.
    "seams": set(),
    "chunks": set(),
    "changes": set(),
    "mrkdwn": set(),
    "effects": {"changes", "mrkdwn"},
    "settings": {"errors"},
    "secrets": set(),
    "ftrack": {"changes", "errors", "secrets", "settings"},
    "jobs": {"changes", "ftrack", "settings"},
    "forms": {"changes", "ftrack", "jobs"},
    "registry": {"changes", "effects", "forms", "settings"},
    "configuration": {"errors", "registry", "settings"},
    # Tools.
    "studio": GROUND | {"studio.paths"},
    "studio.paths": {"changes", "errors", "settings"},
    "studio.storage": {"effects", "errors", "studio.paths"},
    "studio.media": {"errors", "studio.media.colour", "studio.media.slate", "studio.media.stills"},
    "studio.media.colour": {"errors"},
    "studio.media.slate": set(),
    "studio.media.stills": {"errors"},
    "studio.versions": {"changes", "errors", "ftrack", "jobs", "settings", "studio.media", "studio.paths"},
    "studio.review": {
        *("changes", "errors", "ftrack", "jobs", "settings"),
        *("studio", "studio.media", "studio.paths", "studio.versions"),
    },
    # What authors import, and the twelve.
    "": GROUND | {"forms", "registry", "studio"},
    "batches": {"studio"},
    "media": {"studio.media"},
    "paths": {"studio.paths"},
    "reviews": {"studio.review"},
    "versions": {"studio.versions"},
    "testing": {"changes", "effects", "registry", "settings"},
    "automations": {"", "batches", "forms", "media", "paths", "reviews", "versions"},
    # The engine.
    "engine.store.migrations": {"engine.store"},
    "engine.store.migrations.versions": {"engine.store"},
    "engine.store": {"chunks", "changes", "errors", "registry", "secrets", "settings"},
    "engine.reading": {"changes", "errors", "ftrack", "registry", "settings", "engine.store"},
    "engine.running": GROUND | {"registry", "studio", "studio.storage", "engine.store", "engine.reading"},
    "engine.actions": GROUND | {"forms", "registry", "studio.media", "engine.store", "engine.running"},
    "engine": GROUND | {"registry", "dashboard", "engine.store", "engine.reading", "engine.running", "engine.actions"},
    # The rim.
    "rehearsal": GROUND | {"registry", "studio", "engine.store", "engine.reading", "engine.running"},
    "explain": GROUND | {"registry", "engine.store", "engine.reading", "engine.running"},
    "dashboard": {
        *("changes", "configuration", "errors", "explain", "ftrack", "registry", "secrets", "settings"),
        *("engine.running", "engine.store"),
    },
    "cli": None,
    "demo": None,
    "__main__": {"cli"},
}

#: The layers of the sandbox from the ground up: each may import those before it.
SANDBOX = (
    "errors",
    "control",
    "schema",
    "store",
    "query",
    "operations",
    "rules",
    "seed",
    "api",
    "events",
    "media",
    "snapshots",
    "sandbox",
    "importing",
    "snapshot_commands",
    "web.pages",
    "web",
    "server",
    "cli",
    "testing",
    "__main__",
)
#: Layers beside each other.
APART = {frozenset({"events", "media"})}

#: What the pages of both packages share: module -> modules it may import.
PAGES: dict[str, set[str]] = {
    "words": set(),
    "charts": set(),
    "headers": set(),
    "forms": set(),
    "live": set(),
    "pages": {"charts", "forms", "words"},
    "": {"forms", "live", "pages"},
}
#: Who shows pages.
SHOW_PAGES = ("callboard.dashboard", "callboard.demo", "ftrack_sandbox.web")

#: Where both packages may meet.
MEETING_PLACES = ("callboard.demo", "callboard.cli.demo")


def allowed(package: str, room: str) -> set[str] | None:
    """Return the rooms that a room may import, or None for any.

    Args:
        package: ``callboard``, ``callboard_pages`` or ``ftrack_sandbox``.
        room: The room's name below the package, such as ``engine.store``; empty for the package itself.
    """
    if package == "callboard":
        return CALLBOARD[room]
    if package == "callboard_pages":
        return PAGES[room]
    if room == "":
        return set()
    below = set(SANDBOX[: SANDBOX.index(room)])
    return {other for other in below if frozenset({room, other}) not in APART}
