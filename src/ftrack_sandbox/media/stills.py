"""Still images: with Pillow, and those of scanners and renderers with OpenImageIO where that is installed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftrack_sandbox.media.errors import UnreadableMediaError

if TYPE_CHECKING:
    from PIL import Image

#: How files begin that Pillow cannot read, or not in every depth, and what they are called.
_BEGINNINGS = {
    b"\x76\x2f\x31\x01": "An EXR",
    b"SDPX": "A DPX",
    b"XPDS": "A DPX",
    b"\x80\x2a\x5f\xd7": "A Cineon file",
    b"#?RADIANCE": "A Radiance HDR",
    b"\xff\x0a": "A JPEG XL",
    b"\0\0\0\x0cJXL ": "A JPEG XL",
    b"II*\0": "A TIFF of this kind",
    b"MM\0*": "A TIFF of this kind",
}
#: Their values are light, and not yet what a display shows.
_LINEAR = {"An EXR", "A Radiance HDR"}
_COLOURS, _GREY = ("R", "G", "B"), (["Y"], ["I"])


def is_still(source: Path) -> bool:
    """Tell whether the file looks like a still image; only its beginning is read."""
    return _frames(source) == 1 or (_frames(source) is None and _name_of(source) is not None)


def read_still(source: Path) -> Image.Image | None:
    """Return the picture, upright and in 8 bits, or None if the file is not a still image.

    Raises:
        UnreadableMediaError: It is one, but damaged, or nothing that is installed can read it.
    """
    from PIL import Image, ImageOps

    frames = _frames(source)
    if frames is None:
        name = _name_of(source)
        return None if name is None else _read_with_openimageio(source, name)
    if frames > 1:
        return None
    try:
        with Image.open(source) as image:
            upright: Image.Image = ImageOps.exif_transpose(image)
            return as_8_bit(upright).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableMediaError(f"The image cannot be read: {error}") from error


def as_8_bit(picture: Image.Image) -> Image.Image:
    """Return grey of 16 bits as grey of 8 bits; Pillow itself makes it white, since it cuts off each value at 255."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")


def _frames(source: Path) -> int | None:
    """Return how many pictures are in a file, or None if Pillow does not know it."""
    from PIL import Image

    try:
        with Image.open(source) as image:
            return int(getattr(image, "n_frames", 1))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


def _name_of(source: Path) -> str | None:
    try:
        with source.open("rb") as file:
            beginning = file.read(16)
    except FileNotFoundError:
        return None
    return next((name for start, name in _BEGINNINGS.items() if beginning.startswith(start)), None)


def _read_with_openimageio(source: Path, name: str) -> Image.Image:
    from PIL import Image

    try:
        import OpenImageIO
    except ImportError:
        raise UnreadableMediaError(
            f"{name} needs OpenImageIO, which is not installed: pip install 'ftrack-sandbox[exr]'."
        ) from None
    try:
        picture = _colours(OpenImageIO, source)
    except (ValueError, OSError) as error:
        raise UnreadableMediaError(f"{name} cannot be read: {error}") from error
    if picture is None:
        raise UnreadableMediaError(f"{name} without red, green and blue that can be read is not shown here.")
    shown = OpenImageIO.ImageBufAlgo.crop(picture, roi=picture.roi_full)
    if name in _LINEAR:
        shown = OpenImageIO.ImageBufAlgo.colorconvert(shown, "lin_rec709", "srgb")
    with tempfile.TemporaryDirectory(prefix="ftrack-sandbox-") as folder:
        file = Path(folder) / "shown.png"
        shown.set_write_format("uint8")
        if not shown.write(str(file)):
            raise UnreadableMediaError(f"{name} cannot be read: {shown.geterror()}")
        with Image.open(file) as image:
            return image.convert("RGB")


def _colours(library: Any, source: Path) -> Any:
    """Return red, green and blue of the first part that has them, plain or in a layer; None where none has.

    Raises:
        OSError: The file is damaged.
        ValueError: A name in it is not UTF-8.
    """
    first = library.ImageBuf(str(source))
    if first.has_error:
        raise OSError(first.geterror().partition("\n")[0])
    for part in range(max(1, first.nsubimages)):
        found = library.ImageBuf(str(source), part, 0)
        names = list(found.spec().channelnames)
        for prefix in dict.fromkeys(["", *(name.rpartition(".")[0] + "." for name in names if "." in name)]):
            wanted = tuple(prefix + colour for colour in _COLOURS)
            if set(wanted) <= set(names):
                return library.ImageBufAlgo.channels(found, wanted)
        if names in _GREY:
            return library.ImageBufAlgo.channels(found, (0, 0, 0))
    return None
