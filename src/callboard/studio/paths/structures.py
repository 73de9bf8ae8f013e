"""Folder trees in the settings: a table is a folder of folders, a list names the innermost folders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator

from callboard.studio.paths.names import fold, why_not


def folders(structure: dict[str, Any]) -> list[str]:
    """Return the paths of the innermost folders of a tree, with ``/`` between names."""
    return [path for path, inner in _walk(structure) if not inner]


def _walk(structure: dict[str, Any] | list[Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every folder's path and contents."""
    for name in structure:
        inner = structure[name] if isinstance(structure, dict) else []
        yield f"{above}{name}", inner
        yield from _walk(inner, f"{above}{name}/")


def _check(structure: dict[str, Any]) -> dict[str, Any]:
    _check_level(structure, "")
    return structure


def _check_level(level: Any, above: str) -> None:
    if not isinstance(level, dict | list):
        raise ValueError(f"{above[:-1]} must be a table of folders or a list of names, such as ['3d', 'hdri']")  # noqa: TRY004 - pydantic reads ValueError
    seen: dict[str, str] = {}
    for name in level:
        if not isinstance(name, str):
            raise ValueError(f"{above}{name!r} must be a folder's name in quotes")  # noqa: TRY004 - pydantic reads ValueError
        if reason := why_not(name):
            raise ValueError(f"{above}{name} cannot be a folder: {reason}")
        if fold(name) in seen:
            raise ValueError(f"{above}{name} and {above}{seen[fold(name)]} are one folder where case does not count")
        seen[fold(name)] = name
        if isinstance(level, dict):
            _check_level(level[name], f"{above}{name}/")


#: A setting that is a tree of folders.
Structure = Annotated[dict[str, Any], AfterValidator(_check)]
