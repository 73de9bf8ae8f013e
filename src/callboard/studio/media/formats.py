"""The file extensions of media."""

from __future__ import annotations

from callboard.errors import Refused

MOVIES = frozenset({".mov", ".mp4", ".m4v", ".mxf", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".ts", ".m2ts"})
#: Stills, alone or as the frames of a sequence.
STILLS = frozenset(
    {
        *(".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dpx", ".exr", ".cin", ".hdr", ".psd", ".psb", ".tga", ".bmp"),
        *(".webp", ".jp2", ".j2k", ".jxl"),
    }
)

SUPPORTED = "movies: " + " ".join(sorted(MOVIES)) + "; stills and image sequences: " + " ".join(sorted(STILLS))


def is_movie(ending: str) -> bool:
    """Return whether files of this ending (``.mov``) are movies rather than stills.

    Raises:
        Refused: They are neither.
    """
    if ending.lower() in MOVIES | STILLS:
        return ending.lower() in MOVIES
    named = f"{ending} files are" if ending else "Files without an ending are"
    raise Refused(f"{named} not supported; supported are {SUPPORTED}.")
