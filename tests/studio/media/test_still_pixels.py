"""The picture in a still: windows, layers, depths, orientation and aspect."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.stills import Part, Window, write

from callboard.errors import Refused
from callboard.studio.media import make_reviewable, probe
from callboard.studio.media.stills.files import opened
from callboard.studio.media.stills.header import read_header
from callboard.studio.media.stills.layers import choose_layer, list_layers
from callboard.studio.media.stills.pixels import read_picture

PLACES = st.integers(-30, 30)
SIDES = st.integers(2, 17)
WINDOWS = st.tuples(PLACES, PLACES, SIDES, SIDES)


def light(path: Path, layer: str = "") -> np.ndarray:
    """Return the picture's values as they are stored."""
    return read_picture(str(path), read_header(str(path), layer), is_light=True)


def shown(path: Path, folder: Path, **how: str) -> Image.Image:
    """Return what is made of a still for review."""
    folder.mkdir(exist_ok=True)
    found = probe(str(path), [str(path.parent)], **how)  # type: ignore[arg-type]  # tests name what they change
    with Image.open(make_reviewable(found, folder).file) as image:
        return image.copy()


@given(data=WINDOWS, display=WINDOWS)
def test_the_display_window_is_the_picture(
    tmp_path_factory: pytest.TempPathFactory, data: Window, display: Window
) -> None:
    left, top, width, height = data
    lines, columns = np.mgrid[top : top + height, left : left + width]
    values = np.stack([(columns + 31) / 64, (lines + 31) / 64, np.ones((height, width))], -1)
    path = write(tmp_path_factory.getbasetemp() / "window.exr", Part(values=values, data=data, display=display))
    picture = light(path)
    assert picture.shape == (display[3], display[2], 3)
    for line in range(display[3]):
        for column in range(display[2]):
            x, y = column + display[0], line + display[1]
            inside = left <= x < left + width and top <= y < top + height
            wanted = [(x + 31) / 64, (y + 31) / 64, 1] if inside else [0, 0, 0]
            assert picture[line, column].tolist() == pytest.approx(wanted, abs=1e-3)


def test_windows_that_do_not_begin_at_zero_fill_the_frame(tmp_path: Path) -> None:
    window = (100, 100, 64, 48)
    path = write(tmp_path / "a.exr", Part(values=(1.0, 0.0, 0.0), data=window, display=window))
    image = shown(path, tmp_path / "out")
    assert image.size == (64, 48)
    assert all(image.getpixel(place)[0] > 150 for place in ((2, 2), (32, 24), (61, 45)))  # type: ignore[index]  # RGB


RGBA = ("R", "G", "B", "A")
BEAUTY = Part(("beauty.R", "beauty.G", "beauty.B"))
BLENDER_SHADOW = [f"ViewLayer.AO.{colour}" for colour in "RGB"]
BLENDER_PICTURE = [f"ViewLayer.Combined.{colour}" for colour in "RGB"]
DEPTH = Part(("Z",), (7.0,), kinds=("float",), name="depth")
GREY = {
    "half colour and float alpha": [Part(RGBA, (0.18,) * 3 + (1,), kinds=("half", "half", "half", "float"))],
    "only a beauty": [BEAUTY],
    "depth first": [DEPTH, Part(name="rgba")],
    "normals as RGB first": [Part(values=(9.0,) * 3, name="normals"), Part(name="rgba")],
    "luminance": [Part(("Y",), (0.18,))],
    "one channel": [Part(("R",), (0.18,))],
    "HTJ2K": [Part(header={"compression": "htj2k"})],
    "tiles": [Part(header={"tile_width": 16, "tile_height": 16})],
    "unsigned": [Part(RGBA, (0.18,) * 3 + (1,), kinds=("float",))],
    "deep": [Part((*RGBA, "Z"), (0.18, 0.18, 0.18, 1, 5), data=(0, 0, 8, 8), kinds=("float",), deep=True)],
    "Blender's": [Part([*BLENDER_SHADOW, *BLENDER_PICTURE], (0, 0, 0, 0.18, 0.18, 0.18))],
}


@pytest.mark.parametrize("parts", GREY.values(), ids=GREY.keys())
def test_the_beauty_is_shown_however_it_is_stored(tmp_path: Path, parts: list[Part]) -> None:
    path = write(tmp_path / "a.exr", *parts)
    assert light(path)[4, 4].tolist() == pytest.approx([0.18] * 3, abs=1e-3)


def test_what_is_not_a_picture_is_refused_with_its_layers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", Part(("Z", "N.X", "N.Y", "N.Z"), (1, 2, 3, 4)))
    with pytest.raises(Refused, match=r"a\.exr has no layer that is a picture, only Z, N; render a beauty"):
        read_header(str(path))


