"""The dialogs of actions: ftrack's menu is answered from memory, a launch by the action itself.

Nothing of a dialog is kept between two events, so that two people may use an action at once and a restart between two
forms does no harm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from callboard.changes import Change, Entity
from callboard.engine.actions import action_event
from callboard.engine.actions.action_event import Asked
from callboard.engine.actions.job_queue import Jobs
from callboard.engine.actions.menu_cache import Asker, Known, Thing
from callboard.errors import CallboardError, Refused
from callboard.forms import Form, Launch, Message, StartJob
from callboard.ftrack import Ftrack, ids
from callboard.registry import Action, Registry
from callboard.settings import Settings

_log = logging.getLogger(__name__)

Event = Mapping[str, Any]
Data = dict[str, Any]
Reply = Callable[[Data], None]

#: Seconds that the menu waits for ftrack; a person does not wait longer for a menu.
_MENU_TIMEOUT = 5.0


class Dialogs:
    """Answers ``ftrack.action.discover`` and ``ftrack.action.launch``.

    Args:
        ftrack: For the actions' own reads.
        jobs: Where the long work goes.
        address: What browsers put before ``/icons/...``.
    """

    def __init__(self, settings: Settings, registry: Registry, ftrack: Ftrack, jobs: Jobs, address: str) -> None:
        self._settings, self._ftrack, self._jobs = settings, ftrack, jobs
        actions = [each for each in registry.actions.values() if settings.why_off(each.name, each.needs) is None]
        self._actions = {action.name: action for action in actions}
        self._items = {action.name: _item(action, address) for action in actions}
        table = settings.ftrack
        self._known = Known(
            Ftrack(table.server, table.api_user, table.api_key.get_secret_value(), timeout=_MENU_TIMEOUT)
        )
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="menu")
        self._launchers = ThreadPoolExecutor(4, thread_name_prefix="launch")

    def stop(self) -> None:
        """End the threads; what they have in hand is still answered."""
        for pool in (self._readers, self._launchers):
            pool.shutdown(wait=True, cancel_futures=True)

    def discover(self, event: Event, reply: Reply) -> None:
        """Answer what the menu shows for a selection: at once from memory, else from a thread of its own."""
        question = action_event.read(event)
        if question is None or question.user is None:
            return
        things, asker = self._known.things(question.selection), self._known.asker(question.user)
        if things is not None and asker is not None:
            self._offer(things, asker, reply)
        else:
            self._readers.submit(self._look_up, question, reply).add_done_callback(_tell_defect)

    def launch(self, event: Event, reply: Reply) -> None:
        """Answer a launch or a submitted form, from a thread of its own."""
        question = action_event.read(event)
        if question is not None and question.action in self._actions:
            self._launchers.submit(self._launch, question, reply).add_done_callback(_tell_defect)

    def _look_up(self, question: Asked, reply: Reply) -> None:
        try:
            asker = self._asker(question)
            things = self._things(question)
            self._offer(things, asker, reply)
        except CallboardError as error:
            _log.warning("the action menu stays empty: %s", error)

    def _offer(self, things: Sequence[Thing], asker: Asker, reply: Reply) -> None:
        items = [
            self._items[action.name]
            for action in self._actions.values()
            if _why_not(action, self._settings.automation(action.name), things, asker) is None
        ]
        if items:
            reply({"items": items})

    def _launch(self, question: Asked, reply: Reply) -> None:
        action = self._actions[question.action]
        try:
            data = self._answered(action, question)
        except CallboardError as error:
            data = _message(Message(str(error), success=False))
        except Exception as error:  # noqa: BLE001 - an action may raise anything; the person is told
            _log.exception("the action %s failed", action.name)
            what = f"{action.label} failed: {type(error).__name__}: {error}. The log of the event server says where."
            data = _message(Message(what, success=False))
        if data is not None:
            reply(data)

    def _answered(self, action: Action, question: Asked) -> Data | None:
        settings = self._settings.automation(action.name)
        asker, things = self._asker(question), self._things(question)
        if reason := _why_not(action, settings, things, asker):
            raise Refused(reason)
        launch = Launch(
            selection=self._selection(action, things),
            user=asker.person,
            values=question.values,
            ftrack=self._ftrack,
            roles=asker.roles,
            clear_jobs=self._jobs.clear,
        )
        answer = action.answer(launch, settings)
        if not isinstance(answer, StartJob):
            return _shown(answer)
        return self._started(action, answer, question, launch, things)

    def _started(
        self, action: Action, job: StartJob, question: Asked, launch: Launch, things: Sequence[Thing]
    ) -> Data | None:
        thing = things[0] if things else Thing("", "")
        change = Change(
            key=question.key,
            kind="launched",
            entity_type=thing.type,
            entity_id=thing.id,
            project_id=thing.project_id,
            at=datetime.now(UTC),
            by=launch.user,
        )
        name = str(launch.selection[0].get("name") or "") if launch.selection else ""
        if not self._jobs.submit(action, job, change, name=name, project=thing.project):
            return None
        return _shown(job.reply)

    def _asker(self, question: Asked) -> Asker:
        """Who asks, read afresh."""
        asker = None if question.user is None else self._known.read_asker(question.user)
        if asker is None:
            raise Refused("ftrack does not know who launched this; reload the page and try again.")
        return asker

    def _things(self, question: Asked) -> list[Thing]:
        things = self._known.things(question.selection)
        if things is None:
            self._known.read_things(question.selection)
            things = self._known.things(question.selection)
        if things is None:
            raise Refused("Some of what is selected is not in ftrack any more.")
        return things

    def _selection(self, action: Action, things: Sequence[Thing]) -> list[Entity]:
        """What is selected, with the action's reads, in the order of the selection."""
        if not action.reads:
            return [Entity({"__entity_type__": thing.type, "id": thing.id}) for thing in things]
        by_type: dict[str, list[str]] = {}
        for thing in things:
            by_type.setdefault(thing.type, []).append(thing.id)
        answers = self._ftrack.query_many(
            [
                f"select {', '.join(action.reads)} from {schema_type} where id in {ids(entity_ids)} order by id"
                for schema_type, entity_ids in by_type.items()
            ]
        )
        found = {entity.id: entity for answer in answers for entity in answer}
        if len(found) < len(things):
            raise Refused("Some of what is selected is not in ftrack any more.")
        return [found[thing.id] for thing in things]


