"""Paths of other machines as this server reads them, and paths of this server as other machines read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from callboard.errors import Refused
from callboard.settings.models import StudioSettings
from callboard.studio.paths.spelling import PLATFORM_NAMES, AnyPath, read_path, read_posix


@dataclass(frozen=True)
class Entry:
    """One line of ``studio.path_map``: a prefix on other machines, and the same folder here."""

    prefix: AnyPath
    folder: AnyPath


def entries(studio: StudioSettings) -> Sequence[Entry]:
    """Return the lines of ``studio.path_map``, in their order."""
    return _entries(tuple(studio.path_map.items()))


@lru_cache(maxsize=4)
def _entries(lines: tuple[tuple[str, str], ...]) -> Sequence[Entry]:
    # Asked for every frame of a sequence.
    read = [(read_path(prefix), read_posix(folder)) for prefix, folder in lines]
    return tuple(Entry(prefix, folder) for prefix, folder in read if prefix is not None and folder is not None)


def local_path(text: str, studio: StudioSettings) -> str:
    r"""Return a path as this server reads it: with the longest matching prefix of ``studio.path_map`` replaced.

    A prefix with a drive letter or a share (``P:``, ``\\server\share``) matches in any case and with slashes of both
    kinds, as on Windows. A path below one of the folders of the map is of this server already, and stays; so does one
    that no prefix matches.

    Args:
        text: What a person typed, perhaps with a frame range behind it.
        studio: For ``path_map``.

    Raises:
        Refused: It has ``..`` in it.
    """
    path = read_path(text)
    if path is None:
        return text
    if ".." in path.names:
        raise Refused(f"{text!r} has '..' in it; write the path without it.")
    known = entries(studio)
    unchanged = path.text if path.root == "/" and not text.startswith("/") else text
    here = read_posix(unchanged)
    if here is not None and any(here.is_below(entry.folder) for entry in known):
        return unchanged
    fitting = [entry for entry in known if path.is_below(entry.prefix)]
    if not fitting:
        return unchanged
    best = max(fitting, key=lambda entry: len(entry.prefix.key))
    return AnyPath("/", best.folder.names + path.names[len(best.prefix.names) :]).text


def component_path(text: str, studio: StudioSettings) -> str:
    r"""Return a path of this server as the players of ``studio.component_paths`` read it.

    ftrack's location ``ftrack.unmanaged`` has no prefix of its own: its disk accessor hands out the path that was
    stored, on every platform, so the path must be one that players can open.

    Args:
        text: An absolute path of this server.
        studio: For ``path_map`` and ``component_paths``.

    Returns:
        The path as it is here, if there is no prefix for it.
    """
    if studio.component_paths == "here":
        return text
    path = read_posix(text)
    if path is None:
        return text
    fitting = [entry for entry in entries(studio) if entry.prefix.platform == studio.component_paths]
    for entry in sorted(fitting, key=lambda entry: len(entry.folder.names), reverse=True):
        if path.is_below(entry.folder):
            written = AnyPath(entry.prefix.root, entry.prefix.names + path.names[len(entry.folder.names) :]).text
            # Not where a longer prefix leads elsewhere, or a name has a backslash.
            if local_path(written, studio) == path.text:
                return written
    return text


def find_mistakes(studio: StudioSettings) -> list[str]:
    """Return a sentence for each line of ``studio.path_map`` that another one contradicts, or that is missing."""
    found = []
    known = entries(studio)
    for number, entry in enumerate(known):
        name = entry.prefix.text
        if any(entry.prefix.key == other.prefix.key for other in known[:number]):
            found.append(f"The prefix {name} is there twice; keep one of them.")
        for folder in dict.fromkeys(other.folder for other in known):
            overlaps = f"The prefix {name} overlaps {folder.text}, a folder of this server"
            if entry.prefix == entry.folder or entry.prefix.root != "/":
                continue
            if entry.prefix.is_below(folder):
                found.append(f"{overlaps}, so paths below it stay unchanged; remove it, or correct the folder.")
            elif folder.is_below(entry.prefix):
                found.append(f"{overlaps}, so paths below it mean two things; write a longer prefix.")
    platform = studio.component_paths
    # What Linux players open is often what this server opens.
    if platform in {"windows", "macos"} and all(entry.prefix.platform != platform for entry in known):
        found.append(f"It has no prefix for {PLATFORM_NAMES[platform]}, which component_paths asks for; add one.")
    return found


def find_gaps(studio: StudioSettings) -> list[str]:
    """Return a sentence for each folder of this server to which no path of another platform leads."""
    found = []
    for inner in entries(studio):
        for outer in entries(studio):
            hidden = outer.folder.names + inner.prefix.names[len(outer.prefix.names) :]
            is_inside = inner.prefix.key != outer.prefix.key and inner.prefix.is_below(outer.prefix)
            if is_inside and hidden != inner.folder.names:
                found.append(
                    f"The prefix {inner.prefix.text} lies inside {outer.prefix.text}, so no path on "
                    f"{PLATFORM_NAMES[inner.prefix.platform]} leads to {AnyPath('/', hidden).text}."
                )
    if studio.component_paths in {"windows", "macos"}:
        found += [
            f"{root} has no prefix for {PLATFORM_NAMES[studio.component_paths]}; components below it keep this path."
            for root in studio.media_roots
            if component_path(root, studio) == root
        ]
    return found


def examples(studio: StudioSettings, name: str = "shots") -> list[str]:
    """Return a sentence for each line of ``studio.path_map``: what is typed, and what it is here."""
    sentences = []
    for entry in entries(studio):
        typed = AnyPath(entry.prefix.root, (*entry.prefix.names, name)).text
        here = local_path(typed, studio)
        sentence = f"On {PLATFORM_NAMES[entry.prefix.platform]}, {typed} is {here} here"
        written = component_path(here, studio)
        sentences.append(f"{sentence}, and components have {written}." if written != here else f"{sentence}.")
    return sentences