def test_a_layer_can_be_chosen_by_its_name(tmp_path: Path) -> None:
    channels = [f"{layer}.{colour}" for layer in ("diffuse", "beauty") for colour in "RGB"] + ["Z"]
    path = write(tmp_path / "a.exr", Part(channels, (0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.75)))
    assert light(path)[0, 0, 0] == pytest.approx(0.25)
    assert light(path, "diffuse")[0, 0, 0] == pytest.approx(0.5)
    assert light(path, "Z")[0, 0].tolist() == pytest.approx([0.75] * 3)
    with pytest.raises(Refused, match="no layer specular; it has"):
        light(path, "specular")


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ([("", ["R", "G", "B", "A", "Z"])], "RGB"),
        ([("", ["diffuse.R", "diffuse.G", "diffuse.B", "specular.R", "specular.G", "specular.B"])], "diffuse"),
        ([("crypto_object", ["R", "G", "B", "A"]), ("beauty", ["R", "G", "B", "A"])], "beauty"),
        ([("left", ["R", "G", "B"]), ("right", ["R", "G", "B"])], "left"),
        ([("", ["motionVector.R", "motionVector.G", "motionVector.B", "albedo.R", "albedo.G", "albedo.B"])], "albedo"),
        ([("", ["P.R", "P.G", "P.B", "C.red", "C.green", "C.blue"])], "C"),
        ([("depth", ["Z"]), ("", ["Y", "A"])], "RGB"),
    ],
)
def test_data_is_never_chosen_by_itself(parts: list[tuple[str, list[str]]], wanted: str) -> None:
    assert choose_layer(list_layers(parts), "", "a.exr").name == wanted


CHANNELS = st.lists(st.sampled_from(["R", "G", "B", "A", "Z", "a.R", "Y"]))


@given(st.lists(st.tuples(st.sampled_from(["", "a", "depth", "a.b"]), CHANNELS), max_size=4))
def test_layers_have_names_of_their_own(parts: list[tuple[str, list[str]]]) -> None:
    unique = [(name, list(dict.fromkeys(channels))) for name, channels in parts]
    names = [layer.name for layer in list_layers(unique)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_still_stands_upright(tmp_path: Path, orientation: int) -> None:
    values = np.zeros((4, 6, 3))
    values[0, 0] = 1
    path = write(tmp_path / "a.exr", Part(values=values, data=(0, 0, 6, 4), header={"Orientation": orientation}))
    picture = light(path)
    corners = {1: (0, 0), 2: (0, -1), 3: (-1, -1), 4: (-1, 0), 5: (0, 0), 6: (0, -1), 7: (-1, -1), 8: (-1, 0)}
    assert picture[corners[orientation]].tolist() == [1, 1, 1]
    assert picture.shape[:2] == ((6, 4) if orientation > 4 else (4, 6))


@pytest.mark.parametrize(
    ("aspect", "wanted"), [(2.0, (128, 48)), (0.5, (32, 48)), (1000.0, (64, 48)), (0.001, (64, 48))]
)
def test_pixels_are_square_afterwards(tmp_path: Path, aspect: float, wanted: tuple[int, int]) -> None:
    path = write(tmp_path / "a.exr", Part(header={"PixelAspectRatio": aspect}))
    assert shown(path, tmp_path / "out").size == wanted


@pytest.mark.parametrize(("bits", "kind"), [(8, "uint8"), (10, "uint16"), (12, "uint16"), (16, "uint16")])
def test_dpx_of_every_depth_keeps_its_values(tmp_path: Path, bits: int, kind: str) -> None:
    part = Part(values=(0.25, 0.5, 0.75), kinds=(kind,), header={"oiio:BitsPerSample": bits})
    image = shown(write(tmp_path / "a.dpx", part), tmp_path / "out")
    assert image.getpixel((32, 24)) == pytest.approx((64, 128, 191), abs=4)


def test_sixteen_bit_grey_keeps_its_light(tmp_path: Path) -> None:
    Image.fromarray(np.full((48, 64), 32768, np.uint16)).save(tmp_path / "a.png")
    assert shown(tmp_path / "a.png", tmp_path / "out").getpixel((32, 24)) == pytest.approx((128,) * 3, abs=3)


def test_a_jpeg_with_fill_bytes_between_its_markers_is_shown(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), (0, 128, 128)).save(tmp_path / "a.jpg", quality=95)
    content = (tmp_path / "a.jpg").read_bytes()
    place = content.index(b"\xff\xdb")
    (tmp_path / "a.jpg").write_bytes(content[:place] + b"\xff\xff\xff" + content[place:])
    assert shown(tmp_path / "a.jpg", tmp_path / "out").getpixel((32, 24)) == pytest.approx((0, 128, 128), abs=6)


def test_nan_and_infinity_are_shown(tmp_path: Path) -> None:
    values = np.full((48, 64, 3), np.nan)
    values[:, 32:] = np.inf
    image = shown(write(tmp_path / "a.exr", Part(values=values)), tmp_path / "out")
    assert image.getpixel((8, 24)) == pytest.approx((0, 0, 0), abs=4)
    assert image.getpixel((56, 24)) == pytest.approx((255, 255, 255), abs=4)


def test_a_header_that_is_not_utf_8_is_one_sentence(tmp_path: Path) -> None:
    path = str(write(tmp_path / "a.exr"))
    with pytest.raises(Refused, match=r"a\.exr has names in its header that are not UTF-8"), opened(path):
        b"\xf2".decode()
