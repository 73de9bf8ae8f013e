"""The facts that an explanation follows from: data alone, gathered elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from callboard.engine.store.pauses import Pause

#: What automations answer to: a creation, a status change, or a launch from ftrack's menu.
Kind = Literal["created", "status", "launched"]


@dataclass(frozen=True)
class About:
    """The entity that is asked about.

    Attributes:
        type: Its schema type; empty when nobody knows it.
        status: The name of its status now; None when it has none, or ftrack did not answer.
    """

    type: str
    id: str
    name: str = ""
    parent: str | None = None
    project: str | None = None
    status: str | None = None


@dataclass(frozen=True)
class Happening:
    """Something that happened to the entity.

    Attributes:
        key: The same for the same change, wherever it was read.
        at: When, in seconds since 1970.
        by: The user name of who did it, if known.
    """

    key: str
    kind: Kind
    at: float
    status: str | None = None
    from_status: str | None = None
    by: str | None = None


@dataclass(frozen=True)
class RunFact:
    """A run: what an automation did about a change.

    Attributes:
        id: The run's number.
        next_try: When a waiting run is tried again, in seconds since 1970; None when nothing went wrong yet.
    """

    id: int
    state: Literal["waiting", "running", "failed", "done"]
    summary: str = ""
    error: str | None = None
    next_try: float | None = None


@dataclass(frozen=True)
class Seen:
    """A change that Callboard has stored.

    Attributes:
        stored: When, in seconds since 1970.
        judged: Whether automations looked at it; they do not at what had happened before Callboard began.
        runs: What automations did about it, by their names.
        ignored: Why automations had nothing to do with it, by their names.
        on_then: The automations that were on when it was stored; None when that is not known.
        because: The number of the run of Callboard's that made it, if one did.
    """

    happening: Happening
    stored: float
    judged: bool = True
    runs: Mapping[str, RunFact] = field(default_factory=dict)
    ignored: Mapping[str, str] = field(default_factory=dict)
    on_then: frozenset[str] | None = None
    because: int | None = None


@dataclass(frozen=True)
class Feed:
    """A feed of ftrack: how far what shows a kind of change was read.

    Attributes:
        watched: Whether an automation that is on needs it.
        at: The time of the newest row that was read; None when it was never read.
        behind: Whether older rows are still being read.
    """

    watched: bool
    at: float | None = None
    behind: bool = False


@dataclass(frozen=True)
class Plan:
    """A dry run: what an automation would do, in phrases, or why it would do nothing, or why nobody can say."""

    would: tuple[str, ...] = ()
    reason: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Automation:
    """An automation and its settings, as far as they decide whether it acts.

    Attributes:
        types: The schema types that it works on; empty: any.
        off: Why it is off, or None when it is on.
        projects: The projects that it works in; empty: all.
        statuses: The statuses that it waits for; None when it is not particular.
        leaving: Whether leaving one of them counts as well.
        roles: The roles that may use an action; empty: everyone.
        plan: None when it was not asked, or ftrack did not answer.
    """

    name: str
    kind: Kind
    types: tuple[str, ...]
    off: str | None = None
    pause: Pause | None = None
    projects: tuple[str, ...] = ()
    statuses: tuple[str, ...] | None = None
    leaving: bool = False
    roles: tuple[str, ...] = ()
    plan: Plan | None = None


@dataclass(frozen=True)
class World:
    """The state of everything that the entity does not decide.

    Attributes:
        now: The time, in seconds since 1970.
        server: The address of the studio's ftrack, and the user that Callboard works as there.
        keep_days: The length of the history.
        first_start: When a server first worked on this database; None: never.
        servers: How many servers are running.
        hub: Whether some of them hears ftrack's events.
        feeds: What shows changes of this entity's type, by kind.
        ftrack_problem: Why ftrack did not answer, or None when it did.
        asked_server: The ftrack that a pasted link leads to, when it is another one.
    """

    now: float
    server: str = ""
    api_user: str = ""
    keep_days: int = 90
    first_start: float | None = None
    servers: int = 0
    hub: bool = False
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    ftrack_problem: str | None = None
    asked_server: str | None = None


@dataclass(frozen=True)
class Facts:
    """Everything that an explanation follows from.

    Attributes:
        about: The entity.
        exists: Whether ftrack shows it; None when ftrack did not answer.
        happened: What ftrack has recorded about it, oldest first.
        seen: What Callboard has stored about it, newest first.
        more: Whether there is older than that.
        automations: In the order in which they are shown.
    """

    about: About
    exists: bool | None
    happened: tuple[Happening, ...]
    seen: tuple[Seen, ...]
    more: bool
    automations: tuple[Automation, ...]
    world: World
