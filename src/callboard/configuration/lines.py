"""The line of a key in a TOML file; the standard library's parser does not report it."""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\"'-]+(?:\s*\.\s*[A-Za-z0-9_\"'-]+)*)\s*=")


def line_of(text: str, key: tuple[str, ...]) -> int | None:
    """Return the line (from 1) of the deepest part of *key* that has a line of its own, or None.

    A key inside an inline table or a list has the line of the setting that holds it.
    """
    table: tuple[str, ...] = ()
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = path = _parts(header[1])
        elif assignment := _KEY.match(line):
            path = table + _parts(assignment[1])
        else:
            continue
        if key[: len(path)] == path and (best is None or len(path) > best[0]):
            best = len(path), number
    return best[1] if best else None


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
