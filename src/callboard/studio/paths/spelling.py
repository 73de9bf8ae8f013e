"""Paths as people and platforms write them, taken apart."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from urllib.parse import unquote

Platform = Literal["windows", "macos", "linux"]
#: What people call the platforms.
PLATFORM_NAMES: dict[str, str] = {"windows": "Windows", "macos": "macOS", "linux": "Linux"}
#: Folders at the root of a Mac, and nowhere else.
_MACS = frozenset({"Volumes", "Users", "Network", "System"})


@dataclass(frozen=True)
class AnyPath:
    r"""An absolute path of any platform.

    Attributes:
        root: ``/``, a drive such as ``P:``, or a server such as ``\\server``.
        names: The names below it.
    """

    root: str
    names: tuple[str, ...]

    @property
    def platform(self) -> Platform:
        """The platform that writes it like this."""
        if self.root != "/":
            return "windows"
        return "macos" if self.names and self.names[0] in _MACS else "linux"

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The part that equal paths have in common: Windows knows no case, and a Mac takes some letters apart."""
        parts = tuple(
            part if part.isascii() else unicodedata.normalize("NFC", part) for part in (self.root, *self.names)
        )
        return parts if self.root == "/" else tuple(part.casefold() for part in parts)

    @property
    def text(self) -> str:
        """It as its platform writes it."""
        if self.root == "/":
            return "/" + "/".join(self.names)
        return "\\".join([self.root, *self.names]) if self.names else f"{self.root}\\"

    def is_below(self, other: AnyPath) -> bool:
        """Return whether it is the other one, or below it."""
        return self.key[: len(other.key)] == other.key


def read_path(text: str) -> AnyPath | None:
    r"""Return the path that a text is; None if it is not absolute on any platform.

    Backslashes and slashes are equal on Windows, repeated ones count once, and a path may be written as Explorer and
    Finder copy it: in quotes, after ``\\?\``, or as ``file:`` or ``smb:`` address.
    """
    text = _plain(text)
    written = text.replace("\\", "/")
    if written[1:2] == ":" and written[0].isascii() and written[0].isalpha() and written[2:3] in {"", "/"}:
        return AnyPath(text[:2], _names(written[2:]))
    if written.startswith("//"):
        server, *names = _names(written) or ("",)
        return AnyPath(f"\\\\{server}", tuple(names)) if names else None
    return AnyPath("/", _names(text)) if text.startswith("/") else None


def read_posix(text: str) -> AnyPath | None:
    """Return the path of this server that a text is, however many slashes it begins with."""
    return AnyPath("/", _names(text)) if text.startswith("/") else None


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split("/") if name not in {"", "."})


def _plain(text: str) -> str:
    text = text.strip(" \t\r\n")
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    scheme, colon, rest = text.partition("://")
    if colon and scheme.lower() in {"file", "smb"}:
        # file:///P:/heron, file:///data/heron, file://server/share, smb://server/share
        path = unquote(rest)
        if not path.startswith("/"):
            return f"//{path}"
        return path[1:] if path[2:3] == ":" else path
    for long, short in (("\\\\?\\UNC\\", "\\\\"), ("\\\\?\\", "")):
        if text.upper().startswith(long):
            return short + text[len(long) :]
    return text
