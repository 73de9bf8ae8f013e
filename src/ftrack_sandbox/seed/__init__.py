"""What a new server starts with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ftrack_sandbox.seed.demo import plant_demo
from ftrack_sandbox.seed.everywhere import plant_administrator, plant_everywhere
from ftrack_sandbox.seed.studio import plant_studio

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ftrack_sandbox.store import Store

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
        if not transaction.find("ObjectType"):
            plant_everywhere(transaction)
            if seed != "empty":
                plant_studio(transaction)
            if seed == "demo":
                plant_demo(transaction, clock().replace(microsecond=0))
        plant_administrator(transaction, api_user, api_key)
