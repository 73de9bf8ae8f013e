"""What is made of media for review."""

from __future__ import annotations

import errno
import io
import json
import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageOps
from tests import media
from tests.studio.media.shown import encoded, heard, pictures

from callboard.errors import Cancelled, Refused
from callboard.studio.media import Slate, make_reviewable, probe


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_a_movie_becomes_h264_for_browsers(tmp_path: Path, out: Path) -> None:
    made = encoded(media.movie(tmp_path / "a.mov", rate=media.NTSC_FILM, frames=12, sound=True), out)
    assert made.name == "ftrackreview-mp4"
    assert json.loads(json.dumps(made.meta)) == {
        "frameIn": 0,
        "frameOut": 11,
        "frameRate": pytest.approx(23.976, abs=0.001),
        "width": 64,
        "height": 48,
    }
    with av.open(str(made.file)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec.name, picture.pix_fmt, picture.frames) == ("h264", "yuv420p", 12)
        assert picture.average_rate == Fraction(24000, 1001)
        assert sound.codec.name == "aac"
        samples = sum(frame.samples for frame in container.decode(sound))
        assert samples / sound.rate == pytest.approx(12 * 1001 / 24000, abs=0.03)
    assert made.file.read_bytes().index(b"moov") < made.file.read_bytes().index(b"mdat")
    with Image.open(made.thumbnail) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("JPEG", (64, 48))


@pytest.mark.parametrize("ending", [".mov", ".mkv"])
@pytest.mark.parametrize(
    ("picture_at", "sound_at"),
    [(Fraction(0), Fraction(1, 2)), (Fraction(1, 2), Fraction(0)), (Fraction(1, 4), Fraction(3, 4))],
)
def test_sound_keeps_its_distance_to_the_first_picture(
    tmp_path: Path, out: Path, picture_at: Fraction, sound_at: Fraction, ending: str
) -> None:
    times = [picture_at + Fraction(number, 24) for number in range(24)]
    source = media.movie(tmp_path / f"a{ending}", frames=24, times=times, sound=True, sound_at=sound_at)
    made = encoded(source, out)
    begins, ends = heard(made.file)
    assert begins == pytest.approx(max(0.0, float(sound_at - picture_at)), abs=0.05)
    assert ends == pytest.approx(float(sound_at - picture_at) + 1, abs=0.05)


def test_every_frame_comes_through_in_order(tmp_path: Path, out: Path) -> None:
    made = encoded(media.movie(tmp_path / "a.mov", frames=12, codec="libx264"), out)
    bright = [media.brightness(frame) for frame in pictures(made.file)]
    assert bright == pytest.approx([40 + 8 * number for number in range(12)], abs=4)