def _tell_defect(work: Future[None]) -> None:
    # A pool keeps the exceptions of what it ran to itself.
    if not work.cancelled() and (error := work.exception()) is not None:
        _log.error("a dialog could not be answered", exc_info=error)


def _why_not(action: Action, settings: Any, things: Sequence[Thing], asker: Asker) -> str | None:
    """Why somebody may not use an action on a selection, or None when they may."""
    reason = None
    if settings.roles and asker.roles.isdisjoint(settings.roles):
        reason = f"{action.label} is for {' and '.join(settings.roles)} only."
    elif action.on and not things:
        reason = f"{action.label} needs a selected {' or '.join(action.on)}."
    elif len(things) > 1 and not action.several:
        reason = f"{action.label} takes one selected thing at a time."
    elif action.on and (wrong := [thing.type for thing in things if thing.type not in action.on]):
        reason = f"{action.label} does not work on {wrong[0]}, only on {', '.join(action.on)}."
    elif settings.projects and any(thing.project not in settings.projects for thing in things):
        reason = f"{action.label} works in these projects only: {', '.join(settings.projects)}."
    return reason


def _item(action: Action, address: str) -> dict[str, str]:
    """The action as ftrack's menu shows it; a studio's own action may have no icon."""
    item = {"label": action.label, "actionIdentifier": action.identifier, "description": action.summary}
    if files("callboard").joinpath("icons", f"{action.name}.png").is_file():
        item["icon"] = f"{address}/icons/{action.name}.png"
    return item


def _shown(answer: Form | Message) -> Data:
    if isinstance(answer, Message):
        return _message(answer)
    return {"items": answer.items, "title": answer.title, "submit_button_label": answer.submit_label}


def _message(message: Message) -> Data:
    return {"success": message.success, "message": message.text}
