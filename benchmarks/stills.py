"""An EXR sequence as a movie, with its colour transform, against reading and encoding alone."""

from __future__ import annotations

import resource
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import OpenImageIO

from callboard import media
from callboard.studio.media.movie import X264
from rows import Row

FRAMES, DIFFERENT, SIZE = 100, 10, (2048, 1080)
LONG, LONG_SIZE = 10_000, (256, 144)
RATE = Fraction(24)
COLOUR = media.ColourSettings("ocio://default", ((".exr", "ACEScg"),))


def measure(folder: Path) -> list[Row]:
    """Encode 2K sequences in both compressions that studios use most, and a long one of small frames."""
    return [*(_speed(folder / name, name) for name in ("zip", "dwaa")), _memory(folder / "long")]


def _speed(folder: Path, compression: str) -> Row:
    _write(folder, FRAMES, SIZE, compression)
    started = time.perf_counter()
    _alone(folder)
    alone = time.perf_counter() - started
    started = time.perf_counter()
    found = media.probe(f"{folder}/shot.####.exr", [str(folder)], colour=COLOUR)
    media.make_reviewable(found, folder)
    ours = time.perf_counter() - started
    return Row(
        f"{FRAMES} frames of 2K half-float EXR ({compression.upper()}) to MP4, against OpenImageIO and PyAV alone",
        f"{ours / alone:.2f} x ({ours:.1f} s : {alone:.1f} s)",
        "<= 1.30 x",
        ours <= 1.3 * alone,
        "ours shows ACEScg through ACES 2.0, baked once, and reads ahead; theirs clips the light and reads in turn",
    )


def _memory(folder: Path) -> Row:
    _write(folder, LONG, LONG_SIZE, "zip")
    found = media.probe(f"{folder}/shot.#####.exr", [str(folder)], colour=COLOUR)
    peaks: list[int] = []

    def watch(done: int) -> None:
        if done in {LONG // 10, LONG}:
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    media.make_reviewable(found, folder, watch=watch)
    grown = (peaks[1] - peaks[0]) / 1024
    return Row(f"memory from frame {LONG // 10:,} to {LONG:,}", f"+{grown:.1f} MB", "< 10 MB", grown < 10)


def _write(folder: Path, count: int, size: tuple[int, int], compression: str) -> None:
    """Write different frames of light with grain, and link them for the rest of the length."""
    folder.mkdir()
    width, height = size
    digits = len(str(count))
    random = np.random.default_rng(1)
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    for number in range(DIFFERENT):
        light = np.stack([x * 4, (1 - y) + number / DIFFERENT, x * y], -1)
        light *= 1 + 0.05 * random.standard_normal((height, width, 1))
        path = folder / f"shot.{number:0{digits}d}.exr"
        spec = OpenImageIO.ImageSpec(width, height, 3, "half")
        spec.attribute("compression", compression)
        output = OpenImageIO.ImageOutput.create(str(path))
        assert output is not None
        assert output.open(str(path), spec)
        assert output.write_image(light.astype(np.float32))
        output.close()
        for more in range(number + DIFFERENT, count, DIFFERENT):
            (folder / f"shot.{more:0{digits}d}.exr").hardlink_to(path)


def _alone(folder: Path) -> None:
    with av.open(str(folder / "alone.mp4"), "w", options={"movflags": "+faststart"}) as target:
        stream = target.add_stream("libx264", rate=RATE, options=dict(X264))
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.gop_size = round(RATE)
        for number, path in enumerate(sorted(folder.glob("*.exr"))):
            image = OpenImageIO.ImageInput.open(str(path))
            assert image is not None
            pixels = image.read_image(0, 0, 0, 3, "uint8")
            image.close()
            assert pixels is not None
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame = frame.reformat(format="yuv420p")
            frame.pts, frame.time_base = number, 1 / RATE
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