@pytest.mark.parametrize(
    ("size", "wanted"),
    [((101, 77), (100, 76)), ((2560, 1440), (1920, 1080)), ((1080, 1920), (606, 1080)), ((3, 3), (2, 2))],
)
def test_sides_are_even_and_lines_at_most_1080(
    tmp_path: Path, out: Path, size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    made = encoded(media.movie(tmp_path / "a.mov", size=size, frames=2, codec="png", pixels="rgb24"), out)
    assert (made.meta["width"], made.meta["height"]) == wanted
    [frame, _] = pictures(made.file)
    assert (frame.width, frame.height) == wanted


def test_a_variable_rate_is_made_constant_by_holding_frames(tmp_path: Path, out: Path) -> None:
    times = [Fraction(number, 24) for number in (0, 1, 2, 6, 7, 8)]
    made = encoded(media.movie(tmp_path / "a.mp4", times=times, codec="libx264"), out)
    numbers = [round((media.brightness(frame) - 40) / 8) for frame in pictures(made.file)]
    assert numbers == [0, 1, 2, 2, 2, 2, 3, 4, 5]
    assert made.meta["frameOut"] == 8


def test_a_rotated_movie_stands_upright(tmp_path: Path, out: Path) -> None:
    # Players turn this one a quarter counterclockwise: its dark left half ends up at the foot.
    made = encoded(media.movie(tmp_path / "a.mp4", codec="libx264", rotation=90, frames=8), out)
    frame = pictures(made.file)[-1].to_ndarray(format="rgb24")
    assert frame.shape == (64, 48, 3)
    assert np.ptp(frame[10, 24]) < 20, "the head is grey"
    assert frame[50, 24, 0] > frame[50, 24, 1] + 80, "the foot is red"


def test_a_sequence_keeps_its_numbers(tmp_path: Path, out: Path) -> None:
    made = encoded(media.sequence(tmp_path, first=1001, frames=5), out)
    assert (made.meta["frameIn"], made.meta["frameOut"]) == (1001, 1005)
    with av.open(str(made.file)) as container:
        assert container.streams.video[0].frames == 5
        assert container.streams.video[0].metadata["timecode"] == "00:00:41:17"
    assert probe(str(made.file), [str(out)]).first_frame == 1001


def test_only_the_chosen_frames_of_a_sequence_are_encoded(tmp_path: Path, out: Path) -> None:
    pattern = media.sequence(tmp_path, "shot.%04d.png", frames=6)
    made = encoded(pattern.with_name(f"{pattern.name} 1002-1004"), out)
    assert (made.meta["frameIn"], made.meta["frameOut"]) == (1002, 1004)
    assert len(pictures(made.file)) == 3


@pytest.mark.parametrize("ending", [".png", ".jpg", ".tif", ".dpx"])
def test_stills_keep_their_colours(tmp_path: Path, out: Path, ending: str) -> None:
    made = encoded(media.still(tmp_path / f"a{ending}", number=11), out)
    assert made.name == "ftrackreview-image"
    assert made.meta["format"] == "image"
    with Image.open(made.file) as image:
        assert image.getpixel((48, 24)) == pytest.approx((128, 128, 128), abs=4)
        assert image.getpixel((16, 24)) == pytest.approx((150, 0, 0), abs=12)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK"])
def test_stills_of_every_mode_keep_their_light(tmp_path: Path, out: Path, mode: str) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new("RGB", (64, 48), (153, 153, 153)).convert(mode).save(path)
    with Image.open(encoded(path, out).file) as image:
        assert image.getpixel((32, 24)) == pytest.approx((153, 153, 153), abs=4)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", [".jpg", ".png", ".tif"])
def test_a_photograph_stands_upright_however_it_lies(tmp_path: Path, out: Path, ending: str, orientation: int) -> None:
    photograph = Image.new("RGB", (64, 48), (128, 128, 128))
    photograph.paste((150, 0, 0), (0, 0, 32, 48))
    photograph.paste((0, 0, 150), (0, 0, 64, 16))
    mark = Image.Exif()
    mark[0x0112] = orientation
    path = tmp_path / f"a{ending}"
    photograph.save(path, exif=mark, quality=95)
    with Image.open(path) as stored, Image.open(encoded(path, out).file) as image:
        upright = ImageOps.exif_transpose(stored)
        assert image.size == upright.size
        for place in ((8, 8), (8, 40), (40, 8), (40, 40)):
            assert image.getpixel(place) == pytest.approx(upright.convert("RGB").getpixel(place), abs=12)


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.exr", {"compression": "none"}), ("a.exr", {"compression": "zip16"}), ("a.exr", {"compression": "rle"})]
    + [(f"a{ending}", {}) for ending in (".jpg", ".png", ".tif", ".dpx")],
)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_off_still_is_refused(tmp_path: Path, out: Path, name: str, options: dict[str, str], part: float) -> None:
    path = media.still(tmp_path / name, size=(320, 240), options=options)
    whole = path.read_bytes()
    assert encoded(path, out).meta["width"] == 320
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(Refused, match="cut off, or not yet written in full"):
        encoded(path, tmp_path / "cut")


