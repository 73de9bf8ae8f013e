"""Movies, stills and sequences for tests: small, and awkward on purpose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.filter import Graph

NTSC_FILM = Fraction(24000, 1001)


def movie(
    path: Path,
    *,
    frames: int = 12,
    size: tuple[int, int] = (64, 48),
    rate: Fraction | int = 24,
    codec: str = "mpeg4",
    pixels: str = "yuv420p",
    sound: bool = False,
    sound_at: Fraction | int = 0,
    sound_for: Fraction | int = 0,
    rotation: int = 0,
    timecode: str = "",
    times: Sequence[Fraction] | None = None,
    clock: int = 600,
    options: dict[str, str] | None = None,
    encoder: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    aspect: Fraction | int = 1,
    voice: tuple[str, int] = ("aac", 48_000),
) -> Path:
    """Write a movie whose picture gets brighter from frame to frame.

    Args:
        path: Where; the ending chooses the container.
        frames: How many.
        size: Width and height.
        rate: Frames per second.
        codec: FFmpeg's name of the encoder.
        pixels: FFmpeg's name of the pixel format.
        sound: Whether there is a tone as long as the picture.
        sound_at: Seconds at which the tone begins.
        sound_for: Seconds that it lasts, if not as long as the picture.
        rotation: Degrees that players are told to turn it counterclockwise.
        timecode: Of the first frame.
        times: Seconds at which each frame is shown, for a variable rate; *frames* is then their count.
        clock: How often a second *times* can be, for a variable rate.
        options: Of the container.
        encoder: Options of the encoder.
        metadata: Of the container.
        aspect: Width of a pixel by its height.
        voice: FFmpeg's name of the tone's encoder, and samples per second.
    """
    with av.open(str(path), "w", options=options or {}) as target:
        target.metadata.update(metadata or {})
        if timecode:
            target.metadata["timecode"] = timecode
        quality = {"qscale": "2"} if codec == "mpeg4" else {}
        stream = target.add_stream(codec, rate=rate, options=quality | (encoder or {}))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = (*size, pixels)
        if times is not None:
            stream.codec_context.time_base = Fraction(1, clock)
        if aspect != 1:
            stream.codec_context.sample_aspect_ratio = Fraction(aspect)
        if rotation:
            stream.set_display_rotation(rotation)
        tone = target.add_stream(voice[0], rate=voice[1], layout="stereo") if sound else None
        for number in range(len(times) if times is not None else frames):
            frame = picture(size, number).reformat(format=pixels)
            frame.pts = round(times[number] * clock) if times is not None else number
            frame.time_base = Fraction(1, clock) if times is not None else 1 / Fraction(rate)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
        if tone is not None:
            assert isinstance(tone, av.AudioStream)
            target.mux(tone.encode(_tone(tone, Fraction(sound_for or frames / Fraction(rate)), Fraction(sound_at))))
            target.mux(tone.encode(None))
    return path


def sound(path: Path) -> Path:
    """Write a file of a second of sound without any picture."""
    with av.open(str(path), "w") as target:
        tone = target.add_stream("aac", rate=48_000, layout="stereo")
        target.mux(tone.encode(_tone(tone, Fraction(1), Fraction(0))))
        target.mux(tone.encode(None))
    return path


def interlaced(
    path: Path,
    codec: str,
    pixels: str,
    *,
    top: bool,
    marked: bool = True,
    size: int = 96,
    encoder: dict[str, str] | None = None,
) -> Path:
    """Write eight frames of a bar that moves by six pixels from field to field.

    Args:
        path: Where; the ending chooses the container.
        codec: FFmpeg's name of the encoder.
        pixels: FFmpeg's name of the pixel format.
        top: Whether the upper line of each pair is the earlier one.
        marked: Whether the file says that it is interlaced.
        size: Pixels of each side.
        encoder: Options of the encoder.
    """
    with av.open(str(path), "w") as target:
        stream = target.add_stream(codec, rate=25, options=encoder or (WOVEN if marked else {}))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = size, size, pixels
        if marked:
            stream.codec_context.field_order = 2 if top else 3
        for frame in woven(size, pixels, top=top, marked=marked):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return path


def mixed(path: Path) -> Path:
    """Write eight whole frames of lines that are meant, and eight interlaced ones of a bar that moves."""
    lines = np.full((96, 96, 3), 60, np.uint8)
    lines[::2] = 230
    whole = [av.VideoFrame.from_ndarray(lines, format="rgb24").reformat(format="yuv420p") for _ in range(8)]
    with av.open(str(path), "w") as target:
        stream = target.add_stream("mpeg2video", rate=25)
        for start, frames, options in ((0, whole, {}), (8, woven(96, "yuv420p", top=True), WOVEN)):
            encoder = av.CodecContext.create("mpeg2video", "w")
            assert isinstance(encoder, av.VideoCodecContext)
            encoder.width, encoder.height, encoder.pix_fmt = 96, 96, "yuv420p"
            encoder.framerate, encoder.time_base, encoder.options = Fraction(25), Fraction(1, 25), options
            for frame in [*frames, None]:
                for packet in encoder.encode(frame):
                    assert packet.pts is not None
                    packet.stream = stream
                    packet.pts = packet.dts = packet.pts + start
                    target.mux(packet)
    return path


#: Options of an encoder of interlaced pictures.
WOVEN = {"flags": "+ildct+ilme"}


def woven(size: int, pixels: str, *, top: bool, marked: bool = True) -> Iterator[av.VideoFrame]:
    """Eight pictures of two fields, in the later of which a bar has moved on by six pixels."""
    graph = Graph()
    source = graph.add_buffer(width=size, height=size, format=av.VideoFormat("rgb24"), time_base=Fraction(1, 25))
    order = graph.add("setfield", ("tff" if top else "bff") if marked else "prog")
    graph.link_nodes(source, order, graph.add("buffersink")).configure()
    for number in range(8):
        fields = [np.full((size // 2, size, 3), 60, np.uint8) for _ in range(2)]
        for each, field in enumerate(fields):
            left = 8 + 12 * number % 72 + 6 * each
            field[:, left : left + 12] = 230
        lines = np.stack(fields if top else fields[::-1], 1).reshape(size, size, 3)
        frame = av.VideoFrame.from_ndarray(lines, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, 25)
        graph.vpush(frame)
        yield graph.vpull().reformat(format=pixels)


def combs(frame: av.VideoFrame) -> float:
    """How much each line differs from the two around it: about 0 but where two moments are woven together."""
    lines = frame.to_ndarray(format="gray").astype(int)
    return float(np.abs(2 * lines[1:-1] - lines[:-2] - lines[2:]).mean())


def left_edge(frame: av.VideoFrame) -> int:
    """Where the bright bar begins on the line in the middle."""
    return int(np.argmax(frame.to_ndarray(format="gray")[frame.height // 2] > 145))


def picture(size: tuple[int, int], number: int = 0) -> av.VideoFrame:
    """A picture whose left half is dark red and whose right half is a grey that grows with *number*."""
    width, height = size
    pixels = np.full((height, width, 3), 40 + number * 8 % 200, np.uint8)
    pixels[:, : width // 2] = (150, 0, 0)
    return av.VideoFrame.from_ndarray(pixels, format="rgb24")


def brightness(frame: av.VideoFrame) -> int:
    """How bright the middle of a frame's right half is, 0 to 255."""
    return int(frame.to_ndarray(format="gray")[frame.height // 2, frame.width * 3 // 4])


_STILLS: dict[str, tuple[str, str]] = {
    ".png": ("png", "rgb24"),
    ".jpg": ("mjpeg", "yuvj444p"),
    ".tif": ("tiff", "rgb48le"),
    ".dpx": ("dpx", "gbrp10be"),
    ".exr": ("exr", "gbrpf32le"),
}


def still(
    path: Path, *, size: tuple[int, int] = (64, 48), number: int = 0, options: dict[str, str] | None = None
) -> Path:
    """Write one picture in the format that the name's ending asks for."""
    codec, pixels = _STILLS[path.suffix]
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as target:
        stream: Any = target.add_stream(codec, rate=24, options=options or {})
        stream.width, stream.height, stream.pix_fmt = (*size, pixels)
        target.mux(stream.encode(picture(size, number).reformat(format=pixels)))
        target.mux(stream.encode(None))
    return path


def sequence(folder: Path, name: str = "shot.%04d.exr", *, first: int = 1001, frames: int = 4, **more: Any) -> Path:
    """Write an image sequence; returns its path with the pattern in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(frames):
        still(folder / (name % (first + number)), number=number, **more)
    return folder / name


def _tone(stream: av.AudioStream, seconds: Fraction, start: Fraction) -> av.AudioFrame:
    """A tone of so many seconds that begins at *start*, as the stream takes it."""
    rate = stream.rate
    wave = (np.sin(np.arange(round(rate * seconds)) * 2 * np.pi * 440 / rate) * 0.3).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
    frame.sample_rate = rate
    frame.pts = round(rate * start)
    frame.time_base = Fraction(1, rate)
    return frame
