"""The data of a new server."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import ftrack_sandbox.rules  # noqa: F401 - registers the rules
from ftrack_sandbox.operations.accounts import User, set_key
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.permissions import ADMINISTRATOR_ROLE_ID
from ftrack_sandbox.seed.basics import plant_basics
from ftrack_sandbox.seed.demo import plant_demo
from ftrack_sandbox.seed.sower import Sower
from ftrack_sandbox.seed.studio import plant_studio
from ftrack_sandbox.store import Store, Transaction

__all__ = ["SeedName", "plant"]

SeedName = Literal["empty", "studio", "demo"]


def plant(store: Store, seed: SeedName, *, api_user: str, api_key: str, clock: Callable[[], datetime]) -> None:
    """Fill an empty store; on a store that has data, only make the administrator and its key.

    Args:
        store: The database.
        seed: ``empty``: what every ftrack has; ``studio``: that, users and the workflow of a small VFX
            studio; ``demo``: that and a project.
        api_user: Name of the administrator.
        api_key: The key with which the administrator signs in from now on.
        clock: Returns the server's time, aware and in UTC.
    """
    with store.writing() as transaction:
        is_new = transaction.row("SecurityRole", ADMINISTRATOR_ROLE_ID) is None
        administrator = _administrator(transaction, api_user)
        set_key(transaction, administrator.id, api_key)
        if not is_new:
            return
        sower = Sower(Call(transaction, administrator, now=clock(), base_url=""))
        plant_basics(sower)
        if seed in ("studio", "demo"):
            plant_studio(sower)
        if seed == "demo":
            plant_demo(sower)


def _administrator(transaction: Transaction, username: str) -> User:
    """Return the administrator with that name, created if missing."""
    if transaction.row("SecurityRole", ADMINISTRATOR_ROLE_ID) is None:
        transaction.insert("SecurityRole", {"id": ADMINISTRATOR_ROLE_ID, "name": "Administrator", "type": "ASSIGNED"})
    found = transaction.find("User", username=username)
    user_id = found[0]["id"] if found else str(uuid.uuid4())
    if not found:
        transaction.insert("User", {"id": user_id, "username": username, "is_active": True})
    if not transaction.find("UserSecurityRole", user_id=user_id, security_role_id=ADMINISTRATOR_ROLE_ID):
        transaction.insert(
            "UserSecurityRole",
            {
                "id": str(uuid.uuid4()),
                "user_id": user_id,
                "security_role_id": ADMINISTRATOR_ROLE_ID,
                "is_all_open_projects": True,
                "is_all_projects": True,
            },
        )
    return User(user_id, username)
