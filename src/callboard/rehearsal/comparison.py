"""Two rehearsals of the same time: only what differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from callboard.rehearsal.entries import Entry, Rehearsal


@dataclass(frozen=True)
class Difference:
    """One automation and one change of which two configurations make something else.

    Attributes:
        one: What the first configuration makes of it; None where it does not look at it.
        other: What the second one does; None likewise.
    """

    one: Entry | None
    other: Entry | None

    @property
    def entry(self) -> Entry:
        """Either of them, for what they share."""
        found = self.one or self.other
        assert found is not None
        return found

    def as_json(self) -> dict[str, Any]:
        """Return the difference for scripts."""
        return {
            "one": self.one.as_json() if self.one else None,
            "other": self.other.as_json() if self.other else None,
        }


def compare(one: Rehearsal, other: Rehearsal) -> list[Difference]:
    """Return what differs, in the order of the changes."""
    first, second = ({(each.change.key, each.automation): each for each in both.entries} for both in (one, other))
    found = []
    for key in dict.fromkeys([*first, *second]):
        here, there = first.get(key), second.get(key)
        if (here.outcome if here else ()) != (there.outcome if there else ()):
            found.append(Difference(here, there))
    return sorted(found, key=lambda each: (each.entry.change.at, each.entry.change.key, each.entry.automation))
