"""Damaged media: small whole files of each kind, what may happen to their bytes, and what must not come of it."""

from __future__ import annotations

import random
import re
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from tests import media, stills

from callboard.errors import Refused
from callboard.studio.media import apart

#: Seconds that a small file may take, and bytes of memory that its process may have had.
PATIENCE, MEMORY = 30.0, 2 << 30
#: Words of exceptions, which no person should read.
_RAW = re.compile(r"\b\w+(?:Error|Exception)\b|Errno|Traceback|0x[0-9a-f]{6}|avcodec_|the log has more")
_SIZE = (64, 48)


def _still(path: Path, kind: str = "uint8", channels: str = "RGB", tile: int = 0, **header: str | int) -> Path:
    """Write noise with OpenImageIO, which compresses to something worth damaging."""
    values = np.random.default_rng(1).random((_SIZE[1], _SIZE[0], len(channels)), np.float32)
    tiles = {"tile_width": tile, "tile_height": tile} if tile else {}
    return stills.write(path, stills.Part(tuple(channels), values, kinds=(kind,), header=header | tiles))


def _psd(path: Path) -> Path:
    """Write a Photoshop document of one flat picture."""
    pixels = np.random.default_rng(1).integers(0, 255, (3, *_SIZE[::-1]), np.uint8)
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, _SIZE[1], _SIZE[0], 8, 3)
    path.write_bytes(header + bytes(12) + struct.pack(">H", 0) + pixels.tobytes())
    return path


def _wav(path: Path) -> Path:
    path.write_bytes(
        struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 1036, b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", 1000)
        + bytes(1000)
    )
    return path


_movie = partial(media.movie, frames=8, size=_SIZE, sound=True)
#: Whole files by their ending; several where the format keeps pictures in ways that are unlike each other.
KINDS: dict[str, list[Callable[[Path], Path]]] = {
    ".mov": [
        _movie,
        partial(_movie, codec="prores_ks", pixels="yuv422p10le"),
        partial(_movie, codec="qtrle", pixels="rgb24"),
    ],
    ".mp4": [
        partial(_movie, codec="libx264"),
        partial(_movie, codec="libx265", encoder={"x265-params": "log-level=error"}),
    ],
    ".mkv": [partial(_movie, codec="libx264"), partial(_movie, codec="ffv1"), partial(_movie, codec="libvpx-vp9")],
    ".mxf": [
        partial(_movie, codec="mpeg2video", voice=("pcm_s16le", 48_000)),
        partial(_movie, codec="jpeg2000", voice=("pcm_s16le", 48_000)),
    ],
    ".avi": [
        _movie,
        partial(_movie, codec="huffyuv", pixels="yuv422p"),
        partial(_movie, codec="mjpeg", pixels="yuvj420p"),
    ],
    ".ts": [partial(_movie, codec="libx264"), partial(_movie, codec="mpeg2video", voice=("mp2", 48_000))],
    ".exr": [
        partial(_still, kind="half", compression="zip"),
        partial(_still, kind="half", compression="dwaa"),
        partial(_still, kind="float", compression="piz", tile=32),
        partial(_still, kind="half", compression="b44", channels="RGBA"),
    ],
    ".dpx": [partial(_still, kind="uint16"), _still],
    ".tif": [
        partial(_still, compression="lzw"),
        partial(_still, kind="uint16", compression="zip", tile=32),
        partial(_still, kind="float", compression="none"),
        partial(_still, compression="jpeg"),
    ],
    ".jpg": [_still],
    ".png": [_still, partial(_still, kind="uint16", channels="RGBA")],
    ".psd": [_psd],
    ".webp": [_still, partial(_still, compression="lossless")],
    ".jxl": [_still],
    ".jp2": [_still],
    ".hdr": [partial(_still, kind="float")],
    ".wav": [_wav],
}


