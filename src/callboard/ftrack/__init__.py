"""Speaking ftrack's API plainly: reads and batches without the official client's merge of entities.

The official client spends most of the time of a large read on merging entities into its session; here the same
operations are posted and what came is handed back, so that one request reads or writes thousands of entities.
Components, locations and the event hub stay the official client's business: :meth:`Ftrack.session`.
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
