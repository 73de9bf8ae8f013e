"""An explanation: conditions with their answers, and what to do where the answer is no."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callboard.explain.facts import About, Seen


class Answer(StrEnum):
    """The answers to a condition."""

    YES = "yes"
    NO = "no"
    #: It cannot be said, since something did not answer or was not kept.
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """The causes: why something is as it is, in a word that scripts can compare."""

    # Something came of it.
    DONE = "done"
    FAILED = "failed"
    WAITING = "waiting"
    RUNNING = "running"
    # It was seen, and the automation has nothing to do with it.
    OFF = "off"
    PAUSED = "paused"
    WAS_OFF = "was off"
    PROJECT = "project"
    KIND = "kind"
    STATUS = "status"
    IGNORED = "ignored"
    NOT_LAUNCHED = "not launched"
    # It was not seen.
    MISSING = "missing"
    OTHER_FTRACK = "other ftrack"
    NOT_WATCHED = "not watched"
    TOO_OLD = "too old"
    NEVER_STARTED = "never started"
    BEFORE_START = "before the first start"
    DOWN = "server down"
    BEHIND = "behind"
    NOT_HEARD = "not heard"
    SOON = "soon"
    MISSED = "missed"
    NOTHING_HAPPENED = "nothing happened"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Fix:
    """A way to change an answer.

    Attributes:
        text: A sentence.
        command: The command that does it, if one does.
        page: The address of the dashboard's page with the button that does it, if one does.
    """

    text: str
    command: str | None = None
    page: str | None = None


@dataclass(frozen=True)
class Condition:
    """A question with its answer.

    Attributes:
        question: A few words.
        answer: Yes, no, or unknown.
        sentence: What is so.
        cause: What a no means.
        fix: What to do about a no; None when there is nothing to do.
    """

    question: str
    answer: Answer
    sentence: str
    cause: Cause | None = None
    fix: Fix | None = None


@dataclass(frozen=True)
class Verdict:
    """A conclusion: what came of it, and what to do."""

    cause: Cause
    sentence: str
    fix: Fix | None = None


@dataclass(frozen=True)
class AutomationAnswer:
    """One automation's part.

    Attributes:
        name: The automation.
        verdict: What it did about the newest change that it looks at, or why it did nothing.
        conditions: In the order in which they decide.
        run: The number of its newest run about this entity, perhaps of an earlier change; None when there is none.
    """

    name: str
    verdict: Verdict
    conditions: tuple[Condition, ...]
    run: int | None = None


@dataclass(frozen=True)
class Explanation:
    """The whole answer.

    Attributes:
        about: The entity.
        verdict: Whether Callboard saw anything of it, or why not.
        conditions: What has to be so for anything to be seen.
        automations: Those that look at such entities.
        others: The names of those that look at other things.
        seen: What was seen, newest first.
        more: Whether there is older than that.
    """

    about: About
    verdict: Verdict
    conditions: tuple[Condition, ...]
    automations: tuple[AutomationAnswer, ...]
    others: tuple[str, ...]
    seen: tuple[Seen, ...]
    more: bool = False
