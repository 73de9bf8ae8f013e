"""The dialogs of actions: ftrack's menu is answered from memory, a launch by the action itself.

Nothing is kept between two events of a dialog, so two people may use an action at the same time, and a restart between
two forms does no harm.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from callboard.changes import Change, Entity
from callboard.chunks import chunks
from callboard.engine.actions import action_event
from callboard.engine.actions.action_event import MOST_SELECTED, ActionEvent
from callboard.engine.actions.job_queue import Jobs
from callboard.engine.actions.menu_cache import KnownEntity, KnownUser, MenuCache
from callboard.engine.store.pauses import Pauses
from callboard.errors import CallboardError, Refused
from callboard.forms import Form, Launch, Message, StartJob
from callboard.ftrack import PAGE, Ftrack, ids
from callboard.registry import Action, Registry
from callboard.settings import Settings

_log = logging.getLogger(__name__)

Event = Mapping[str, Any]
Data = dict[str, Any]
Reply = Callable[[Data], None]

#: Seconds that the menu waits for ftrack; a person does not wait longer for a menu.
_MENU_TIMEOUT = 5.0
#: Seconds after which an answer that does not come counts as stuck, and that stopping waits for answers under way.
_LATE, _GRACE = 300.0, 10.0


class Dialogs:
    """Answers ``ftrack.action.discover`` and ``ftrack.action.launch``.

    Args:
        ftrack: For the actions' own reads.
        jobs: Where the long work goes.
        address: What browsers put before ``/icons/...``.
        pauses: What is paused is not offered.
    """

    def __init__(
        self, settings: Settings, registry: Registry, ftrack: Ftrack, jobs: Jobs, *, address: str, pauses: Pauses
    ) -> None:
        self._settings, self._ftrack, self._jobs, self._pauses = settings, ftrack, jobs, pauses
        actions = [each for each in registry.actions.values() if settings.why_off(each.name, each.needs) is None]
        self._actions = {action.name: action for action in actions}
        self._items = {action.name: _menu_item(action, address) for action in actions}
        self._cache = MenuCache(Ftrack.of(settings.ftrack, timeout=_MENU_TIMEOUT))
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="menu")
        self._launchers = ThreadPoolExecutor(4, thread_name_prefix="launch")
        # What is under way: what it is, and since when.
        self._pending: dict[Future[None], tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._late = _LATE

    def stop(self) -> None:
        """End the threads, once what they have in hand is answered; an action that does not come back is left."""
        for pool in (self._readers, self._launchers):
            pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            pending = list(self._pending)
        wait(pending, timeout=_GRACE)
        # What is under way after that is not going to end.
        self._late = 0.0
        for sentence in self.stuck:
            _log.error("%s", sentence)

    @property
    def stuck(self) -> list[str]:
        """A sentence for each dialog that does not come to an answer."""
        now = time.monotonic()
        with self._lock:
            late = [(what, now - since) for what, since in self._pending.values() if now - since > self._late]
        return [f"{what} has had no answer for {seconds:.0f} s." for what, seconds in late]

    def discover(self, event: Event, reply: Reply) -> None:
        """Answer what the menu shows for a selection: immediately from memory, else from another thread."""
        asked = action_event.read(event)
        if asked is None or asked.user is None:
            return
        remembered = self._cache.menu(asked.selection, asked.user)
        if remembered is None:
            self._begin(self._readers, "the action menu", self._look_up, asked, reply)
            return
        entities, user, read_again = remembered
        self._offer(entities, user, reply)
        if read_again:
            # For the next menu; this one has been answered.
            self._begin(self._readers, "the action menu", self._look_up, asked, _ignore)

    def launch(self, event: Event, reply: Reply) -> None:
        """Answer a launch or a submitted form, from a thread of its own."""
        asked = action_event.read(event)
        if asked is not None and asked.action in self._actions:
            self._begin(self._launchers, f"the launch of {asked.action}", self._launch, asked, reply)

    def _begin(
        self,
        pool: ThreadPoolExecutor,
        what: str,
        work: Callable[[ActionEvent, Reply], None],
        asked: ActionEvent,
        reply: Reply,
    ) -> None:
        """Have something answered by another thread, and remember that it is under way."""
        future = pool.submit(work, asked, reply)
        with self._lock:
            self._pending[future] = (what, time.monotonic())
        future.add_done_callback(self._end)

    def _end(self, work: Future[None]) -> None:
        with self._lock:
            self._pending.pop(work, None)
        # A pool keeps the exceptions of what it ran to itself.
        if not work.cancelled() and (error := work.exception()) is not None:
            _log.error("a dialog could not be answered", exc_info=error)

    def _look_up(self, asked: ActionEvent, reply: Reply) -> None:
        """Read what the menu must know, and answer with what can be offered when that fails."""
        user, entities = None, None
        try:
            user = self._read_user(asked)
            entities = self._read_entities(asked)
        except CallboardError as error:
            _log.warning("the action menu shows only what fits any selection: %s", error)
        self._offer(entities, user, reply)

    def _offer(self, entities: Sequence[KnownEntity] | None, user: KnownUser | None, reply: Reply) -> None:
        items = [
            self._items[action.name]
            for action in self._actions.values()
            if self._pauses.of(action.name) is None
            and _why_not(action, self._settings.automation(action.name), entities, user) is None
        ]
        if items:
            reply({"items": items})

    def _launch(self, asked: ActionEvent, reply: Reply) -> None:
        action = self._actions[asked.action]
        try:
            data = self._answer(action, asked)
        except CallboardError as error:
            data = _message_data(Message(str(error), success=False))
        except Exception as error:  # noqa: BLE001 - an action may raise anything; the person reads about it
            _log.exception("the action %s failed", action.name)
            what = f"{action.label} failed: {type(error).__name__}: {error}. See the event server's log."
            data = _message_data(Message(what, success=False))
        if data is not None:
            reply(data)

    def _answer(self, action: Action, asked: ActionEvent) -> Data | None:
        """Return the action's answer; None when the same launch was answered before."""
        if (pause := self._pauses.of(action.name)) is not None:
            raise Refused(f"{action.label} {pause.sentence}")
        settings = self._settings.automation(action.name)
        user = self._read_user(asked)
        entities = self._readable_entities(action, asked)
        if reason := _why_not(action, settings, entities, user):
            raise Refused(reason)
        launch = Launch(
            selection=self._read_selection(action, entities or []),
            user=user.person,
            values=asked.values,
            ftrack=self._ftrack,
            roles=user.roles,
            clear_jobs=self._jobs.clear,
        )
        answer = action.answer(launch, settings)
        if not isinstance(answer, StartJob):
            return _reply_data(answer)
        return self._start_job(action, answer, asked, launch, entities or [])

    def _start_job(
        self, action: Action, job: StartJob, asked: ActionEvent, launch: Launch, entities: Sequence[KnownEntity]
    ) -> Data | None:
        first = entities[0] if entities else KnownEntity("", "")
        change = Change(
            key=asked.key,
            kind="launched",
            entity_type=first.type,
            entity_id=first.id,
            project_id=first.project_id,
            at=datetime.now(UTC),
            by=launch.user,
        )
        name = str(launch.selection[0].get("name") or "") if launch.selection else ""
        if not self._jobs.submit(action, job, change, name=name, project=first.project):
            return None
        return _reply_data(job.reply)

    def _read_user(self, asked: ActionEvent) -> KnownUser:
        """Return the user, read afresh: roles may have been taken away."""
        user = None if asked.user is None else self._cache.read_user(asked.user)
        if user is None:
            raise Refused("ftrack does not know who launched this; reload the page and try again.")
        return user

    def _readable_entities(self, action: Action, asked: ActionEvent) -> list[KnownEntity] | None:
        """Return what is selected; None when it cannot be read and the action works on any selection."""
        try:
            return self._read_entities(asked)
        except Refused:
            if action.on or action.reads:
                raise
            return None

    def _read_entities(self, asked: ActionEvent) -> list[KnownEntity]:
        if asked.selection is None:
            raise Refused(f"The selection cannot be read; select at most {MOST_SELECTED:,} entities.")
        entities = self._cache.entities(asked.selection)
        if entities is None:
            entities = self._cache.read_entities(asked.selection)
        if entities is None:
            raise Refused("Some selected entities are no longer in ftrack; select again.")
        return entities

    def _read_selection(self, action: Action, entities: Sequence[KnownEntity]) -> list[Entity]:
        """Return what is selected, with the action's reads, in the order of the selection."""
        if not action.reads:
            return [Entity({"__entity_type__": each.type, "id": each.id}) for each in entities]
        by_type: dict[str, list[str]] = {}
        for each in entities:
            by_type.setdefault(each.type, []).append(each.id)
        answers = self._ftrack.query_many(
            [
                f"select {', '.join(action.reads)} from {schema_type} where id in {ids(some)} order by id"
                for schema_type, entity_ids in by_type.items()
                for some in chunks(entity_ids, PAGE)
            ]
        )
        found = {entity.id: entity for answer in answers for entity in answer}
        if len(found) < len(entities):
            raise Refused("Some selected entities are no longer in ftrack; select again.")
        return [found[each.id] for each in entities]


