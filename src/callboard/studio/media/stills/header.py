"""The header of a still: its size as shown, its layers, its rate, and the meaning of its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from callboard.errors import Refused
from callboard.studio.media.stills.files import opened
from callboard.studio.media.stills.layers import Layer, choose_layer, list_layers

if TYPE_CHECKING:
    import OpenImageIO

#: Pixels of a side of the picture, and of all that is stored around it, at most.
_LARGEST, _LARGEST_STORED = 16384, 32768
_SMALLEST = 2
#: Pixels wider than this, or narrower than its inverse, are not of a lens but of a broken header.
_WIDEST = 4
#: Exif's numbers for pictures that lie on their side.
_LYING = {5, 6, 7, 8}
_LINEAR, _LOG = {"openexr", "hdr"}, {"dpx", "cineon"}
_FLOATING = {"half", "float", "double"}
#: Formats whose other parts are pages, thumbnails or a painting's layers: the first part is the picture.
_SEVERAL_PARTS = {"openexr"}
#: Attributes that hold frames per second, as OpenImageIO names them, surest first.
_RATES = ("FramesPerSecond", "framesPerSecond", "dpx:FrameRate", "dpx:TemporalFrameRate")


@dataclass(frozen=True)
class Still:
    """A still's picture, before it is read.

    Attributes:
        width: Pixels across as shown: upright, with square pixels.
        height: Lines as shown.
        stored: Width and height of the display window, as stored.
        orientation: How it lies, as Exif numbers it: 1 is upright.
        layer: The channels that are read.
        layers: All layers that the file has.
        rate: Frames per second as the header has them, if it does.
        kind: What its values are by the nature of the format.
        space: Name of the colour space that the header gives, or empty.
    """

    width: int
    height: int
    stored: tuple[int, int]
    orientation: int
    layer: Layer
    layers: tuple[Layer, ...]
    rate: Fraction | float | None
    kind: Literal["linear", "log", "display"]
    space: str


def read_header(path: str, layer: str = "") -> Still:
    """Look at a still.

    Args:
        path: The file.
        layer: Name of the layer to show; empty: the one that people mean, see :func:`choose_layer`.

    Raises:
        Refused: It cannot be read, has no such layer, or nothing in it is a picture.
    """
    with opened(path) as image:
        specs = _parts(image)
        layers = _layers(image, specs)
        chosen = choose_layer(layers, layer, path)
        spec = specs[chosen.part]
        stored = check_size(path, spec)
        width, height = stored
        aspect = spec.get_float_attribute("PixelAspectRatio", 1.0)
        if 1 / _WIDEST <= aspect <= _WIDEST:
            width = max(1, round(width * Fraction(aspect).limit_denominator(10_000)))
        orientation = spec.get_int_attribute("Orientation", 1)
        if orientation in _LYING:
            width, height = height, width
        return Still(
            width=width,
            height=height,
            stored=stored,
            orientation=orientation,
            layer=chosen,
            layers=tuple(layers),
            rate=_rate(spec),
            kind=_kind(image, spec),
            space=spec.get_string_attribute("colorInteropID"),
        )


def _parts(image: OpenImageIO.ImageInput) -> list[OpenImageIO.ImageSpec]:
    specs = [image.spec(0, 0)]
    if image.format_name() in _SEVERAL_PARTS:
        while image.seek_subimage(len(specs), 0):
            specs.append(image.spec(len(specs), 0))
        image.geterror()  # that there are no more is not an error
    return specs


def _layers(image: OpenImageIO.ImageInput, specs: Sequence[OpenImageIO.ImageSpec]) -> list[Layer]:
    if image.format_name() in _SEVERAL_PARTS:
        return list_layers([(spec.get_string_attribute("oiio:subimagename"), spec.channelnames) for spec in specs])
    # In other formats the first channels are the picture, whatever they are called.
    channels = tuple(specs[0].channelnames)
    return [Layer("RGB", 0, channels[:3] if len(channels) > 2 else channels[:1], is_colour=True)]


def check_size(path: str, spec: OpenImageIO.ImageSpec) -> tuple[int, int]:
    """Return width and height of the display window.

    Raises:
        Refused: It is too small or too large to be a picture, or what is stored is.
    """
    width, height = spec.full_width or spec.width, spec.full_height or spec.height
    if not (_SMALLEST <= width <= _LARGEST and _SMALLEST <= height <= _LARGEST):
        raise Refused(f"{path} is {width}x{height}; pictures from {_SMALLEST} to {_LARGEST} pixels a side can be read.")
    if not (0 < spec.width <= _LARGEST_STORED and 0 < spec.height <= _LARGEST_STORED):
        raise Refused(f"{path} stores {spec.width}x{spec.height} pixels, which is more than can be read.")
    return width, height


def _rate(spec: OpenImageIO.ImageSpec) -> Fraction | float | None:
    for name in _RATES:
        value: Any = spec.getattribute(name)
        if isinstance(value, tuple) and len(value) == 2 and value[1]:
            return Fraction(int(value[0]), int(value[1]))
        if isinstance(value, int | float):
            return float(value)
    return None


def _kind(image: OpenImageIO.ImageInput, spec: OpenImageIO.ImageSpec) -> Literal["linear", "log", "display"]:
    name = image.format_name()
    if name in _LINEAR or str(spec.format) in _FLOATING:
        return "linear"
    return "log" if name in _LOG else "display"
