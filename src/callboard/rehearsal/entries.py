"""The results of a rehearsal, one per change and automation."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from callboard.changes import Change
from callboard.effects import Effect


class Verdict(StrEnum):
    """The kinds of outcome of a change in an automation."""

    #: It would have done something.
    ACT = "act"
    #: It would have done nothing, and says why.
    NOTHING = "nothing"
    #: It would have failed, and says why.
    REFUSED = "refused"


@dataclass(frozen=True)
class Entry:
    """One automation and one change.

    Attributes:
        automation: The automation's name.
        change: What happened, without what was read about it.
        name, parent, project: The entity, what it hangs under and its project, for people.
        verdict: What would have come of it.
        effects: What would have been done.
        reason: Why nothing would have been done, or what would have failed.
        actual: What Callboard did then, as its history says; None where it knows nothing of the change.
    """

    automation: str
    change: Change
    name: str
    parent: str | None
    project: str | None
    verdict: Verdict
    effects: tuple[Effect, ...] = ()
    reason: str = ""
    actual: Actual | None = None

    @property
    def what(self) -> str:
        """A phrase about what happened."""
        where = " / ".join(filter(None, [self.project if self.project != self.name else None, self.parent, self.name]))
        if self.change.kind == "created":
            return f"{self.change.entity_type} {where} was created"
        return f"{self.change.entity_type} {where} became {self.change.status}"

    @property
    def would(self) -> list[str]:
        """A phrase for everything that would have been done."""
        return [effect.describe() for effect in self.effects if effect.kind != "skip"]

    @property
    def outcome(self) -> tuple[str, ...]:
        """The values that distinguish this outcome from others of the same change."""
        return (self.verdict.value, *self.would, *([self.reason] if self.verdict is not Verdict.ACT else []))

    @property
    def differs(self) -> bool:
        """Whether Callboard did something else then."""
        return self.actual is not None and self.actual.verdict != self.verdict

    def as_json(self) -> dict[str, Any]:
        """Return the entry for scripts."""
        change = self.change
        return {
            "automation": self.automation,
            "change": {
                "key": change.key,
                "kind": change.kind,
                "at": change.at.isoformat(),
                "by": change.by.username if change.by else None,
                "status": change.status,
                "from_status": change.from_status,
            },
            "entity": {"type": change.entity_type, "id": change.entity_id, "name": self.name, "parent": self.parent},
            "project": self.project,
            "verdict": self.verdict.value,
            "would": self.would,
            "effects": [effect.model_dump(mode="json") for effect in self.effects],
            "reason": self.reason or None,
            "actual": None if self.actual is None else {"verdict": self.actual.verdict, "summary": self.actual.summary},
        }


@dataclass(frozen=True)
class Actual:
    """Callboard's actual handling of a change.

    Attributes:
        verdict: In the words of the rehearsal; a run that is not over counts as what it is so far.
        summary: What its history says.
    """

    verdict: Verdict
    summary: str


@dataclass
class Rehearsal:
    """All entries of a rehearsal, in the order of the changes.

    Attributes:
        changes: How many changes there were.
        off: Automations that are off, and why.
    """

    changes: int = 0
    entries: list[Entry] = field(default_factory=list)
    off: dict[str, str] = field(default_factory=dict)
