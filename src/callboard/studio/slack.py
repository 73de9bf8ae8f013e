"""Sending Slack messages, each to its recipient once.

    a person   Slack id, channel or e-mail address of ``slack.people``, else the ftrack user's e-mail address
    fallback   the project's channel of ``slack.projects``, else ``slack.default_channel``

Whoever Slack does not know, or has deactivated, is named in the fallback.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from callboard.effects import SendSlack
from callboard.errors import Refused, TryAgain
from callboard.settings.models import SlackSettings

if TYPE_CHECKING:
    from slack_sdk.errors import SlackApiError

#: Seconds to wait for Slack.
_TIMEOUT = 20

#: What Slack says when a recipient cannot be written to, but others can (documented with each method).
_NO_SUCH_RECIPIENT = {
    *("user_not_found", "users_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot", "invalid_users"),
    *("channel_not_found", "not_in_channel", "is_archived", "messages_tab_disabled", "restricted_action"),
}
#: What Slack says when it is out of order itself (documented with each method).
_HEALS = {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_ASKS_TO_WAIT = "Slack asks to wait."


class Ledger(Protocol):
    """Notes which messages of one run have been sent; it survives a crash."""

    def already_sent(self, key: str) -> bool:
        """Return whether *key* has been noted."""

    def note(self, key: str) -> None:
        """Note that the message has been sent."""


def escape(text: str) -> str:
    """Return text whose signs mean nothing in Slack's markup (documented: these three)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


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
        # Until when Slack asked to wait, whichever message it was that it asked about.
        self._wait_until = 0.0
        # No retry handlers: a run that waits is visible, holds nobody up, and survives a restart.
        self._client = WebClient(
            settings.token.get_secret_value(), base_url=settings.api_url, timeout=_TIMEOUT, retry_handlers=[]
        )

    def send(self, effect: SendSlack, ledger: Ledger) -> str:
        """Send a message to its people, and to a channel for those who cannot be reached.

        Returns:
            What was done, as a phrase for people.

        Raises:
            TryAgain: Slack is away or asks to wait; what has been sent is in the ledger.
            Refused: Slack does not accept the token, or no channel can be written to.
        """
        text = effect.text + self._link(effect)
        reached, missed = [], []
        for username, email in effect.people:
            recipient = self._recipient(username, email)
            if recipient is not None and self._send_once(recipient, text, ledger):
                reached.append(username)
            else:
                missed.append(username)
        done = [f"sent a Slack message to {', '.join(reached)}"] if reached else []
        if missed or not effect.people:
            reason = f"Slack does not know {', '.join(missed)}" if missed else effect.fallback_reason
            channel = self._send_to_channel(effect.project, f"{text}\n_{escape(reason)}_", ledger)
            done.append(f"sent a Slack message to {channel} ({reason})")
        return " and ".join(done)

    def _recipient(self, username: str, email: str) -> str | None:
        """Return the Slack channel or user id to write to; None when there is none."""
        place = self._settings.people.get(username) or email or username
        if "@" not in place:
            # Without an address a user name of ftrack says nothing to Slack.
            return place if username in self._settings.people else None
        found = self._call("users.lookupByEmail", email=place)
        if found is None or found["user"].get("deleted"):
            return None
        return str(found["user"]["id"])

    def _send_to_channel(self, project: str, text: str, ledger: Ledger) -> str:
        for channel in self._channels(project):
            if self._send_once(channel, text, ledger):
                return channel
        named = ", ".join(self._channels(project))
        if not named:
            raise Refused(
                f"There is no channel for the project {project}; set slack.default_channel, or it in slack.projects."
            )
        raise Refused(f"Slack lets nobody write to {named}; invite the app there, or correct the channel in [slack].")

    def _channels(self, project: str) -> Iterator[str]:
        yield from filter(None, (self._settings.projects.get(project), self._settings.default_channel))

    def _send_once(self, recipient: str, text: str, ledger: Ledger) -> bool:
        """Write to a channel or person unless that has been done; False when it cannot be written to."""
        if ledger.already_sent(recipient):
            return True
        channel = recipient
        if recipient[:1] in {"U", "W"}:
            opened = self._call("conversations.open", users=recipient)
            if opened is None:
                return False
            channel = opened["channel"]["id"]
        if self._call("chat.postMessage", channel=channel, text=text, unfurl_links=False) is None:
            return False
        ledger.note(recipient)
        return True

    def _link(self, effect: SendSlack) -> str:
        """Return a link in the form that ftrack's web client shows for a task opened beside its project."""
        if effect.task is None:
            return ""
        address = (
            f"{self._server}/#slideEntityId={effect.task.id}&slideEntityType=task&view=tasks"
            f"&itemId=projects&entityId={effect.project_id}&entityType=show"
        )
        return f"\n<{escape(address)}|Open in ftrack>"

    def _call(self, method: str, **arguments: Any) -> dict[str, Any] | None:
        """Call one of Slack's methods; None when it knows no such recipient."""
        from slack_sdk.errors import SlackApiError

        rest = self._wait_until - self._clock()
        if rest > 0:
            raise TryAgain(_ASKS_TO_WAIT, after=rest)
        try:
            answer = self._client.api_call(method, data=arguments).data
        except SlackApiError as error:
            if _reason(error) in _NO_SUCH_RECIPIENT:
                return None
            problem = _what_to_do(error)
            if isinstance(problem, TryAgain) and problem.after is not None:
                self._wait_until = self._clock() + problem.after
            raise problem from error
        except OSError as error:
            raise TryAgain(f"Slack cannot be reached: {getattr(error, 'reason', error)}.") from error
        return answer if isinstance(answer, dict) else {}


def _reason(error: SlackApiError) -> str:
    """Return Slack's word for what was wrong; what answered is not Slack when it is no single word."""
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
