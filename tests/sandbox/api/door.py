"""The sandbox's data door without HTTP."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

from ftrack_sandbox.api import Api, Credentials
from ftrack_sandbox.control.clock import Clock
from ftrack_sandbox.seed import plant
from ftrack_sandbox.store import Store


class Door:
    """Sends batches as one user and keeps the events they gave."""

    def __init__(self, api: Api, clock: Clock, user: str = "admin", key: str = "key") -> None:
        self.api = api
        self.clock = clock
        self.events: list[dict[str, Any]] = []
        self._credentials = Credentials(user, key, client_token="client-1")

    def send(self, *operations: Any) -> Any:
        outcome = self.api.call(list(operations), self._credentials)
        self.events += outcome.events
        return outcome.response

    def create(self, entity_type: str, /, **data: Any) -> dict[str, Any]:
        response: dict[str, Any] = self.send(creation(entity_type, **data))[0]["data"]
        return response

    def update(self, entity_type: str, key: Any, /, **data: Any) -> dict[str, Any]:
        response: dict[str, Any] = self.send(change(entity_type, key, **data))[0]["data"]
        return response

    def delete(self, entity_type: str, key: Any) -> None:
        assert self.send(deletion(entity_type, key)) == [{"action": "delete", "data": True}]

    def query(self, expression: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.send({"action": "query", "expression": expression})[0]["data"]
        return found

    def id(self, entity_type: str, name: str) -> str:
        attribute = "username" if entity_type == "User" else "name"
        return str(self.query(f'select id from {entity_type} where {attribute} is "{name}"')[0]["id"])

    def sign_in(self, username: str) -> Door:
        """Return the door for another user."""
        key = self.send(
            {
                "action": "reset_remote",
                "reset_type": "api_key",
                "entity_type": "User",
                "entity_key": self.id("User", username),
            }
        )[0]["data"]["api_key"]
        return Door(self.api, self.clock, username, key)

    def project(self, name: str = "harbour", **data: Any) -> str:
        """Create a project and return its id."""
        schema = self.id("ProjectSchema", "VFX Scheme")
        return str(self.create("Project", name=name, project_schema_id=schema, **data)["id"])

    def task(self, parent_id: str, name: str = "anim", **data: Any) -> str:
        """Create a task and return its id."""
        return str(self.create("Task", name=name, parent_id=parent_id, **data)["id"])

    def version(self, parent_id: str, **data: Any) -> str:
        """Create an asset with a version and return the version's id."""
        asset = self.create("Asset", name=uuid.uuid4().hex, context_id=parent_id)["id"]
        return str(self.create("AssetVersion", asset_id=asset, **data)["id"])


def creation(entity_type: str, /, **data: Any) -> dict[str, Any]:
    return {"action": "create", "entity_type": entity_type, "entity_data": data}


def change(entity_type: str, key: Any, /, **data: Any) -> dict[str, Any]:
    return {"action": "update", "entity_type": entity_type, "entity_key": key, "entity_data": data}


def deletion(entity_type: str, key: Any) -> dict[str, Any]:
    return {"action": "delete", "entity_type": entity_type, "entity_key": key}


def reference(entity_type: str, entity_id: str) -> dict[str, Any]:
    return {"__entity_type__": entity_type, "id": entity_id}


def dump(api: Api) -> list[str]:
    """Return everything that the database holds, as text."""
    with api.store.reading() as connection:
        return list(connection.raw.iterdump())


def open_door(folder: Path) -> Door:
    """Return the door of a new server with the seed ``studio``."""
    shutil.copyfile(_template(), folder / "ftrack.sqlite")
    clock = Clock()
    return Door(Api(Store(folder / "ftrack.sqlite", clock=clock), clock=clock, base_url="http://ftrack"), clock)


@functools.cache
def _template() -> Path:
    """Return a database as it is after the seed, made once in a run and copied since."""
    folder = Path(tempfile.mkdtemp(prefix="ftrack-sandbox-api-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "ftrack.sqlite"
    store = Store(path)
    plant(store, "studio", api_user="admin", api_key="key", clock=Clock())
    store.close()
    return path
