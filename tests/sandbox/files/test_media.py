"""What encode_media makes of movies, images and other files."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import pytest
from PIL import Image
from tests.media_files import image, movie

from ftrack_sandbox.media import encode as media
from ftrack_sandbox.media.errors import CancelledError, UnreadableMediaError

if TYPE_CHECKING:
    from pathlib import Path


def encode(source: Path, folder: Path) -> media.Encoded:
    return media.encode(source, folder / "review", folder / "thumbnail", cancelled=lambda: False)


def test_a_movie_becomes_h264_with_every_frame(tmp_path: Path) -> None:
    source = movie(tmp_path / "a.mov", frames=10, rate=Fraction(24000, 1001), sound=True)
    encoded = encode(source, tmp_path)
    assert encoded.kind == "movie"
    assert encoded.meta == {
        "frameIn": 0,
        "frameOut": 9,
        "frameRate": pytest.approx(23.976, abs=0.001),
        "width": 160,
        "height": 90,
    }
    with av.open(str(tmp_path / "review")) as result:
        video = result.streams.video[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert video.average_rate == Fraction(24000, 1001)
        assert sum(1 for _ in result.decode(video)) == 10
    with av.open(str(tmp_path / "review")) as result:
        assert [stream.codec_context.name for stream in result.streams.audio] == ["aac"]
    with Image.open(tmp_path / "thumbnail") as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("JPEG", (160, 90))


def test_odd_sides_become_even_and_high_pictures_low(tmp_path: Path) -> None:
    source = tmp_path / "a.gif"
    frames = [Image.new("RGB", (101, 51), color) for color in ("red", "green", "blue")]
    frames[0].save(source, save_all=True, append_images=frames[1:])
    assert encode(source, tmp_path).meta["width"] % 2 == 0
    tall = movie(tmp_path / "b.mov", frames=2, size=(64, 1440))
    assert encode(tall, tmp_path).meta["height"] == 1080


def test_an_image_becomes_a_jpeg(tmp_path: Path) -> None:
    encoded = encode(image(tmp_path / "a.png", size=(4000, 1000)), tmp_path)
    assert encoded == media.Encoded("image", {"format": "image", "width": 1920, "height": 480})
    with Image.open(tmp_path / "review") as review:
        assert (review.format, review.size) == ("JPEG", (1920, 480))


def test_the_thumbnail_is_small(tmp_path: Path) -> None:
    encode(image(tmp_path / "a.png", size=(4000, 1000)), tmp_path)
    with Image.open(tmp_path / "thumbnail") as thumbnail:
        assert max(thumbnail.size) == media.THUMBNAIL_SIZE


@pytest.mark.parametrize("content", [b"", b"just a text\n" * 100, b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_what_is_no_media_is_refused(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "a.mov"
    source.write_bytes(content)
    with pytest.raises(UnreadableMediaError):
        encode(source, tmp_path)


def test_a_truncated_movie_is_refused(tmp_path: Path) -> None:
    source = movie(tmp_path / "a.mov")
    source.write_bytes(source.read_bytes()[:200])
    with pytest.raises(UnreadableMediaError):
        encode(source, tmp_path)


def test_a_playlist_cannot_reach_other_files(tmp_path: Path) -> None:
    secret = movie(tmp_path / "secret.mov")
    playlist = tmp_path / "list.mov"
    playlist.write_text(f"ffconcat version 1.0\nfile {secret.name}\n")
    with pytest.raises(UnreadableMediaError):
        encode(playlist, tmp_path)


def test_work_can_be_given_up(tmp_path: Path) -> None:
    source = movie(tmp_path / "a.mov")
    with pytest.raises(CancelledError):
        media.encode(source, tmp_path / "review", tmp_path / "thumbnail", cancelled=lambda: True)