def damaged(whole: bytes, chance: random.Random) -> bytes:
    """Return a file's bytes after something has happened to them."""
    content = bytearray(whole)
    harm = chance.choice((_flip, _flip_header, _replace, _cut, _cut_out, _grow, _repeat, _blank))
    harm(content, chance)
    return bytes(content)


def _flip(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 2, 5, 50))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def _flip_header(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 2, 5))):
        content[chance.randrange(min(len(content), 600))] = chance.randrange(256)


def _replace(content: bytearray, chance: random.Random) -> None:
    """Put a number that nobody expects where another one may be: in the header, or an index at the end."""
    place = chance.choice((chance.randrange(min(len(content), 2000)), chance.randrange(len(content))))
    number = chance.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF, 16_384))
    content[place : place + 4] = struct.pack(chance.choice("<>") + "I", number)


def _cut(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


def _cut_out(content: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(content))
    del content[start : start + chance.choice((1, 4, 188, 1000))]


def _grow(content: bytearray, chance: random.Random) -> None:
    place = chance.choice((len(content), chance.randrange(len(content))))
    content[place:place] = chance.randbytes(chance.choice((1, 4, 500, 100_000)))


def _repeat(content: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(content))
    content[start:start] = content[start : start + chance.choice((8, 188, 2000))]


def _blank(content: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(content))
    length = len(content[start : start + chance.choice((4, 64, 4000))])
    content[start : start + length] = bytes(length)


@dataclass(frozen=True)
class Outcome:
    """What came of one file.

    Attributes:
        kind: ``works``, ``refused`` or ``crashed``.
        sentence: What a person reads.
        wrong: What should not be; empty: nothing.
        seconds: How long it took.
        memory: Bytes that the process which read it, and perhaps others before, has had at most; 0 if it has ended.
    """

    kind: str
    sentence: str
    wrong: str
    seconds: float
    memory: int


def try_file(path: Path) -> Outcome:
    """Look at a file and encode it, in a process apart."""
    kind, sentence, wrong = "works", "", ""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="callboard-damage-") as folder:
        try:
            apart.make_reviewable(apart.probe(str(path), [str(path.parent)]), Path(folder))
        except Refused as refused:
            sentence = str(refused)
            kind = "crashed" if "crashes the decoder" in sentence or "no progress" in sentence else "refused"
            wrong = _fault(path, sentence)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            kind, wrong = "crashed", f"{type(error).__name__} reached the caller: {error}"
    seconds, memory = time.monotonic() - begun, _peak_memory()
    if seconds > PATIENCE:
        wrong = wrong or f"it took {seconds:.0f} s"
    if memory > MEMORY:
        wrong = wrong or f"it took {memory >> 20} MB"
        apart.end_idle()
    return Outcome(kind, sentence, wrong, seconds, memory)


def _peak_memory() -> int:
    """Return the bytes that the process which had the last call has had at most, as Linux counts them."""
    for child in apart._idle[-1:]:
        with suppress(OSError):
            lines = Path(f"/proc/{child._process.pid}/status").read_text().splitlines()
            return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:")), 0)
    return 0


def _fault(path: Path, sentence: str) -> str:
    """Return what is wrong with a refusal; empty: nothing."""
    if path.name not in sentence and "files are not supported" not in sentence:
        return f"it does not name the file: {sentence}"
    if "\n" in sentence or not sentence.endswith(".") or _RAW.search(sentence):
        return f"it is not one plain sentence: {sentence}"
    return ""


def files(kind: str, folder: Path, seed: int) -> Iterator[Path]:
    """Yield damaged files of a kind without end, each in the place of the one before.

    Args:
        kind: An ending, of :data:`KINDS`.
        folder: Where they lie.
        seed: Chooses the damage.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wholes = [make(folder / f"whole{place}{kind}").read_bytes() for place, make in enumerate(KINDS[kind])]
    chance = random.Random(f"{seed} {kind}")  # noqa: S311 - damage need not be secret
    path = folder / f"damaged{kind}"
    while True:
        path.write_bytes(damaged(chance.choice(wholes), chance))
        yield path
