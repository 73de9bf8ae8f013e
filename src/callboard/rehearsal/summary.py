"""The summary of a rehearsal for people: counts, groups and examples instead of thousands of lines."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from callboard.effects import AddToList, CopyFiles, CopyTemplate, MakeFolders, SendSlack, SetStatus
from callboard.rehearsal.entries import Entry, Rehearsal, Verdict

#: Examples of each reason.
_EXAMPLES = 3


@dataclass(frozen=True)
class Group:
    """Entries that ended for one reason.

    Attributes:
        automation: Their automation.
        reason: The reason of the first of them.
        count: How many they are.
        examples: What happened, for the first few.
    """

    automation: str
    reason: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Tally:
    """One automation's outcomes.

    Attributes:
        looked_at: Changes that it looked at.
        act, nothing, refused: What would have come of them.
        differs: How often Callboard did something else then.
    """

    looked_at: int = 0
    act: int = 0
    nothing: int = 0
    refused: int = 0
    differs: int = 0


@dataclass(frozen=True)
class Summary:
    """A rehearsal in short.

    Attributes:
        changes: How many changes there were.
        tallies: By automation.
        off: Automations that are off, and why.
        differences: Entries for which Callboard did something else then.
        refused: Why something would have failed.
        nothing: Why nothing would have been done.
        messages: Slack messages by day and person; a channel is ``a channel``.
        folders: Folders and files by their project's folder.
        lists: Versions by list.
        statuses: How often a status would have been set, by type and status.
    """

    changes: int
    tallies: dict[str, Tally]
    off: dict[str, str]
    differences: tuple[Entry, ...]
    refused: tuple[Group, ...]
    nothing: tuple[Group, ...]
    messages: dict[str, dict[str, int]] = field(default_factory=dict)
    folders: dict[str, int] = field(default_factory=dict)
    lists: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the summary for scripts."""
        return {
            "changes": self.changes,
            "automations": {name: vars(tally) for name, tally in self.tallies.items()},
            "off": self.off,
            "differences": [entry.as_json() for entry in self.differences],
            "refused": [vars(group) for group in self.refused],
            "nothing": [vars(group) for group in self.nothing],
            "messages": self.messages,
            "folders": self.folders,
            "lists": self.lists,
            "statuses": self.statuses,
        }


def summarise(rehearsal: Rehearsal, zone: tzinfo) -> Summary:
    """Return a rehearsal in short; days are the studio's."""
    entries = rehearsal.entries
    messages: dict[str, Counter[str]] = defaultdict(Counter)
    folders: Counter[str] = Counter()
    lists: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    for entry in entries:
        day = f"{entry.change.at.astimezone(zone):%Y-%m-%d}"
        for effect in entry.effects:
            match effect:
                case SendSlack():
                    messages[day].update([name for name, _ in effect.people] or ["a channel"])
                case MakeFolders():
                    folders[effect.folder] += len(effect.folders)
                case CopyFiles() | CopyTemplate():
                    folders[effect.base] += 1
                case AddToList():
                    lists[str(effect.list.found_by["name"])] += 1
                case SetStatus():
                    statuses[f"{effect.entity.type} {effect.status}"] += 1
    return Summary(
        changes=rehearsal.changes,
        tallies=_tallies(entries),
        off=rehearsal.off,
        differences=tuple(entry for entry in entries if entry.differs),
        refused=_groups(entry for entry in entries if entry.verdict is Verdict.REFUSED),
        nothing=_groups(entry for entry in entries if entry.verdict is Verdict.NOTHING),
        messages={day: dict(count.most_common()) for day, count in sorted(messages.items())},
        folders=dict(folders.most_common()),
        lists=dict(sorted(lists.items())),
        statuses=dict(statuses.most_common()),
    )


def _tallies(entries: Sequence[Entry]) -> dict[str, Tally]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        counts[entry.automation].update(["looked_at", entry.verdict.value, *(["differs"] if entry.differs else [])])
    return {name: Tally(**count) for name, count in sorted(counts.items())}


def _groups(entries: Iterable[Entry]) -> tuple[Group, ...]:
    """Return the reasons, the most frequent first; those that differ by names and numbers alone are one."""
    grouped: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        grouped[entry.automation, _shape(entry)].append(entry)
    groups = [
        Group(automation, each[0].reason, len(each), tuple(entry.what for entry in each[:_EXAMPLES]))
        for (automation, _), each in grouped.items()
    ]
    return tuple(sorted(groups, key=lambda group: (-group.count, group.automation, group.reason)))


def _shape(entry: Entry) -> str:
    reason = entry.reason
    for name in sorted(filter(None, (entry.name, entry.parent, entry.project)), key=len, reverse=True):
        reason = reason.replace(name, "…")
    return re.sub(r"\d+", "#", reason)
