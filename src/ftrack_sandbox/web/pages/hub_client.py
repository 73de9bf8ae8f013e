"""The pages' part in the event hub: they ask there in a person's name, and hear what is shown to that person."""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import orjson

from ftrack_sandbox.api import Api, User
from ftrack_sandbox.errors import EntityNotFoundError, ServerFailureError
from ftrack_sandbox.events import packets
from ftrack_sandbox.events.hub import Hub
from ftrack_sandbox.events.member import Member

#: As ftrack's web client names itself; actions address it by that.
APPLICATION = "ftrack.client.web"
_TRIGGER = "ftrack.action.trigger-user-interface"
#: People whose pages are at the hub, what is shown to each, and questions that are remembered, at most.
_MOST_CLIENTS, _MOST_PROMPTS, _MOST_QUESTIONS, _MOST_REPLIES = 200, 20, 300, 200
#: Seconds until the event loop has published something.
_PATIENCE = 30


@dataclass(frozen=True)
class Reply:
    """A reply to a question.

    Attributes:
        data: What it says.
        source: The sender, as the hub's clients name themselves.
        at: When it came (``time.monotonic``).
    """

    data: Any
    source: Mapping[str, Any]
    at: float


@dataclass
class Question:
    """An event that others may reply to.

    Attributes:
        id: The event's id.
        username: Whoever asks.
        topic: The event's topic.
        data: What was sent.
        asked_at: When it was (``time.monotonic``).
        replies: What came, in order.
        about: What the asker wants to remember beside it.
    """

    id: str
    username: str
    topic: str
    data: Mapping[str, Any]
    about: Mapping[str, Any]
    asked_at: float = field(default_factory=time.monotonic)
    replies: list[Reply] = field(default_factory=list)


@dataclass(frozen=True)
class Prompt:
    """A message, form or widget that an action shows to a person without being asked."""

    id: str
    data: Mapping[str, Any]
    at: float

    @property
    def title(self) -> str:
        """The heading above it."""
        return str(self.data.get("title") or "Message of an action")


class HubClient(Member):
    """One person's pages at the hub; used from the event loop only."""

    def __init__(self, hub: Hub, user: User, hear: Callable[[Mapping[str, Any]], None]) -> None:
        super().__init__(user)
        self.id = uuid.uuid4().hex
        self.connected = False
        self._hub, self._hear = hub, hear
        hub.join(self)
        self._subscribe(self.id, "topic=ftrack.meta.reply")
        self._subscribe(uuid.uuid4().hex, f"topic={_TRIGGER}")

    def publish(self, topic: str, data: Any, *, event_id: str) -> None:
        """Send an event."""
        user = {"id": self.user.id, "username": self.user.username}
        source = {"id": self.id, "applicationId": APPLICATION, "user": user}
        event = {"id": event_id, "topic": topic, "data": data, "source": source}
        self._hub.receive(self, packets.event_out(packets.normalise(event)))

    def enqueue(self, frame: str) -> bool:
        """Hear a frame immediately: there is no line that could be slow."""
        self.heard_at = time.monotonic()
        # A hub that lets nothing through does not even greet, and hears of no subscription.
        self.connected |= frame == packets.CONNECT
        packet = packets.parse(frame)
        if packet is not None and packet.kind == packets.EVENT:
            self._hear(orjson.loads(packet.data)["args"][0])
        return True

    def cut(self) -> None:
        """End; the next page connects again."""
        self.connected = False

    def leave(self) -> None:
        """Take part no longer."""
        self.connected = False
        self._hub.leave(self)

    def _subscribe(self, subscriber_id: str, subscription: str) -> None:
        user = {"id": self.user.id, "username": self.user.username}
        subscriber = {"id": subscriber_id, "applicationId": APPLICATION, "user": user}
        data = {"subscriber": subscriber, "subscription": subscription}
        self.publish("ftrack.meta.subscribe", data, event_id=uuid.uuid4().hex)


