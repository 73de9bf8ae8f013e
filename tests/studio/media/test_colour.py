"""Which transform shows a picture, and that its tables show what the exact one does."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests import media
from tests.stills import Part, write, write_sequence

from callboard.errors import Refused
from callboard.studio.media import ColourSettings, make_reviewable, probe
from callboard.studio.media.colour.baked import baked, exact_processor
from callboard.studio.media.colour.choice import Kind, Transform, choose_transform

ACES_2, ACES_1_3 = "ocio://default", "ocio://cg-config-v2.1.0_aces-v1.3_ocio-v2.3"
ACESCG = ((".exr", "ACEScg"),)

CONFIG = """ocio_profile_version: 2.1
roles: {scene_linear: lin, default: lin}
file_rules:
  - !<Rule> {name: plates, colorspace: log, pattern: "*plate*", extension: "*"}
  - !<Rule> {name: renders, colorspace: half, pattern: "*", extension: exr}
  - !<Rule> {name: ColorSpaceNamePathSearch}
  - !<Rule> {name: Default, colorspace: lin}
displays: {desk: [!<View> {name: plain, colorspace: out}, !<View> {name: dark, colorspace: half}]}
active_views: [plain, dark]
colorspaces:
  - !<ColorSpace> {name: lin, bitdepth: 32f}
  - !<ColorSpace> {name: out, bitdepth: 8ui, from_scene_reference: !<ExponentTransform> {value: 2, direction: inverse}}
  - !<ColorSpace>
    name: half
    to_scene_reference: !<MatrixTransform> {matrix: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]}
  - !<ColorSpace> {name: log, to_scene_reference: !<LogTransform> {base: 10, direction: inverse}}
  - !<ColorSpace> {name: numbers, isdata: true}
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "studio.ocio").write_text(CONFIG)
    return str(tmp_path / "studio.ocio")


def shown(transform: Transform, *values: float) -> list[float]:
    picture = np.array(values, np.float16).reshape(1, -1, 1).repeat(3, axis=2)
    return [float(value) / 255 for value in baked(transform)(picture)[0, :, 0]]


def choice(path: str, kind: Kind, settings: ColourSettings, header: str = "") -> Transform:
    found = choose_transform(path, kind, settings, header)
    assert found is not None
    return found


@pytest.mark.parametrize(("config", "wanted"), [(ACES_2, 0.349), (ACES_1_3, 0.356)])
def test_grey_is_where_aces_puts_it(config: str, wanted: float) -> None:
    found = choice("/a/b.exr", "linear", ColourSettings(config, ACESCG))
    assert found.text.startswith("ACEScg to sRGB - Display, ACES")
    assert shown(found, 0.18) == [pytest.approx(wanted, abs=0.003)]


def lights() -> np.ndarray:
    """Return grey ramps, saturated colours, negative and very bright light."""
    random = np.random.default_rng(7)
    ramp = np.repeat(np.geomspace(1e-4, 60_000, 2000)[:, None], 3, axis=1)
    saturated = random.dirichlet([0.5] * 3, 4000) * np.exp2(random.uniform(-8, 6, (4000, 1)))
    negative = saturated.copy()
    places = random.integers(0, 3, len(negative))
    negative[np.arange(len(negative)), places] = random.uniform(-0.3, 0, len(negative))
    bright = np.exp2(random.uniform(4, 15.9, (2000, 3)))
    ordinary = np.exp(random.normal(-1.5, 1.2, (8000, 3)))
    return np.concatenate([ramp, saturated, negative, bright, ordinary]).astype(np.float16)


# ACES 1.3 cuts saturated colours off at an edge, which falls between the points of any table.
@pytest.mark.parametrize(("config", "most"), [(ACES_2, 2), (ACES_1_3, 4)])
def test_the_tables_show_what_the_exact_transform_does(config: str, most: int) -> None:
    transform = choice("/a/b.exr", "linear", ColourSettings(config, ACESCG))
    values = lights()[None]
    exact = values.astype(np.float32)
    exact_processor(transform).getDefaultCPUProcessor().applyRGB(exact)
    wrong = np.abs(baked(transform)(values).astype(float) - np.clip(exact, 0, 1) * 255)
    assert wrong.mean() < 0.5
    assert np.quantile(wrong, 0.999) < most