def _ignore(_answer: Data) -> None:
    """Answer nobody."""


def _why_not(
    action: Action, settings: Any, entities: Sequence[KnownEntity] | None, user: KnownUser | None
) -> str | None:
    """Return why somebody may not use an action on a selection, or None when they may.

    Args:
        action: The action.
        settings: Its own settings.
        entities: What is selected; None when that is not known.
        user: The user; None when that is not known.
    """
    reason = None
    if settings.roles and (user is None or user.roles.isdisjoint(settings.roles)):
        reason = f"{action.label} is for {' and '.join(settings.roles)} only."
    elif action.on and not entities:
        reason = f"{action.label} needs a selected {' or '.join(action.on)}."
    elif entities is not None and len(entities) > 1 and not action.several:
        reason = f"{action.label} works on one selected entity at a time."
    elif action.on and (wrong := [each.type for each in entities or () if each.type not in action.on]):
        reason = f"{action.label} does not work on {wrong[0]}, only on {', '.join(action.on)}."
    elif settings.projects and (entities is None or any(each.project not in settings.projects for each in entities)):
        reason = f"{action.label} works in these projects only: {', '.join(settings.projects)}."
    return reason


def _menu_item(action: Action, address: str) -> dict[str, str]:
    """Return the action as ftrack's menu shows it; a studio's own action may have no icon."""
    item = {"label": action.label, "actionIdentifier": action.identifier, "description": action.summary}
    if files("callboard").joinpath("icons", f"{action.name}.png").is_file():
        item["icon"] = f"{address}/icons/{action.name}.png"
    return item


def _reply_data(answer: Form | Message) -> Data:
    if isinstance(answer, Message):
        return _message_data(answer)
    return {"items": answer.items, "title": answer.title, "submit_button_label": answer.submit_label}


def _message_data(message: Message) -> Data:
    return {"success": message.success, "message": message.text}
