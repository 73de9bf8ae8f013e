"""Slack messages, each sent to its recipient once.

    a person   Slack id, channel or e-mail address of ``slack.people``, else the ftrack user's e-mail address
    fallback   the project's channel of ``slack.projects``, else ``slack.default_channel``

People whom Slack does not know, or has deactivated, are named in the fallback.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Protocol

from callboard import seams
from callboard.effects import SendSlack
from callboard.errors import Refused, TryAgain
from callboard.mrkdwn import escape
from callboard.settings.models import SlackSettings

if TYPE_CHECKING:
    # Slow to import, and not needed where there is no Slack.
    from slack_sdk.errors import SlackApiError

#: Seconds to wait for Slack.
_TIMEOUT = 20
#: Faults of the network in a row after which Slack counts as away, and seconds for which it is not asked then.
_FAULTS, _AWAY = 3, 10.0
#: Seconds for which a person's Slack id is believed, and for which somebody counts as unknown to Slack.
_KNOWN, _UNKNOWN = 3600.0, 300.0
#: Characters of a key in the ledger, at most; a longer one is hashed.
_KEY = 100

#: What Slack says when a recipient cannot be written to, but others can (documented with each method).
_NO_SUCH_RECIPIENT = {
    *("user_not_found", "users_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot", "invalid_users"),
    *("channel_not_found", "not_in_channel", "is_archived", "messages_tab_disabled", "restricted_action"),
}
#: What Slack says when it is out of order itself (documented with each method).
_HEALS = {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_ASKS_TO_WAIT = "Slack asks to wait."


class Ledger(Protocol):
    """Notes which messages of one effect have been sent; it survives a crash."""

    def sent(self) -> Collection[str]:
        """Return the keys that were noted."""

    def note(self, *keys: str) -> None:
        """Note that a message has been sent, under all of these keys or none."""


class Slack:
    """The studio's Slack. May be used from any thread.

    Args:
        settings: The ``[slack]`` table.
        server: ftrack's address, which messages link to.
        clock: Seconds, ever growing.
    """

    def __init__(self, settings: SlackSettings, server: str, clock: Callable[[], float] = time.monotonic) -> None:
        from slack_sdk import WebClient

        self._settings = settings
        self._server = server
        self._clock = clock
        # Until when Slack asked not to call a method; it limits each of them by itself.
        self._wait_until: dict[str, float] = {}
        self._faults, self._last_fault = 0, 0.0
        # E-mail address -> (until when it is believed, the Slack id or None).
        self._looked_up: dict[str, tuple[float, str | None]] = {}
        # No retry handlers: a run that waits is visible, holds nobody up, and survives a restart.
        self._client = WebClient(
            settings.token.get_secret_value(), base_url=settings.api_url, timeout=_TIMEOUT, retry_handlers=[]
        )

    def send(self, effect: SendSlack, ledger: Ledger) -> str:
        """Send a message to its people, and to a channel for those who cannot be reached.

        Returns:
            What was done, as a phrase for people.

        Raises:
            TryAgain: Slack is away or asks to wait. Everybody was tried, and the ledger holds what has been sent.
            Refused: Slack does not accept the token, or no channel can be written to.
        """
        text = effect.text + self._link(effect)
        sent = set(ledger.sent())
        reached, missed, problems = [], [], []
        for username, email in effect.people:
            try:
                if self._send_to_person(username, email, text, sent, ledger):
                    reached.append(username)
                else:
                    missed.append(username)
            except TryAgain as problem:
                problems.append(problem)
        if problems:
            raise TryAgain(str(problems[0]), after=max(each.after or 0.0 for each in problems) or None)
        done = [f"sent a Slack message to {', '.join(reached)}"] if reached else []
        if missed or not effect.people:
            reason = f"Slack does not know {', '.join(missed)}" if missed else effect.fallback_reason
            channel = self._send_to_channel(effect.project, f"{text}\n_{escape(reason)}_", sent, ledger)
            done.append(f"sent a Slack message to {channel} ({reason})")
        return " and ".join(done)

    def _send_to_person(self, username: str, email: str, text: str, sent: set[str], ledger: Ledger) -> bool:
        """Write to a person unless that has been done; False when Slack does not know them."""
        # The ledger comes first: asking again for those who have their message would use up the limit of look-ups.
        person = _key(f"@{username}")
        if person in sent:
            return True
        self._refuse_early("chat.postMessage")
        recipient = self._recipient(username, email)
        return recipient is not None and self._send_once(recipient, text, sent, ledger, person)

    def _recipient(self, username: str, email: str) -> str | None:
        """Return the Slack channel or user id to write to; None when there is none."""
        place = self._settings.people.get(username) or email or username
        if "@" not in place:
            # Without an address a user name of ftrack says nothing to Slack.
            return place if username in self._settings.people else None
        until, recipient = self._looked_up.get(place, (0.0, None))
        if self._clock() >= until:
            found = self._call("users.lookupByEmail", "user", email=place)
            recipient = None if found is None or found["user"].get("deleted") else found["user"]["id"]
            believed = _UNKNOWN if recipient is None else _KNOWN
            self._looked_up[place] = (self._clock() + believed, recipient)
        return recipient

    def _send_to_channel(self, project: str, text: str, sent: set[str], ledger: Ledger) -> str:
        for channel in self._channels(project):
            if self._send_once(channel, text, sent, ledger):
                return channel
        named = ", ".join(self._channels(project))
        if not named:
            fix = f"set slack.default_channel, or add {project} to slack.projects"
            raise Refused(f"No Slack channel for project {project}: {fix}.")
        raise Refused(f"Slack lets nobody write to {named}: invite the app there, or correct the channel in [slack].")

    def _channels(self, project: str) -> Iterator[str]:
        yield from filter(None, (self._settings.projects.get(project), self._settings.default_channel))

    def _send_once(self, recipient: str, text: str, sent: set[str], ledger: Ledger, *more: str) -> bool:
        """Write to a channel or person unless that has been done; False when it cannot be written to.

        Args:
            recipient: The channel or the Slack id.
            text: The message.
            sent: The ledger's keys, which grow with what is sent.
            ledger: Where it is noted.
            more: Further keys under which it is noted.
        """
        key = _key(recipient)
        if key not in sent:
            channel = recipient
            if recipient[:1] in {"U", "W"}:
                opened = self._call("conversations.open", "channel", users=recipient)
                if opened is None:
                    return False
                channel = opened["channel"]["id"]
            seams.reach("slack: before sending")
            if self._call("chat.postMessage", channel=channel, text=text, unfurl_links=False) is None:
                return False
            seams.reach("slack: sent")
        new = [each for each in (key, *more) if each not in sent]
        if new:
            ledger.note(*new)
            sent.update(new)
            seams.reach("slack: noted")
        return True

    def _link(self, effect: SendSlack) -> str:
        """Return a link in the form that ftrack's web client shows for a task opened beside its project."""
        if effect.task is None:
            return ""
        address = (
            f"{self._server}/#slideEntityId={effect.task.id}&slideEntityType=task&view=tasks"
            f"&itemId=projects&entityId={effect.project_id}&entityType=show"
        )
        return f"\n<{address.replace('&', '&amp;')}|Open in ftrack>"

    def _call(self, method: str, *needed: str, **arguments: Any) -> dict[str, Any] | None:
        """Call one of Slack's methods, whose answer needs these names; None when it knows no such recipient."""
        from slack_sdk.errors import SlackApiError, SlackClientError

        self._refuse_early(method)
        try:
            answer = self._client.api_call(method, data=arguments).data
        except SlackApiError as error:
            self._faults = 0
            if _reason(error) in _NO_SUCH_RECIPIENT:
                return None
            problem = _what_to_do(error)
            if isinstance(problem, TryAgain) and problem.after is not None:
                self._wait_until[method] = self._clock() + problem.after
            raise problem from error
        except (OSError, HTTPException, SlackClientError, ValueError) as error:
            # Out of reach, or an answer that was cut off or is not Slack's.
            self._faults, self._last_fault = self._faults + 1, self._clock()
            raise TryAgain(f"Slack cannot be reached: {_sentence(error)}.") from error
        self._faults = 0
        if not isinstance(answer, dict) or any(name not in answer for name in needed):
            raise TryAgain("What answers at slack.api_url is not Slack.")
        return answer

    def _refuse_early(self, method: str) -> None:
        """Raise TryAgain when Slack asked to wait, or did not answer the last calls: asking on would only take time."""
        rest = self._wait_until.get(method, 0.0) - self._clock()
        if rest > 0:
            raise TryAgain(_ASKS_TO_WAIT, after=rest)
        if self._faults >= _FAULTS and self._clock() < self._last_fault + _AWAY:
            raise TryAgain(f"Slack cannot be reached: the last {self._faults} calls failed.")


def _key(text: str) -> str:
    return text if len(text) <= _KEY else hashlib.sha256(text.encode()).hexdigest()


def _sentence(error: Exception) -> str:
    if isinstance(error, HTTPException):
        return "its answer was cut off"
    return str(getattr(error, "reason", error)).rstrip(".")


def _reason(error: SlackApiError) -> str:
    """Return Slack's word for what was wrong; what answered is not Slack when it is not a single word."""
    reason = str(error.response.get("error", ""))
    return reason if reason.replace("_", "").isalnum() else ""


def _what_to_do(error: SlackApiError) -> TryAgain | Refused:
    status, reason = int(error.response.status_code), _reason(error)
    if status == 429 or reason == "ratelimited":
        after = error.response.headers.get("Retry-After", "")
        return TryAgain(_ASKS_TO_WAIT, after=float(after) if after.isdigit() else None)
    if status >= 500 or not reason or reason in _HEALS:
        return TryAgain(f"Slack is out of order ({reason or status}).")
    return Refused(f"Slack refused it: {reason}; look at slack.token and at what the app may do.")
