"""Applying a rehearsal in a sandbox: the effects on ftrack, but no folders and no messages."""

from __future__ import annotations

from collections.abc import Sequence

import requests

from callboard.effects import SetThumbnail
from callboard.engine.running.apply_ftrack import FtrackEffect, write
from callboard.engine.running.apply_thumbnails import upload_icons
from callboard.errors import Refused, TryAgain
from callboard.ftrack import Ftrack
from callboard.rehearsal.entries import Entry

#: Seconds that a server has to say whether it is a sandbox.
_TIMEOUT = 10.0


def check_sandbox(server: str, api_user: str, api_key: str) -> None:
    """See that a server is a sandbox.

    Raises:
        Refused: It is not, or it does not say so to this user.
        TryAgain: It cannot be reached.
    """
    headers = {"ftrack-user": api_user, "ftrack-api-key": api_key}
    try:
        response = requests.get(f"{server.rstrip('/')}/sandbox/clock", headers=headers, timeout=_TIMEOUT)
    except requests.RequestException as error:
        raise TryAgain(f"ftrack at {server} cannot be reached.") from error
    if response.status_code != 200 or "stopped" not in response.text:
        raise Refused(
            f"{server} is not an ftrack-sandbox that {api_user} administers; --apply changes nothing anywhere else."
        )


def apply_entries(ftrack: Ftrack, entries: Sequence[Entry]) -> list[str]:
    """Carry out what concerns ftrack, and return what was refused, a sentence each.

    Raises:
        TryAgain: The sandbox cannot be reached.
    """
    icons = {
        effect.icon
        for entry in entries
        for effect in entry.effects
        if isinstance(effect, SetThumbnail) and effect.icon is not None
    }
    if icons:
        upload_icons(ftrack, sorted(icons))
    wanted = {
        number: [effect for effect in entry.effects if isinstance(effect, FtrackEffect)]
        for number, entry in enumerate(entries)
    }
    something = {number: effects for number, effects in wanted.items() if effects}
    written = write(ftrack, something, lambda: None)
    return [str(result.problem) for result in written.values() if result.problem is not None]
