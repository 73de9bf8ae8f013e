"""A transform baked into tables, since the exact one takes a second for each frame."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING

from callboard.errors import Refused
from callboard.studio.media.colour.choice import Transform
from callboard.studio.media.colour.config import ColourSettings, failures, first_line, load_config

if TYPE_CHECKING:
    import numpy as np
    import PyOpenColorIO

#: Points of the cube on each side, as many as OpenColorIO takes: bright and saturated colours need them.
_POINTS = 129
#: Threads that fill the cube, which takes a second of one core.
_THREADS = 2
#: Range of scene-linear light in the cube: what is darker or brighter looks like its ends.
_DARKEST, _BRIGHTEST = -0.5, 65504.0
#: Below this light the scale of the cube goes over from logarithmic to linear.
_TOE = 0.05
#: Range of the other spaces: logarithmic ones reach beyond 1 where they hold highlights in floating point.
_LOWEST, _HIGHEST = -0.25, 1.5
#: How the points follow the bends: the power evens them out, and a share is spread over all of the range.
_POWER, _SHARE = 0.4, 0.15
_STEPS = 1500


class Baked:
    """Shows pictures through a transform in about 25 ms for a 2K frame, nearly always within a code value."""

    def __init__(self, transform: Transform) -> None:
        self._exact = exact_processor(transform).getDefaultCPUProcessor()
        self._quick = _tabulate(self._exact, _nodes(self._exact, transform))

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """Return a picture of halfs (height, width, 3) in 8 bits, as the display shows it."""
        import numpy as np
        import PyOpenColorIO

        height, width, _ = picture.shape
        source = np.ascontiguousarray(picture, np.float16)
        shown = np.empty((height, width, 3), np.uint8)
        self._quick.apply(
            PyOpenColorIO.PackedImageDesc(source, width, height, 3, PyOpenColorIO.BIT_DEPTH_F16, 2, 6, 6 * width),
            PyOpenColorIO.PackedImageDesc(shown, width, height, 3, PyOpenColorIO.BIT_DEPTH_UINT8, 1, 3, 3 * width),
        )
        return shown


@lru_cache(maxsize=4)
def baked(transform: Transform) -> Baked:
    """Return the tables of a transform, made once.

    Raises:
        Refused: The config cannot do it: a file that it names is missing, say.
    """
    return Baked(transform)


def exact_processor(transform: Transform) -> PyOpenColorIO.Processor:
    """Return OpenColorIO's own processor of a transform.

    Raises:
        Refused: The config cannot do it.
    """
    import PyOpenColorIO

    config = load_config(ColourSettings(transform.config))
    try:
        return config.getProcessor(
            transform.space, transform.display, transform.view, PyOpenColorIO.TransformDirection.TRANSFORM_DIR_FORWARD
        )
    except failures() as error:
        reason = first_line(error)
        raise Refused(f"OpenColorIO cannot show {transform.text} with {transform.config}: {reason}.") from error


def _nodes(exact: PyOpenColorIO.CPUProcessor, transform: Transform) -> np.ndarray:
    """Return the values of the cube's points along a side: close together where the transform bends.

    It bends where a channel leaves the display's range, for saturated and bright colours; an evenly spaced cube is
    wrong by tens of code values there.
    """
    import numpy as np

    if transform.is_linear:
        darkest, brightest = _bend(np.array([_DARKEST, _BRIGHTEST]))
        places = np.linspace(float(darkest), float(brightest), _STEPS)
        values = np.sign(places) * _TOE * (np.exp2(np.abs(places)) - 1)
    else:
        values = places = np.linspace(_LOWEST, _HIGHEST, _STEPS)
    shown = np.clip(_along_rays(exact, values), 0, 1)
    bends = np.abs(np.diff(shown, 2, axis=1)).max(axis=2).mean(axis=0)
    weights = np.convolve(bends, np.full(31, 1 / 31), "same") ** _POWER
    weights = weights / max(weights.mean(), 1e-9) + _SHARE
    reached = np.concatenate([[0], np.cumsum(weights)])
    nodes: np.ndarray = np.interp(np.linspace(0, reached[-1], _POINTS), reached, values[:-1])
    nodes[-1] = values[-1]
    # Black is exact.
    nodes[np.argmin(np.abs(nodes))] = 0
    return nodes


def _bend(light: np.ndarray) -> np.ndarray:
    import numpy as np

    bent: np.ndarray = np.sign(light) * np.log2(1 + np.abs(light) / _TOE)
    return bent


def _along_rays(exact: PyOpenColorIO.CPUProcessor, values: np.ndarray) -> np.ndarray:
    """Return how colours are shown (ray, step, channel) that get brighter, and those whose one channel does."""
    import numpy as np

    rays = [
        values[:, None] * np.array(colour)
        for colour in itertools.product((0, 0.03, 0.1, 0.3, 1), repeat=3)
        if max(colour) == 1
    ]
    for base in itertools.product((0, 0.18, 1, 4), repeat=3):
        for channel in range(3):
            ray = np.tile(np.array(base, float), (len(values), 1))
            ray[:, channel] = values
            rays.append(ray)
    colours: np.ndarray = np.stack(rays).astype(np.float32)
    exact.applyRGB(colours)
    return colours


def _tabulate(exact: PyOpenColorIO.CPUProcessor, nodes: np.ndarray) -> PyOpenColorIO.CPUProcessor:
    """Return a processor of two tables: one value for each half that there is, and a cube."""
    import numpy as np
    import PyOpenColorIO

    points = len(nodes)
    cube = np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), -1).astype(np.float32)
    cube = cube.reshape(points * points, points, 3)
    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(exact.applyRGB, np.array_split(cube, _THREADS)))
    halfs = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float64)
    light = np.nan_to_num(halfs, nan=0, posinf=_BRIGHTEST, neginf=-_BRIGHTEST)
    places = np.interp(light, nodes, np.linspace(0, 1, points)).astype(np.float32)
    shaper = PyOpenColorIO.Lut1DTransform(65536, True)
    shaper.setData(np.repeat(places, 3))
    table = PyOpenColorIO.Lut3DTransform(points)
    table.setInterpolation(PyOpenColorIO.INTERP_TETRAHEDRAL)
    # What lies outside of the display's range says where the edge is between two points.
    table.setData(cube.reshape(-1))
    processor = PyOpenColorIO.Config.CreateRaw().getProcessor(PyOpenColorIO.GroupTransform([shaper, table]))
    return processor.getOptimizedCPUProcessor(
        PyOpenColorIO.BIT_DEPTH_F16, PyOpenColorIO.BIT_DEPTH_UINT8, PyOpenColorIO.OPTIMIZATION_DEFAULT
    )
