"""The components in ftrack that hold icons."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from callboard.errors import Refused

#: Callboard's own icons.
ICONS = Path(__file__).parents[1] / "icons"


def icon_component_id(path: str) -> str:
    """Return the id of the icon's component in every ftrack; it follows from the picture, so it is uploaded once.

    Args:
        path: An image file.

    Raises:
        Refused: The file cannot be read.
    """
    try:
        return _component_id(path, Path(path).stat().st_mtime_ns)
    except OSError as error:
        raise Refused(f"The icon {path} cannot be read: {error.strerror}; correct `icons`.") from error


@lru_cache(maxsize=64)
def _component_id(path: str, _written: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"callboard:icon:{sha256(Path(path).read_bytes()).hexdigest()}"))