def test_a_jpeg_with_a_thumbnail_in_its_header_is_refused_when_cut_off(tmp_path: Path, out: Path) -> None:
    small, path = io.BytesIO(), tmp_path / "a.jpg"
    Image.new("RGB", (16, 16), "teal").save(small, format="JPEG")
    Image.effect_noise((320, 240), 80).save(path, exif=b"Exif\0\0" + small.getvalue())
    assert encoded(path, out).meta["width"] == 320
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(Refused, match="cut off"):
        encoded(path, tmp_path / "cut")


@pytest.mark.parametrize("ending", [".exr", ".jpg"])
def test_a_cut_off_frame_is_named(tmp_path: Path, out: Path, ending: str) -> None:
    pattern = media.sequence(tmp_path, f"shot.%04d{ending}", size=(320, 240))
    frame = tmp_path / f"shot.1003{ending}"
    frame.write_bytes(frame.read_bytes()[:-200])
    with pytest.raises(Refused, match=rf"shot\.1003\{ending} is damaged, cut off"):
        encoded(pattern, out)


def test_an_exr_that_is_still_being_written_is_refused(tmp_path: Path, out: Path) -> None:
    path = media.still(tmp_path / "a.exr")
    content = bytearray(path.read_bytes())
    # The table of where the 48 lines begin is written at the end; the first line follows it.
    first = next(
        place for place in range(len(content)) if content[place : place + 8] == (place + 8 * 48).to_bytes(8, "little")
    )
    content[first : first + 8 * 48] = bytes(8 * 48)
    path.write_bytes(content[: first + (len(content) - first) // 2])
    with pytest.raises(Refused, match="cut off, or not yet written in full"):
        encoded(path, out)


def test_a_tiff_with_jpeg_inside_is_shown(tmp_path: Path, out: Path) -> None:
    Image.new("RGB", (64, 48), (0, 128, 128)).save(tmp_path / "a.tif", compression="jpeg")
    with Image.open(encoded(tmp_path / "a.tif", out).file) as image:
        assert image.getpixel((32, 24)) == pytest.approx((0, 128, 128), abs=8)


def test_the_slate_is_a_bar_at_the_foot_and_nothing_else(tmp_path: Path, out: Path) -> None:
    path = media.movie(tmp_path / "a.mov", size=(640, 360), frames=4, codec="libx264")
    plain = pictures(encoded(path, out).file)
    slated = pictures(encoded(path, tmp_path / "slated", Slate("BOAT | SH010 | comp | v003 | Ada", "2024-05-01")).file)
    before, after = (frame.to_ndarray(format="gray").astype(int) for frame in (plain[3], slated[3]))
    assert np.abs(before[:330] - after[:330]).mean() < 2
    bar = after[348:356]
    assert np.median(bar) < 40
    assert bar[:, :300].max() > 180, "the line is on the left"
    assert bar[:, 580:].max() > 150, "the frame number is on the right"
    numbers = [frame.to_ndarray(format="gray")[346:, 560:].astype(int) for frame in slated]
    assert np.abs(numbers[0] - numbers[3]).max() > 60, "the number changes from frame to frame"


def test_the_slate_of_a_small_picture_with_a_long_line_fits(tmp_path: Path, out: Path) -> None:
    made = encoded(media.movie(tmp_path / "a.mov", frames=2), out, Slate("a long line " * 20, "2024-05-01"))
    assert len(pictures(made.file)) == 2


@pytest.mark.parametrize(("ending", "codec"), [("mkv", "libx264"), ("webm", "libvpx")])
def test_a_movie_that_lost_its_last_frames_is_refused(tmp_path: Path, out: Path, ending: str, codec: str) -> None:
    path = media.movie(tmp_path / f"a.{ending}", frames=48, size=(320, 240), codec=codec)
    assert encoded(path, out).meta["frameOut"] == 47
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * 0.93)])
    with pytest.raises(Refused, match="before its declared end"):
        encoded(path, tmp_path / "cut")


