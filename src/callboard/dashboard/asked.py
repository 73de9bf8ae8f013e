"""Questions to the page of runs: what somebody typed and which filters they chose, as addresses keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, tzinfo
from urllib.parse import urlencode

from callboard.engine.store.labels import words_of
from callboard.engine.store.search import Wanted
from callboard.ftrack.links import read_entity

#: The choices of how long ago, each with its seconds.
AGES = {"1h": 3600, "24h": 86_400, "7d": 7 * 86_400, "30d": 30 * 86_400}
#: The state that stands for changes that automations had nothing to do with.
IGNORED = "ignored"
#: Words that are looked for, at most; and letters of a field that are read.
_WORDS, _LETTERS = 8, 2000


@dataclass(frozen=True)
class Asked:
    """A question of somebody's; an empty text asks for nothing in particular.

    Attributes:
        q: What they typed: words, the number of a run, the id of an entity, or a link of ftrack's.
        automation: Its name.
        project: Its id.
        person: The user name.
        state: A state of runs, or :data:`IGNORED`.
        why: The number of a kind of error or reason.
        since: One of :data:`AGES`, or a date and time in ISO 8601, on the studio's clock if it has no zone.
        until: Such a date and time.
    """

    q: str = ""
    automation: str = ""
    project: str = ""
    person: str = ""
    state: str = ""
    why: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Asked:
        """Return what the parameters of an address, or the fields of a form, ask for."""
        return cls(**{each.name: str(given.get(each.name, "")).strip()[:_LETTERS] for each in fields(cls)})

    def address(self, path: str = "/runs", **more: object) -> str:
        """Return the address of a page that asks for the same; *more* is added to it."""
        return f"{path}?{urlencode(self.given | more)}" if self.given | more else path

    def but(self, **changes: str) -> Asked:
        """Return the same with other filters."""
        return replace(self, **changes)

    @property
    def given(self) -> dict[str, object]:
        """The parameters that ask for something, each with its value."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def run(self) -> int | None:
        """The number of the run that was typed, or None when it is not such a number."""
        typed = self.q.removeprefix("#")
        is_number = typed.isascii() and typed.isdecimal() and len(typed) < 10
        return int(typed) if is_number and (typed[0] != "0" or self.q != typed) else None

    def wanted(self, moment: datetime, zone: tzinfo) -> Wanted:
        """Return the runs that are meant.

        Args:
            moment: The time now.
            zone: The zone of the studio's clock.
        """
        named = read_entity(self.q)
        is_project = named is not None and named.type == "Project"
        return Wanted(
            words=() if named else words_of(self.q)[:_WORDS],
            entity=named.id if named and not is_project else None,
            automation=self.automation or None,
            project=named.id if named and is_project else self.project or None,
            person=self.person or None,
            state=self.state if self.state not in ("", IGNORED) else None,
            why=_number(self.why),
            since=_moment(self.since, moment, zone),
            until=_moment(self.until, moment, zone),
        )


def _number(text: str) -> int | None:
    """Return the number of a label; one that no label has for any other text."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _moment(text: str, moment: datetime, zone: tzinfo) -> float | None:
    """Return a time in seconds since 1970; None when the text is not one."""
    if text in AGES:
        return moment.timestamp() - AGES[text]
    try:
        written = datetime.fromisoformat(text)
        return (written if written.tzinfo else written.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        return None
