"""An action's answers: a form, a message, or a job to start.

The items are those of ftrack's own action forms (documented for its web client), so that forms work there unchanged.
State travels in the form as hidden items; the server keeps none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callboard.changes import Entity, Person
from callboard.ftrack import Ftrack
from callboard.jobs import Job

Item = dict[str, Any]


def label(text: str) -> Item:
    """Return a line of text, which may use Markdown."""
    return {"type": "label", "value": text}


def text(name: str, title: str, value: str = "", *, hint: str = "") -> Item:
    """Return a one-line text field; *hint* is shown while it is empty."""
    return {"type": "text", "name": name, "label": title, "value": value, "empty_text": hint}


def text_area(name: str, title: str, value: str = "") -> Item:
    """Return a text field of several lines."""
    return {"type": "textarea", "name": name, "label": title, "value": value}


def number(name: str, title: str, value: float | str = 0) -> Item:
    """Return a number field."""
    return {"type": "number", "name": name, "label": title, "value": value}


def choice(name: str, title: str, options: Sequence[tuple[str, str]], value: str = "") -> Item:
    """Return a drop-down list; *options* are (value, shown text)."""
    data = [{"label": shown, "value": option} for option, shown in options]
    return {"type": "enumerator", "name": name, "label": title, "data": data, "value": value}


def hidden(name: str, value: Any) -> Item:
    """Return an invisible item, whose value comes back with the form's values."""
    return {"type": "hidden", "name": name, "value": value}


@dataclass(frozen=True)
class Form:
    """A form to fill in. Submitting it launches the action again with the values."""

    items: list[Item]
    title: str = ""
    submit_label: str = "Submit"

    def with_mistake(self, sentence: str) -> Form:
        """Return the same form with *sentence* on top, to report a wrong value."""
        return Form([label(f"**{sentence}**"), *self.items], self.title, self.submit_label)


@dataclass(frozen=True)
class Message:
    """The end of a dialog: one sentence."""

    text: str
    success: bool = True


@dataclass(frozen=True)
class StartJob:
    """Long work, which runs as a ftrack Job of the person who launched the action.

    Attributes:
        work: A function ``work(job, arguments)`` at the top of the action's own file; it may run twice after a crash.
            It returns one sentence for the person: what was done.
        arguments: Plain JSON values; stored, so that *work* gets them after a restart as well.
        description: The Job's description while it waits.
        reply: The immediate answer to the person; a form continues the dialog while the job runs.
    """

    work: Callable[[Job, dict[str, Any]], str]
    arguments: dict[str, Any]
    description: str
    reply: Message | Form


Answer = Form | Message | StartJob


@dataclass(frozen=True)
class Launch:
    """One launch of an action from ftrack's menu, or the submission of its form.

    Attributes:
        selection: The selected entities, just read with the action's ``reads``.
        user: The person who launched it.
        values: The submitted form's values; empty at the first launch.
        ftrack: The studio's ftrack, for the queries that a form needs.
        roles: Names of the user's security roles.
        clear_jobs: Stops Callboard's work for these ftrack Jobs (ids); the sentence is the reason.
    """

    selection: list[Entity]
    user: Person
    values: Mapping[str, Any] = field(default_factory=dict)
    ftrack: Ftrack = None  # type: ignore[assignment]  # tests of actions that read nothing need none
    roles: frozenset[str] = frozenset()
    clear_jobs: Callable[[Sequence[str], str], None] = lambda _jobs, _sentence: None
