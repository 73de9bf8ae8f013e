"""The rules for names of folders and files: Linux, macOS and Windows must all be able to store them unchanged.

A name is either used unchanged or refused with one sentence. Nothing is silently made safe, because two different
names could become one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from callboard.errors import Refused

#: The maximum length of a name, in bytes of UTF-8 (the limit of ext4, XFS, APFS and NTFS).
MOST_BYTES = 255

_SHOWN = 60
_SEPARATORS = "/\\"
_NOT_ON_WINDOWS = '<>:"|?*'
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{device}{digit}" for device in ("com", "lpt") for digit in "123456789¹²³"
}


@lru_cache(maxsize=4096)
def why_not(name: str) -> str | None:
    """Return why *name* cannot be the name of a folder or file, or None if it can."""
    return next(_reasons(name), None)


def _reasons(name: str) -> Iterator[str]:
    if not name:
        yield "it is empty"
    if name in {".", ".."}:
        yield "it means another folder"
    for character in name:
        if character in _SEPARATORS:
            yield f"{character} separates folders"
        if unicodedata.category(character) in {"Cc", "Cs"}:
            yield "it has a control character"
        if character in _NOT_ON_WINDOWS:
            yield f"Windows does not allow {character}"
    if name.endswith((".", " ")):
        yield f"it ends with a {'dot' if name.endswith('.') else 'space'}"
    if name.partition(".")[0].rstrip().lower() in _DEVICES:
        yield "Windows reserves it for a device"
    if len(name.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        yield f"it is longer than {MOST_BYTES} bytes"


def check_name(name: str | None, what: str) -> str:
    """Return the name itself if it can be the name of a folder or file.

    Args:
        name: A name from ftrack.
        what: The kind of thing that has the name, such as ``shot``, for the message.

    Raises:
        Refused: It cannot be a name.
    """
    reason = why_not(name or "")
    if reason:
        shown = name or ""
        shown = f"{shown[:_SHOWN]}…" if len(shown) > _SHOWN else shown
        raise Refused(f"The name of the {what}, {shown!r}, cannot be a folder or file: {reason}; rename it.")
    return str(name)


def fold(name: str) -> str:
    """Return the form in which names that some file systems treat as equal are equal: ``SH010`` and ``sh010``."""
    return unicodedata.normalize("NFC", name).casefold()


class Names:
    """The names in a folder: those that were read, and those added since."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._folded: dict[str, str] = {}
        self._names: set[str] = set()
        for name in names:
            self.add(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def add(self, name: str) -> None:
        """Add a name."""
        self._names.add(name)
        self._folded.setdefault(fold(name), name)

    def discard(self, name: str) -> None:
        """Remove a name if it is here."""
        self._names.discard(name)
        if self._folded.get(fold(name)) == name:
            del self._folded[fold(name)]

    def twin(self, name: str) -> str | None:
        """Return a different name that some file systems treat as equal to *name*, or None."""
        twin = self._folded.get(fold(name))
        return twin if name not in self._names else None
