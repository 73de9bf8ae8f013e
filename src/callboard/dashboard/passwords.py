"""The passwords of the pages: what each allows, and how often somebody may be wrong."""

from __future__ import annotations

import hashlib
import hmac
import logging

from pydantic import SecretStr
from starlette.requests import HTTPConnection

from callboard.dashboard.access import client_address
from callboard.dashboard.attempts import Attempts
from callboard.dashboard.people import Role
from callboard.settings.models import DashboardSettings

_log = logging.getLogger(__name__)


class TooManyError(Exception):
    """The refusal to look at a password, since too many were wrong.

    Attributes:
        wait: Seconds until another one is looked at.
    """

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait


class Passwords:
    """Checks passwords, and counts the wrong ones. Used by one thread.

    Args:
        settings: ``[dashboard]``.
    """

    def __init__(self, settings: DashboardSettings) -> None:
        self._settings = settings
        self._attempts = Attempts()

    def check(self, request: HTTPConnection, given: str) -> Role | None:
        """Return the role that a password stands for; None when it is wrong.

        Raises:
            TooManyError: Whoever sent the request has to wait; the password was not looked at.
        """
        address = client_address(request, self._settings.proxy_addresses)
        if wait := self._attempts.wait(address):
            raise TooManyError(wait)
        # Both are compared, so that the time says nothing.
        full = _is_same(given, self._settings.password)
        viewer = _is_same(given, self._settings.viewer_password)
        if not full and not viewer:
            self._attempts.count_wrong(address)
            _log.warning("a wrong password for the dashboard from %s", address)
            return None
        self._attempts.count_right(address)
        return Role.FULL if full else Role.VIEWER


def _is_same(given: str, known: SecretStr) -> bool:
    """Compare a password, in a time that depends on neither."""
    hashes = [hashlib.sha256(each.encode()).digest() for each in (given, known.get_secret_value())]
    return hmac.compare_digest(*hashes) and bool(known.get_secret_value())