def test_a_movie_of_varying_rate_may_hold_its_last_frame(tmp_path: Path, out: Path) -> None:
    times = [Fraction(number, 24) for number in (0, 1, 2, 4, 5, 6)]
    path = media.movie(tmp_path / "a.mkv", times=times, codec="libx264")
    content = path.read_bytes()
    # Matroska's length, as a recorder writes it that holds the last picture: 0.2 s longer.
    place = content.index(b"\x44\x89\x88") + 3
    [length] = struct.unpack(">d", content[place : place + 8])
    path.write_bytes(content[:place] + struct.pack(">d", length + 200) + content[place + 8 :])
    assert encoded(path, out).meta["frameOut"] >= 6


@pytest.mark.parametrize("part", [0.4, 0.6, 0.95])
def test_a_cut_off_movie_is_refused(tmp_path: Path, out: Path, part: float) -> None:
    whole = media.movie(tmp_path / "a.mov", frames=48, options={"movflags": "+faststart"}).read_bytes()
    (tmp_path / "b.mov").write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(Refused, match=r"b\.mov is (damaged|cut off)"):
        encoded(tmp_path / "b.mov", out)


def test_a_matroska_movie_that_ends_early_is_refused(tmp_path: Path, out: Path) -> None:
    whole = media.movie(tmp_path / "a.mkv", frames=48).read_bytes()
    (tmp_path / "b.mkv").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Refused, match="before its declared end"):
        encoded(tmp_path / "b.mkv", out)


def test_a_frame_of_another_size_is_refused(tmp_path: Path, out: Path) -> None:
    pattern = media.sequence(tmp_path, "shot.%04d.png", frames=3)
    media.still(tmp_path / "shot.1004.png", size=(32, 32))
    with pytest.raises(Refused, match="changes its size from 64x48 to 32x32"):
        encoded(pattern, out)


def test_a_broken_frame_is_named(tmp_path: Path, out: Path) -> None:
    pattern = media.sequence(tmp_path, "shot.%04d.dpx", frames=3)
    (tmp_path / "shot.1003.dpx").write_bytes(b"broken")
    with pytest.raises(Refused, match=r"shot\.1003\.dpx is not an image"):
        encoded(pattern, out)


def test_it_stops_at_once_when_cancelled(tmp_path: Path, out: Path) -> None:
    out.mkdir()
    found = probe(str(media.movie(tmp_path / "a.mov", frames=48)), [str(tmp_path)])
    seen = []

    def watch(done: int) -> None:
        seen.append(done)
        if done == 3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        make_reviewable(found, out, watch=watch)
    assert seen == [1, 2, 3]


def test_a_full_disk_is_one_sentence(tmp_path: Path, out: Path) -> None:
    out.mkdir()
    (out / "review.mp4").symlink_to("/dev/full")
    found = probe(str(media.movie(tmp_path / "a.mov", size=(320, 240), frames=48)), [str(tmp_path)])
    with pytest.raises(Refused, match="There is no space left") as refused:
        make_reviewable(found, out)
    assert isinstance(refused.value.__cause__, OSError)
    assert refused.value.__cause__.errno == errno.ENOSPC


def test_the_source_is_only_read(tmp_path: Path, out: Path) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    path = media.movie(folder / "a.mov")
    path.chmod(0o444)
    before = path.read_bytes(), path.stat().st_mtime_ns
    encoded(path, out)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [file.name for file in folder.iterdir()] == ["a.mov"]


def test_the_source_is_closed_afterwards(tmp_path: Path, out: Path) -> None:
    path = media.movie(tmp_path / "a.mov")
    encoded(path, out)
    open_files = [link for link in _links(Path("/proc/self/fd")) if link == str(path)]
    assert open_files == []


def _links(folder: Path) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_symlink():
            try:
                yield str(entry.readlink())
            except FileNotFoundError:
                continue  # it was the handle of this very listing
