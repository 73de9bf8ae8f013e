"""Paths from other machines, as this server reads them."""

from __future__ import annotations

from callboard.settings.models import StudioSettings


def local_path(path: str, studio: StudioSettings) -> str:
    r"""Return a path with the longest matching prefix of ``studio.path_map`` replaced by the folder here.

    A prefix with a drive letter or a share (``P:``, ``\\server\share``) matches in any case and with slashes of both
    kinds, as on Windows, and the rest of the path gets forward slashes. A path that no prefix matches stays unchanged.

    Args:
        path: What a person typed.
        studio: For ``path_map``.
    """
    for prefix, folder in sorted(studio.path_map.items(), key=lambda entry: len(entry[0]), reverse=True):
        start = prefix.replace("\\", "/").rstrip("/")
        is_windows = start[1:2] == ":" or start.startswith("//")
        written = path.replace("\\", "/") if is_windows else path
        head, tail = written[: len(start)], written[len(start) :]
        same = head.casefold() == start.casefold() if is_windows else head == start
        if same and (not tail or tail.startswith("/")):
            return folder.rstrip("/") + tail
    return path
