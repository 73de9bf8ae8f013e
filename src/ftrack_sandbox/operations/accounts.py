"""Users who prove who they are: user names and API keys."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from ftrack_sandbox.errors import InvalidCredentialsError
from ftrack_sandbox.store import Connection, Transaction


@dataclass(frozen=True)
class User:
    """A user who proved to be one."""

    id: str
    username: str


def authenticate(connection: Connection, username: str, key: str) -> User:
    """Return the active user with that name and key.

    Raises:
        InvalidCredentialsError: The name is unknown, the user is inactive, or the key is wrong.
    """
    for row in connection.find("User", username=username, is_active=True):
        known = connection.row("UserKey", row["id"])
        if known is not None and hmac.compare_digest(known["key"].encode(), key.encode(errors="replace")):
            return User(row["id"], row["username"])
    raise InvalidCredentialsError(
        f"The API key does not belong to an active user {username!r}: check the user name and the key."
    )


def active_user(connection: Connection, username: str) -> User:
    """Return the active user with that name, who proved to be it earlier.

    Raises:
        InvalidCredentialsError: There is no such user anymore, or it is inactive.
    """
    for row in connection.find("User", username=username, is_active=True):
        return User(row["id"], row["username"])
    raise InvalidCredentialsError(f"There is no active user {username!r}: sign in as another one.")


def set_key(transaction: Transaction, user_id: str, key: str | None = None) -> str:
    """Give a user an API key in place of any other.

    Args:
        transaction: Where to write.
        user_id: The user.
        key: The key; a new random one by default.

    Returns:
        The key.
    """
    key = key or secrets.token_hex(32)
    transaction.delete("UserKey", user_id)
    transaction.insert("UserKey", {"user_id": user_id, "key": key})
    return key
