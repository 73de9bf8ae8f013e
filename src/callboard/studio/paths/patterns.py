"""Path patterns in the settings, such as ``shots/{parents}/{shot}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter

from pydantic import AfterValidator

from callboard.studio.paths.names import check_name, why_not

#: The field that stands for several folders, one below the other.
PARENTS = "parents"


def pattern(*fields: str) -> AfterValidator:
    """Return the validator of a setting that is a pattern; it annotates the setting's type.

    Args:
        fields: Names allowed in braces. ``{task:lower}`` is the same name in lower case.
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
        parents: The folders that ``{parents}`` stands for; may be empty.

    Raises:
        Refused: A name cannot be a folder or file.
    """
    used = {field for _, field, _, _ in Formatter().parse(text)}
    known = {field: _Name(check_name(name, field.replace("_", " "))) for field, name in names.items() if field in used}
    path: list[str] = []
    for segment in text.split("/"):
        if segment == f"{{{PARENTS}}}":
            path += [check_name(parent, "folder") for parent in parents]
        else:
            path.append(check_name(segment.format_map(known), "folder"))
    return path


class _Name(str):
    """A name that knows the format ``lower``."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return self.lower() if spec == "lower" else str(self)


def _check_segment(segment: str, fields: Sequence[str]) -> None:
    """Refuse a part of a pattern that cannot be filled in, or leads elsewhere."""
    shown = ", ".join(f"{{{field}}}" for field in fields)
    try:
        parts = list(Formatter().parse(segment))
    except ValueError as error:
        raise ValueError(f"{segment!r}: {error}; write a name in braces, such as {shown}") from None
    for _, field, spec, conversion in parts:
        if field is None:
            continue
        if field not in fields:
            raise ValueError(f"{{{field}}} is not known here; allowed are {shown}")
        if conversion or spec not in {"", "lower"}:
            raise ValueError(f"{segment!r} allows only {{{field}}} and {{{field}:lower}}")
        if field == PARENTS and segment != f"{{{PARENTS}}}":
            raise ValueError(f"{{{PARENTS}}} must stand alone between slashes, because it is any number of folders")
    literal = "".join("x" if field is not None else "" for _, field, _, _ in parts) + "".join(part[0] for part in parts)
    if reason := why_not(literal):
        raise ValueError(f"the part {segment!r} cannot be a folder or file: {reason}; write a path such as a/b")
