"""Whether stills are whole, where FFmpeg shows what is missing of them as black or grey instead of saying so."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_EXR = b"\x76\x2f\x31\x01"
_TILED, _SEVERAL_PARTS = 0x200, 0x1000


def is_whole(path: Path) -> bool:
    """Return whether an EXR or a JPEG is complete to its end; files of other kinds are left to the decoder."""
    with path.open("rb") as file:
        start = file.read(4)
        if start == _EXR:
            return _is_whole_exr(file, path.stat().st_size)
        if start[:2] == b"\xff\xd8":
            return _is_whole_jpeg(file)
    return True


def _is_whole_exr(file: BinaryIO, size: int) -> bool:
    """Return whether every block of lines or tiles lies within the file; one that was never written is at 0."""
    try:
        flags = _number(file, "I")
        while _skip_header(file):
            if not flags & _SEVERAL_PARTS:
                break
        blocks = _table(file)
        if not blocks or min(blocks) == 0:
            return False
        # Before a block: the part's number, the tile's place in four numbers or the line, and the length.
        file.seek(max(blocks) + (4 if flags & _SEVERAL_PARTS else 0) + (16 if flags & _TILED else 4))
        return _number(file, "i") + file.tell() <= size
    except struct.error:
        return False


def _skip_header(file: BinaryIO) -> bool:
    """Pass over the attributes of one part; False when there is none more."""
    any_attribute = False
    while _text(file):
        any_attribute = True
        _text(file)
        file.seek(_number(file, "i"), 1)
    return any_attribute


def _table(file: BinaryIO) -> list[int]:
    """Return where the blocks begin: the table ends where the first of them lies."""
    start, first = file.tell(), None
    blocks: list[int] = []
    while first is None or start + 8 * len(blocks) < first:
        blocks.append(_number(file, "Q"))
        if blocks[-1]:
            first = min(blocks[-1], first or blocks[-1])
        elif first is None:
            break
    return blocks


def _text(file: BinaryIO) -> bytes:
    text = b""
    while (character := file.read(1)) not in {b"\0", b""}:
        text += character
    return text


def _number(file: BinaryIO, kind: str) -> int:
    form = f"<{kind}"
    [number] = struct.unpack(form, file.read(struct.calcsize(form)))
    return int(number)


def _is_whole_jpeg(file: BinaryIO) -> bool:
    """Return whether an end follows the picture; a thumbnail in the header has an end of its own."""
    file.seek(2)
    try:
        while True:
            marker, length = struct.unpack(">HH", file.read(4))
            if marker == 0xFFDA:
                return b"\xff\xd9" in file.read()
            file.seek(length - 2, 1)
    except struct.error:
        return False
