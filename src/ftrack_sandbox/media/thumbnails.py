"""Thumbnails as /component/thumbnail gives them: PNG, bounded by a square, made once."""

from __future__ import annotations

import uuid
from pathlib import Path

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.media.files import FileStore
from ftrack_sandbox.media.libraries import need
from ftrack_sandbox.media.stills import as_8_bit

DEFAULT_SIZE = 300
MAXIMUM_SIZE = 4096


def thumbnail(files: FileStore, component_id: str, size: int) -> Path:
    """Return the component's thumbnail of at most size by size pixels, making it when needed.

    Raises:
        EntityNotFoundError: The component has no file here.
        ValidationError: Its file is not an image, or the size is out of range.
        MissingLibraryError: Pillow is not installed.
    """
    if not 1 <= size <= MAXIMUM_SIZE:
        raise ValidationError(f"The size of a thumbnail is from 1 to {MAXIMUM_SIZE} pixels, not {size}.")
    source = files.existing(component_id)
    path = files.thumbnail_path(component_id, size)
    if path.exists() and path.stat().st_mtime_ns >= source.stat().st_mtime_ns:
        return path
    need("A thumbnail", PIL="Pillow")
    path.parent.mkdir(exist_ok=True)
    beside = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        _draw(source, beside, size)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def _draw(source: Path, target: Path, size: int) -> None:
    """Write the thumbnail byte for byte as a real ftrack does: 256 colours, a whole palette, no filters."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(source) as image:
            picture = as_8_bit(image).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValidationError(f"The component's file is not an image that can be read: {error}") from error
    picture.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=None)
    indexed = picture.quantize(256, Image.Quantize.MEDIANCUT)
    palette = indexed.getpalette() or []
    # Pillow would write fewer bits where there are fewer colours.
    indexed.putpalette(palette + [0] * (768 - len(palette)))
    indexed.save(target, format="PNG", compress_level=6)
