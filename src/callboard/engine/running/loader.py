"""Loading from an ftrack that lacks a type: a look-up of a missing type finds nothing.

ftrack's schema has a type for each of the studio's object types, named after it: where *Asset Build* was renamed,
``AssetBuild`` does not exist, and a query for it is refused with everything that was asked beside it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from callboard.changes import Change
from callboard.engine.running.load import load
from callboard.ftrack import Ftrack, RefusedByFtrack
from callboard.registry import Trigger

_log = logging.getLogger(__name__)

#: Seconds for which ftrack's schema is believed once it was read.
_BELIEVED = 600.0


class Loader:
    """Reads what automations ask for. May be used from any thread.

    Args:
        ftrack: The studio's ftrack.
        clock: Seconds, ever growing.
    """

    def __init__(self, ftrack: Ftrack, clock: Callable[[], float] = time.monotonic) -> None:
        self._ftrack = ftrack
        self._clock = clock
        self._types: frozenset[str] | None = None
        self._read_at = 0.0

    def load(self, trigger: Trigger, changes: Sequence[Change]) -> list[Change | None]:
        """Read as :func:`callboard.engine.running.load.load`, without the look-ups of types that do not exist."""
        wanted = {related.type for related in trigger.related.values()}
        missing = self._missing(wanted)
        try:
            return load(self._ftrack, trigger, changes, missing)
        except RefusedByFtrack:
            if missing or wanted <= self._read_types():
                raise
        missing = self._missing(wanted)
        _log.warning("ftrack has no type %s; the look-ups of %s find nothing", ", ".join(missing), trigger.name)
        return load(self._ftrack, trigger, changes, missing)

    def _missing(self, wanted: set[str]) -> frozenset[str]:
        """Return which types are known not to exist; nothing is asked, since nearly always all of them do."""
        if self._types is None or self._clock() > self._read_at + _BELIEVED:
            return frozenset()
        return frozenset(wanted - self._types)

    def _read_types(self) -> frozenset[str]:
        [schemas] = self._ftrack.call([{"action": "query_schemas"}])
        self._types, self._read_at = frozenset(str(schema["id"]) for schema in schemas), self._clock()
        return self._types