class HubClients:
    """The pages of all people at the hub: what they asked, and what is shown to them. Its methods suit any thread.

    Attributes:
        version: Differs once something else is shown to somebody.
    """

    def __init__(self, hub: Hub, api: Api) -> None:
        self.version = 0
        self._hub, self._api = hub, api
        self._clients: OrderedDict[str, HubClient] = OrderedDict()
        self._prompts: dict[str, list[Prompt]] = {}
        self._questions: OrderedDict[str, Question] = OrderedDict()
        self._heard = threading.Condition()

    def attend(self, username: str) -> None:
        """Connect a person's pages, unless they are.

        Raises:
            InvalidCredentialsError: There is no such active user.
        """
        known = self._clients.get(username)
        if known is None or not known.connected:
            user = self._api.active_user(username)
            self._hub.soon(lambda: self._client(user))

    def ask(self, username: str, topic: str, data: Mapping[str, Any], about: Mapping[str, Any]) -> Question:
        """Publish an event in a person's name, and remember the replies to it.

        Raises:
            InvalidCredentialsError: There is no such active user.
            ServerFailureError: The hub is down.
        """
        user = self._api.active_user(username)
        question = Question(uuid.uuid4().hex, username, topic, data, about)
        done: Future[bool] = Future()
        with self._heard:
            self._questions[question.id] = question
            while len(self._questions) > _MOST_QUESTIONS:
                self._questions.popitem(last=False)

        def publish() -> None:
            client = self._client(user)
            if client is not None:
                client.publish(topic, data, event_id=question.id)
            done.set_result(client is not None)

        self._hub.soon(publish)
        if not done.result(_PATIENCE):
            raise ServerFailureError("The event hub is down, so no action can be reached; bring it up and try again.")
        return question

    def question(self, question_id: str, username: str) -> Question:
        """Return what a person asked.

        Raises:
            EntityNotFoundError: It is forgotten, or somebody else's.
        """
        found = self._questions.get(question_id)
        if found is None or found.username != username:
            raise EntityNotFoundError("This dialog is over; open the actions again.")
        return found

    def wait(self, question: Question, seconds: float, quiet: float) -> None:
        """Wait until nobody else seems to reply.

        Args:
            question: The question.
            seconds: The longest time.
            quiet: Seconds after the last reply in which no other came.
        """
        end = time.monotonic() + seconds
        with self._heard:
            while (now := time.monotonic()) < end:
                calm = question.replies[-1].at + quiet if question.replies else end
                if now >= calm:
                    return
                self._heard.wait(min(end, calm) - now)

    def prompts(self, username: str) -> list[Prompt]:
        """Return what is shown to a person, the oldest first."""
        return list(self._prompts.get(username, ()))

    def prompt(self, prompt_id: str, username: str) -> Prompt:
        """Return one of those.

        Raises:
            EntityNotFoundError: It was closed.
        """
        for each in self.prompts(username):
            if each.id == prompt_id:
                return each
        raise EntityNotFoundError("This message was closed.")

    def close_prompt(self, prompt_id: str, username: str) -> None:
        """Show something no longer; harmless if it is closed already."""
        with self._heard:
            self._prompts[username] = [each for each in self.prompts(username) if each.id != prompt_id]
            self.version += 1

    def _client(self, user: User) -> HubClient | None:
        """Return a person's client, connected; None while the hub is down. In the event loop only."""
        known = self._clients.get(user.username)
        if known is None or not known.connected:
            if self._hub.is_down:
                return None
            known = HubClient(self._hub, user, lambda event: self._hear(user.username, event))
            self._clients[user.username] = known
        self._clients.move_to_end(user.username)
        while len(self._clients) > _MOST_CLIENTS:
            _, oldest = self._clients.popitem(last=False)
            oldest.leave()
        return known

    def _hear(self, username: str, event: Mapping[str, Any]) -> None:
        with self._heard:
            if event["topic"] == _TRIGGER:
                data = event["data"] if isinstance(event["data"], dict) else {}
                shown = self._prompts.setdefault(username, [])
                shown.append(Prompt(uuid.uuid4().hex, data, time.time()))
                del shown[:-_MOST_PROMPTS]
                self.version += 1
                return
            question = self._questions.get(str(event["inReplyToEvent"]))
            if question is not None and question.username == username and len(question.replies) < _MOST_REPLIES:
                question.replies.append(Reply(event["data"], event["source"], time.monotonic()))
                self._heard.notify_all()
