"""The inspector: the last API calls and events, with what was in them, and as Python to copy."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from ftrack_sandbox.control.recorder import MOST_BYTES, MOST_ENTRIES
from ftrack_sandbox.errors import EntityNotFoundError
from ftrack_sandbox.web.pages.records import Filter, Record, read
from ftrack_sandbox.web.pages.snippets import call_snippet, listen_snippet, publish_snippet
from ftrack_sandbox.web.pages.visit import Visit, page

#: Entries on a page.
_MANY: Final = 50
_KINDS: Final = (("", "all"), ("call", "API calls"), ("event", "events"))


def _show(visit: Visit) -> Response:
    recorder = visit.site.sandbox.recorder
    asked = visit.request.query_params
    wanted = Filter(*(asked.get(name, "").strip() for name in ("q", "kind", "user", "type")))
    paused = _number(asked.get("paused", ""))
    before = _number(asked.get("before", "")) or (paused + 1 if paused else None)
    entries = [each for each in recorder.entries() if before is None or each.number < before]
    shown: list[Record] = []
    older = None
    for entry in entries:
        if wanted.matches_entry(entry) and wanted.matches(record := read(entry)):
            if len(shown) == _MANY:
                older = shown[-1].entry.number
                break
            shown.append(record)
    kept = {"q": wanted.text, "kind": wanted.kind, "user": wanted.user, "type": wanted.entity_type}
    return visit.render(
        "inspector.html",
        records=shown,
        wanted=wanted,
        paused=paused,
        pause=_address(kept, paused=recorder.last),
        go_on=_address(kept),
        newest=_address(kept, paused=paused) if asked.get("before") else None,
        older=_address(kept, paused=paused, before=older) if older else None,
        kinds=[(label, _address({**kept, "kind": kind}, paused=paused), kind == wanted.kind) for kind, label in _KINDS],
        users=[(user, _address({**kept, "user": user}, paused=paused), user == wanted.user) for user in _users(visit)],
        most=MOST_ENTRIES,
        most_bytes=MOST_BYTES,
    )


def _users(visit: Visit) -> list[str]:
    """Return the names of those who sent something, and an empty one for everybody."""
    return ["", *sorted({entry.user for entry in visit.site.sandbox.recorder.entries()} - {""})][:20]


def _show_one(visit: Visit) -> Response:
    number = _number(visit.id)
    entry = visit.site.sandbox.recorder.entry(number) if number else None
    if entry is None:
        raise EntityNotFoundError(f"Entry {visit.id} is no longer kept: newer ones took its place.")
    record = read(entry)
    own = {"server": visit.site.sandbox.api.base_url, "user": entry.user or visit.client.username}
    snippets: list[tuple[str, str, str]] = []
    if record.event is not None:
        if not str(record.event.get("topic")).startswith("ftrack.meta."):
            snippets.append(("publish", "Publish it again", publish_snippet(record.event, **own)))
        snippets.append(("listen", "Listen for such events", listen_snippet(record.event, **own)))
    elif not entry.cut:
        snippets.append(("snippet", "As Python", call_snippet(record.content, **own)))
    return visit.render("inspected.html", record=record, snippets=snippets)


def _address(kept: dict[str, str], **more: Any) -> str:
    values = {name: value for name, value in (kept | more).items() if value}
    return f"/inspector?{urlencode(values)}" if values else "/inspector"


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


ROUTES = [Route("/inspector", page(_show)), Route("/inspector/{id}", page(_show_one))]