@pytest.mark.parametrize(
    ("name", "kind", "says", "wanted"),
    [
        ("/show/a.exr", "linear", ("", ""), "half"),
        ("/show/a.exr", "linear", ("lin", ""), "lin"),
        ("/show/plate.exr", "linear", ("lin", ""), "log"),
        ("/show/a_log.dpx", "log", ("", ""), "log"),
        ("/show/plate.dpx", "log", ("", ""), "log"),
        ("/show/a.hdr", "linear", ("", ""), "lin"),
        ("/show/a.exr", "linear", ("half", "lin"), "lin"),
        ("/show/a.exr", "linear", ("half", "unheard of"), "half"),
        ("/show/a.tif", "display", ("log", ""), "log"),
        ("/show/A.EXR", "linear", ("lin", ""), "lin"),
    ],
)
def test_the_input_space_is_what_says_most(
    config: str, name: str, kind: Kind, says: tuple[str, str], wanted: str
) -> None:
    setting, header = says
    spaces = ((Path(name).suffix.lower(), setting),) if setting else ()
    assert choice(name, kind, ColourSettings(config, spaces), header).space == wanted


@pytest.mark.parametrize(
    ("name", "kind", "spaces"),
    [("/a/plate.png", "display", ()), ("/a/b.dpx", "log", ()), ("/a/b.exr", "linear", ((".exr", "numbers"),))],
)
def test_what_is_display_referred_is_left_alone(
    config: str, name: str, kind: Kind, spaces: tuple[tuple[str, str], ...]
) -> None:
    assert choose_transform(name, kind, ColourSettings(config, spaces)) is None


def test_the_config_is_the_settings_then_the_environments_then_aces(
    config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCIO", config)
    assert choice("/a/b.exr", "linear", ColourSettings()).display == "desk"
    assert choice("/a/b.exr", "linear", ColourSettings(ACES_2)).display == "sRGB - Display"
    monkeypatch.delenv("OCIO")
    assert choice("/a/b.exr", "linear", ColourSettings()).config == ACES_2


def test_display_and_view_can_be_chosen(config: str) -> None:
    dark = choice("/a/b.hdr", "linear", ColourSettings(config, view="Dark", display="Desk"))
    assert shown(dark, 0.5) == [pytest.approx(0.25, abs=0.005)]
    plain = choice("/a/b.hdr", "linear", ColourSettings(config))
    assert shown(plain, 0.25) == [pytest.approx(0.5, abs=0.005)]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (ColourSettings(ACES_2, ((".exr", "ACECg"),)), "no colour space 'ACECg'; the nearest are ACEScg"),
        (ColourSettings(ACES_2, display="P3 Displey"), "no display 'P3 Displey'; the nearest are Display P3"),
        (ColourSettings(ACES_2, view="ACES 2 SDR"), "no view 'ACES 2 SDR'; the nearest are ACES 2.0 - SDR 100 nits"),
        (ColourSettings("/nowhere/a.ocio"), "The OpenColorIO config /nowhere/a.ocio cannot be read"),
        (ColourSettings("ocio://none"), "The OpenColorIO config ocio://none cannot be read"),
    ],
)
def test_a_wrong_name_is_named_with_the_nearest(tmp_path: Path, settings: ColourSettings, sentence: str) -> None:
    path = write(tmp_path / "a.exr")
    with pytest.raises(Refused, match=sentence):
        probe(str(path), [str(tmp_path)], colour=settings)


def test_a_file_that_the_config_lacks_is_one_sentence(tmp_path: Path, config: str) -> None:
    lut = "from_scene_reference: !<FileTransform> {src: gone.cube}"
    Path(config).write_text(
        CONFIG.replace("from_scene_reference: !<ExponentTransform> {value: 2, direction: inverse}", lut)
    )
    path = write(tmp_path / "a.exr")
    with pytest.raises(Refused, match=r"OpenColorIO cannot show half to desk, plain with .*gone\.cube"):
        probe(str(path), [str(tmp_path)], colour=ColourSettings(config))


def test_a_movie_of_a_sequence_is_shown_and_tagged(tmp_path: Path) -> None:
    part = Part(values=(0.18,) * 3)
    found = probe(
        str(write_sequence(tmp_path / "in", (1, 2), "shot.%04d.exr", part)),
        [str(tmp_path)],
        colour=ColourSettings(ACES_2, ACESCG),
    )
    with av.open(str(make_reviewable(found, tmp_path).file)) as movie:
        context = movie.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 13, 1, 1)
        for frame in movie.decode(video=0):
            assert frame.to_ndarray(format="rgb24")[24, 32] == pytest.approx([0.349 * 255] * 3, abs=3)


def test_a_picture_in_srgb_keeps_its_values(tmp_path: Path) -> None:
    found = probe(
        str(media.still(tmp_path / "a.png", number=11)), [str(tmp_path)], colour=ColourSettings(ACES_2, ACESCG)
    )
    assert found.transform is None
    with Image.open(make_reviewable(found, tmp_path).file) as image:
        assert image.getpixel((48, 24)) == pytest.approx((128, 128, 128), abs=3)
