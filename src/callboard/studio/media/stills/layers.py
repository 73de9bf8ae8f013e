"""The layers of a file, and which of them is the picture that people mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from callboard.errors import Refused

#: What the three channels of a colour are called, behind a layer's name and a dot.
_COLOURS = (("r", "g", "b"), ("red", "green", "blue"))
_LUMINANCE = {"y", "l", "i", "luminance", "gray", "grey"}
#: The layer of channels that belong to none.
_PLAIN = "RGB"
#: Names of layers that hold the whole picture, where none is plain.
_BEAUTY = ("beauty", "combined", "rgba", "rgb")
#: Words in names of layers that hold data rather than colour.
_DATA = {
    *("z", "depth", "deep", "zdepth", "id", "ids", "crypto", "cryptomatte", "n", "normal", "normals", "motion"),
    *(
        "vector",
        "vectors",
        "velocity",
        "mv",
        "forward",
        "backward",
        "p",
        "position",
        "pos",
        "pref",
        "world",
        "uv",
        "uvs",
    ),
    *(
        "st",
        "stmap",
        "matte",
        "mattes",
        "mask",
        "masks",
        "puzzle",
        "disparity",
        "tangent",
        "tangents",
        "curvature",
        "rest",
    ),
    *("facing", "barycentric", "pworld", "wpp", "ppp", "nn", "np", "objectid", "materialid", "puzzlematte"),
}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@dataclass(frozen=True)
class Layer:
    """Channels of one part of a file that make a picture.

    Attributes:
        name: What people choose it by.
        part: The place of its part in the file, from 0.
        channels: Names of its red, green and blue, or of the one channel that stands for all three.
        is_colour: Whether it is to be looked at: not depth, ids, normals or motion.
    """

    name: str
    part: int
    channels: tuple[str, ...]
    is_colour: bool


def list_layers(parts: Sequence[tuple[str, Sequence[str]]]) -> list[Layer]:
    """Return the layers of a file, in its order.

    Args:
        parts: For each part its name, which may be empty, and its channels.
    """
    found: list[Layer] = []
    names: set[str] = set()
    for place, (part, channels) in enumerate(parts):
        plain = part if len(parts) > 1 and part else _PLAIN
        for prefix, members in _group(channels).items():
            for layer in _layers_of(prefix or plain, f"{part}.{prefix}", place, members):
                name = layer.name if layer.name not in names else f"{part or place + 1}.{layer.name}"
                while name in names:
                    name += "'"
                names.add(name)
                found.append(replace(layer, name=name))
    return found


def _group(channels: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return for each layer's name its channels: what they are there, in lower case, and their whole name."""
    groups: dict[str, dict[str, str]] = {}
    for channel in channels:
        prefix, _, own = channel.rpartition(".")
        groups.setdefault(prefix, {}).setdefault(own.lower(), channel)
    return groups


def _layers_of(name: str, full_name: str, part: int, members: dict[str, str]) -> list[Layer]:
    is_data = not _DATA.isdisjoint(_words(full_name))
    rest = dict(members)
    found = [
        Layer(name, part, tuple(rest.pop(each) for each in colours), not is_data)
        for colours in _COLOURS
        if rest.keys() >= set(colours)
    ]
    light = [each for each in rest if each in _LUMINANCE]
    if not found and light and rest.keys() <= {light[0], "a", "alpha", "ry", "by"}:
        found.append(Layer(name, part, (rest.pop(light[0]),), not is_data))
    elif not found and len(members) == 1 and "r" in members:
        found.append(Layer(name, part, (rest.pop("r"),), not is_data))
    if {"a", "alpha"} & rest.keys() and found:
        rest = {own: channel for own, channel in rest.items() if own not in {"a", "alpha"}}
    if len(rest) == 3 and not found:
        return [Layer(name, part, tuple(rest.values()), is_colour=False)]
    return found + [Layer(channel, part, (channel,), is_colour=False) for channel in rest.values()]


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}


def choose_layer(layers: Sequence[Layer], wanted: str, path: str) -> Layer:
    """Return the layer of that name; without one RGB, else beauty, else the first that is to be looked at.

    Raises:
        Refused: There is none of that name, or none to be looked at.
    """
    names = ", ".join(layer.name for layer in layers[:12]) + (", …" if len(layers) > 12 else "")
    if wanted:
        for layer in layers:
            if layer.name == wanted:
                return layer
        raise Refused(f"{path} has no layer {wanted}; it has {names}.")
    colours = [layer for layer in layers if layer.is_colour]
    if not colours:
        raise Refused(f"{path} has no layer that is a picture, only {names or 'no channels'}; render a beauty, or RGB.")
    plain = [layer for layer in colours if "." not in layer.channels[0] and len(layer.channels) == 3]
    named = [layer for word in _BEAUTY for layer in colours if word in _words(layer.name)]
    return [*plain, *named, *colours][0]
