"""Which names may become folders and files: those that Linux, macOS and Windows all hold as they are.

One rule for every name: it is taken as it is, or it is refused with one sentence. Nothing is made safe silently, since
two names that are made safe may become one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from callboard.errors import Refused

#: What one folder or file may be called at most, in bytes of UTF-8 (the limit of ext4, XFS, APFS and NTFS).
MOST_BYTES = 255

_SHOWN = 60
_SEPARATORS = "/\\"
_NOT_ON_WINDOWS = '<>:"|?*'
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{device}{digit}" for device in ("com", "lpt") for digit in "123456789¹²³"
}


@lru_cache(maxsize=4096)
def why_not(name: str) -> str | None:
    """Return why *name* cannot be one folder's or file's name, or None when it can."""
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
            yield f"Windows allows no {character}"
    if name.endswith((".", " ")):
        yield f"it ends with a {'dot' if name.endswith('.') else 'space'}"
    if name.partition(".")[0].rstrip().lower() in _DEVICES:
        yield "Windows reserves it for a device"
    if len(name.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        yield f"it is longer than {MOST_BYTES} bytes"


def checked(name: str | None, what: str) -> str:
    """Return the name itself, when it can be a folder's or file's.

    Args:
        name: A name as ftrack has it.
        what: What has the name, such as ``shot``, for the message.

    Raises:
        Refused: It cannot.
    """
    reason = why_not(name or "")
    if reason:
        shown = name or ""
        shown = f"{shown[:_SHOWN]}…" if len(shown) > _SHOWN else shown
        raise Refused(f"The name of the {what}, {shown!r}, cannot be a folder or file: {reason}; rename it.")
    return str(name)


def fold(name: str) -> str:
    """Return what two names have in common that some file systems take for one: ``SH010`` and ``sh010``."""
    return unicodedata.normalize("NFC", name).casefold()


class Names:
    """The names in a folder, as they were read and as far as they were added since."""

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
        """Remember one more."""
        self._names.add(name)
        self._folded.setdefault(fold(name), name)

    def discard(self, name: str) -> None:
        """Forget one, if it is known."""
        self._names.discard(name)
        if self._folded.get(fold(name)) == name:
            del self._folded[fold(name)]

    def twin(self, name: str) -> str | None:
        """Return a name here that is another one, but that some file systems take for *name*."""
        twin = self._folded.get(fold(name))
        return twin if name not in self._names else None
