"""Patterns of paths in the settings, such as ``shots/{parents}/{shot}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter

from pydantic import AfterValidator

from callboard.studio.paths.names import checked, why_not

#: The field that stands for several folders, one below the other.
PARENTS = "parents"


def pattern(*fields: str) -> AfterValidator:
    """Return a check of a setting at load; it annotates the setting's type.

    Args:
        fields: Names that may stand in braces. ``{task:lower}`` is the same in lower case.
    """

    def check(text: str) -> str:
        for segment in text.split("/"):
            _check_segment(segment, fields)
        return text

    return AfterValidator(check)


def fill(text: str, names: Mapping[str, str], parents: Sequence[str] = ()) -> list[str]:
    """Return the path that a pattern stands for, as a list of names.

    Args:
        text: A pattern.
        names: Field -> name.
        parents: What ``{parents}`` stands for; nothing is fine.

    Raises:
        Refused: A name cannot be a folder's or file's.
    """
    used = {field for _, field, _, _ in Formatter().parse(text)}
    known = {field: _Name(checked(name, field.replace("_", " "))) for field, name in names.items() if field in used}
    path: list[str] = []
    for segment in text.split("/"):
        if segment == f"{{{PARENTS}}}":
            path += [checked(parent, "folder") for parent in parents]
        else:
            path.append(checked(segment.format_map(known), "folder"))
    return path


class _Name(str):
    """A name that knows the format ``lower``."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return self.lower() if spec == "lower" else str(self)


def _check_segment(segment: str, fields: Sequence[str]) -> None:
    """Refuse a part of a pattern that could not be filled in, or leads elsewhere."""
    shown = ", ".join(f"{{{field}}}" for field in fields)
    try:
        parts = list(Formatter().parse(segment))
    except ValueError as error:
        raise ValueError(f"{segment!r}: {error}; write a name in braces, such as {shown}") from None
    for _, field, spec, conversion in parts:
        if field is None:
            continue
        if field not in fields:
            raise ValueError(f"{{{field}}} is not known here; these are: {shown}")
        if conversion or spec not in {"", "lower"}:
            raise ValueError(f"in {segment!r} only {{{field}}} and {{{field}:lower}} are possible")
        if field == PARENTS and segment != f"{{{PARENTS}}}":
            raise ValueError(f"{{{PARENTS}}} stands alone between slashes, since it is any number of folders")
    literal = "".join("x" if field is not None else "" for _, field, _, _ in parts) + "".join(part[0] for part in parts)
    if reason := why_not(literal):
        raise ValueError(f"the part {segment!r} cannot be a folder or file: {reason}; write a path such as a/b")
