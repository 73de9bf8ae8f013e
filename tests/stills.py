"""Stills for tests, written by OpenImageIO: windows, parts, layers and headers as renderers and scanners have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO

#: Left, top, width and height.
Window = tuple[int, int, int, int]


@dataclass(frozen=True)
class Part:
    """One part of an EXR.

    Attributes:
        channels: Their names.
        values: The pixels (height, width, channels), or one value for each channel.
        data: Window that is stored.
        display: Window that is the picture; None: the same.
        kinds: Type of each channel, or of all.
        name: The part's own name.
        header: Further attributes.
        deep: Whether each pixel is one sample of a deep picture.
    """

    channels: Sequence[str] = ("R", "G", "B")
    values: Any = (0.18, 0.18, 0.18)
    data: Window = (0, 0, 64, 48)
    display: Window | None = None
    kinds: Sequence[str] = ("half",)
    name: str = ""
    header: dict[str, Any] = field(default_factory=dict)
    deep: bool = False

    @property
    def spec(self) -> OpenImageIO.ImageSpec:
        """The part as OpenImageIO writes it."""
        left, top, width, height = self.data
        spec = OpenImageIO.ImageSpec(width, height, len(self.channels), self.kinds[0])
        spec.x, spec.y = left, top
        spec.full_x, spec.full_y, spec.full_width, spec.full_height = self.display or self.data
        spec.channelnames = tuple(self.channels)
        if len(self.kinds) > 1:
            spec.channelformats = tuple(OpenImageIO.TypeDesc(kind) for kind in self.kinds)
        if self.name:
            spec.attribute("oiio:subimagename", self.name)
        for name, value in self.header.items():
            if name.startswith("tile_"):
                setattr(spec, name, value)
            elif isinstance(value, tuple) and len(value) == 3:
                spec.attribute(name, OpenImageIO.TypeDesc(value[0]), value[1:])
            else:
                spec.attribute(name, value)
        spec.deep = self.deep
        return spec

    @property
    def pixels(self) -> np.ndarray:
        """The values of each pixel."""
        shape = (self.data[3], self.data[2], len(self.channels))
        return np.ascontiguousarray(np.broadcast_to(np.array(self.values, np.float32), shape))


def write(path: Path, *parts: Part) -> Path:
    """Write a still of one part or several; without any of 18 % grey."""
    parts = parts or (Part(),)
    output: Any = OpenImageIO.ImageOutput.create(str(path))
    specs = [part.spec for part in parts]
    assert output.open(str(path), specs[0] if len(parts) == 1 else tuple(specs)), output.geterror()
    for place, part in enumerate(parts):
        if place:
            assert output.open(str(path), specs[place], "AppendSubimage"), output.geterror()
        if part.deep:
            assert output.write_deep_image(_samples(part)), output.geterror()
        else:
            assert output.write_image(part.pixels), output.geterror()
    output.close()
    return path


def _samples(part: Part) -> OpenImageIO.DeepData:
    deep = OpenImageIO.DeepData()
    deep.init(part.spec)
    for pixel, values in enumerate(part.pixels.reshape(-1, len(part.channels))):
        deep.set_samples(pixel, 1)
        for channel, value in enumerate(values):
            deep.set_deep_value(pixel, channel, 0, float(value))
    return deep


def write_sequence(folder: Path, numbers: Sequence[int], name: str = "shot.%04d.exr", part: Part | None = None) -> Path:
    """Write frames whose grey grows with their place; return the path with the pattern in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for place, number in enumerate(numbers):
        write(folder / (name % number), part or Part(values=(0.05 * (place + 1),) * 3))
    return folder / name
