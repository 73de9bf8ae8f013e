"""Opening of stills, with one sentence about a file that cannot be read."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, BinaryIO

from callboard.errors import Refused

if TYPE_CHECKING:
    import OpenImageIO

_log = logging.getLogger(__name__)

#: How the files of the formats begin that can be read.
_BEGINNINGS = (
    *(b"\x76\x2f\x31\x01", b"\x89PNG", b"\xff\xd8", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"SDPX", b"XPDS"),
    *(b"\x80\x2a\x5f\xd7", b"\xd7\x5f\x2a\x80", b"#?R", b"\xff\x0a", b"\0\0\0\x0cJXL", b"\0\0\0\x0cjP"),
    *(b"\xff\x4f\xff", b"RIFF", b"8BPS", b"BM"),
)
#: A PNG's last chunk: where it is missing, the file was not written in full, although all pixels may be there.
_PNG, _PNG_END = b"\x89PNG", b"IEND\xae\x42\x60\x82"
#: What OpenImageIO and the libraries below it say when the end of a file is missing.
_CUT = re.compile(
    r"missing or corrupted|end of file|premature|bad_header|fail\w* to read|read error|implausible|truncat|too short|"
    r"unexpected",
    re.IGNORECASE,
)
#: Bytes that some programs leave behind a picture.
_TRAILER = 4096
#: What they say about pictures that are kept in a way that they do not know.
_UNKNOWN = re.compile(r"not supported|unsupported|unknown|not implemented", re.IGNORECASE)


@contextmanager
def opened(path: str) -> Iterator[OpenImageIO.ImageInput]:
    """Open a still.

    Raises:
        Refused: It is not an image, or its header is damaged.
    """
    import OpenImageIO

    try:
        with open(path, "rb") as file:  # noqa: PTH123 - thousands of frames
            beginning = file.read(8)
            is_cut = beginning.startswith(_PNG) and not _ends_with(file, _PNG_END)
    except PermissionError as error:
        raise Refused(f"{path} may not be read by the user that Callboard runs as.") from error
    except FileNotFoundError as error:
        raise Refused(f"{path} disappeared while it was being read.") from error
    if not beginning.startswith(_BEGINNINGS) and not path.lower().endswith((".tga", ".hdr")):
        what = "is empty" if not beginning else "is something else"
        raise Refused(f"{path} is not an image that can be read: it {what}, cut off, or not yet written in full.")
    try:
        image = None if is_cut else OpenImageIO.ImageInput.open(path)
        if image is None:
            raise Refused(explain(path, OpenImageIO.geterror()))
        with closing(image):
            yield image
    except UnicodeDecodeError as error:
        raise Refused(
            f"{path} has names in its header that are not UTF-8; it is damaged, or has to be saved again."
        ) from error


def _ends_with(file: BinaryIO, end: bytes) -> bool:
    """Return whether a file ends with these bytes, with little or nothing behind them."""
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - _TRAILER))
    return end in file.read()


def explain(path: str, message: str) -> str:
    """Return one sentence about a file that cannot be read.

    Args:
        path: The file.
        message: What OpenImageIO says about it, in a line or several.
    """
    _log.info("OpenImageIO on %s: %s", path, message.replace("\n", "; "))
    line = message.strip().partition("\n")[0].replace(path, "").replace(f'"{os.path.basename(path)}"', "")  # noqa: PTH119 - it is only text
    if _UNKNOWN.search(line) and not _CUT.search(line):
        return f"{path} is stored in a way that cannot be read ({line.strip(' .:')}); save it in another way."
    return f"{path} is damaged, cut off, or not yet written in full."
