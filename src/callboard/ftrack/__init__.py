"""A plain client for ftrack's API: reads and batches without the official client's merging of entities.

On large reads the official client spends most of its time merging entities into its session. This client posts the
same operations and returns the answer, so one request reads or writes thousands of entities. Components, locations and
the event hub remain with the official client: :meth:`Ftrack.session`.
"""

from callboard.ftrack.client import PAGE, Ftrack
from callboard.ftrack.errors import RefusedByFtrack, TooMuchForFtrack
from callboard.ftrack.pace import Portion
from callboard.ftrack.wire import COMPOSITE_KEYS, Key, Operation, ids, quote

__all__ = [
    "COMPOSITE_KEYS",
    "PAGE",
    "Ftrack",
    "Key",
    "Operation",
    "Portion",
    "RefusedByFtrack",
    "TooMuchForFtrack",
    "ids",
    "quote",
]
