"""Encoding for browsers: an H.264 movie or a JPEG, with a thumbnail."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callboard.errors import Refused
from callboard.studio.media import reader
from callboard.studio.media.failures import explained
from callboard.studio.media.fields import Deinterlacer
from callboard.studio.media.frames import read_frames
from callboard.studio.media.movie import MovieWriter
from callboard.studio.media.picture import Shaper, as_image, fitting
from callboard.studio.media.probe import Media
from callboard.studio.media.slate import Slate, SlateBurner, draw_slate_frame

if TYPE_CHECKING:
    import av
    from PIL import Image

#: Lines of a movie, and of a still, at most.
MOVIE_LINES, STILL_LINES = 1080, 2160
#: What a disk does not do, other than having no space. FFmpeg gives further numbers, for reasons of its own.
_OF_DISKS = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ENOENT, errno.ESTALE, errno.EFBIG, errno.EMFILE}
#: Pixels of a thumbnail's longer side.
THUMBNAIL = 640


@dataclass(frozen=True)
class Reviewable:
    """The encoded files.

    Attributes:
        name: ``ftrackreview-mp4`` or ``ftrackreview-image``: what ftrack's player looks for.
        file: The movie or image.
        thumbnail: A small JPEG.
        meta: ftrack's ``ftr_meta``: frameIn, frameOut (the last frame, inclusive), frameRate, width, height.
        deinterlaced: Interlaced pictures that were made whole.
    """

    name: str
    file: Path
    thumbnail: Path
    meta: dict[str, Any]
    deinterlaced: int = 0


def make_reviewable(
    media: Media, folder: Path, *, slate: Slate | None = None, watch: Callable[[int], None] = lambda _: None
) -> Reviewable:
    """Encode media for review. One picture is held at a time, whatever the length.

    A movie whose frames come at varying times is played at its constant nominal rate: frames are held, or left out, so
    that picture and sound stay together.

    Args:
        media: What to encode.
        folder: Where the files are made.
        slate: A bar to burn in, and perhaps a frame before the first one.
        watch: Called for every frame with the number of frames done; what it raises ends the encode.

    Raises:
        Refused: The media is damaged, or there is no room for the result.
    """
    with explained(media.source.path, "cannot be encoded"), _writing(folder):
        if media.kind == "still":
            return _make_image(media, folder, slate)
        return _make_movie(media, folder, slate, watch)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say which disk is full, or what else is wrong with it."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Refused(
                f"There is no space left for the encoded media in {folder.parent}; free some space, or point TMPDIR "
                f"to a larger disk, and launch again."
            ) from error
        if error.errno not in _OF_DISKS:
            raise
        raise Refused(f"The encoded media cannot be written in {folder.parent}: {error.strerror}.") from error


def _make_image(media: Media, folder: Path, slate: Slate | None) -> Reviewable:
    size = fitting(media.width, media.height, STILL_LINES)
    [frame] = read_frames(media)
    picture = Shaper(media, size)(frame)
    _save_thumbnail(as_image(picture), folder)
    if slate is not None:
        SlateBurner(slate, *size).burn(picture, media.first_frame)
    file = folder / "review.jpg"
    as_image(picture).save(file, format="JPEG", quality=92)
    meta = {"format": "image"} | _meta(media, 1, size)
    return Reviewable("ftrackreview-image", file, folder / "thumbnail.jpg", meta)


def _make_movie(media: Media, folder: Path, slate: Slate | None, watch: Callable[[int], None]) -> Reviewable:
    size = fitting(media.width, media.height, MOVIE_LINES)
    file = folder / "review.mp4"
    fields = Deinterlacer(media.fields)
    frames = fields.apply(_frames(media))
    card, begun = None, []
    if slate is not None and slate.has_frame:
        begun = list(_until_picture(frames))
        card = _draw_card(media, slate, size, begun[-1])
    with MovieWriter(media, file, size, slate, card=card, watch=watch) as movie:
        for frame in chain(begun, frames):
            movie.add(frame)
        movie.finish()
    assert movie.thumbnail is not None  # a movie without a frame was refused by the reader
    _save_thumbnail(movie.thumbnail, folder)
    meta = _meta(media, movie.count, size)
    if card is not None:
        meta["frameIn"] -= 1
    return Reviewable("ftrackreview-mp4", file, folder / "thumbnail.jpg", meta, fields.count)


def _until_picture(frames: Iterator[av.VideoFrame | av.AudioFrame]) -> Iterator[av.VideoFrame | av.AudioFrame]:
    """Yield frames up to the first picture; sound may come before it."""
    import av

    for frame in frames:
        yield frame
        if isinstance(frame, av.VideoFrame):
            return


def _draw_card(
    media: Media, slate: Slate, size: tuple[int, int], first: av.VideoFrame | av.AudioFrame
) -> av.VideoFrame:
    """Return the slate frame, with the first picture on it."""
    import av

    assert isinstance(first, av.VideoFrame)  # a movie without a picture was refused by the reader
    shape = Shaper(media, size)
    picture = shape(first)
    image = draw_slate_frame(slate, size, as_image(picture))
    card: av.VideoFrame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]  # PyAV does not annotate it
    card = card.reformat(format="yuv420p", dst_colorspace=picture.colorspace, dst_color_range=picture.color_range)
    card.color_primaries, card.color_trc = picture.color_primaries, picture.color_trc
    return card


def _frames(media: Media) -> Iterator[av.VideoFrame | av.AudioFrame]:
    if media.still is not None:
        yield from read_frames(media)
        return
    with reader.opened(media.source) as container:
        yield from reader.decoded(container, media.source, sound=media.sound is not None)


def _meta(media: Media, count: int, size: tuple[int, int]) -> dict[str, Any]:
    return {
        "frameIn": media.first_frame,
        "frameOut": media.first_frame + count - 1,
        "frameRate": float(media.rate),
        "width": size[0],
        "height": size[1],
    }


def _save_thumbnail(image: Image.Image, folder: Path) -> None:
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    image.save(folder / "thumbnail.jpg", format="JPEG", quality=85)
