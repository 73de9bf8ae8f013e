"""Everything one server consists of, apart from HTTP."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ftrack_sandbox.api import Api, Credentials, SignedIn
from ftrack_sandbox.control.clock import Clock
from ftrack_sandbox.control.faults import Faults
from ftrack_sandbox.control.recorder import Recorder
from ftrack_sandbox.control.statistics import Statistics
from ftrack_sandbox.events.hub import Hub
from ftrack_sandbox.media.encoder import Encoder
from ftrack_sandbox.media.files import FileStore
from ftrack_sandbox.media.uploads import Uploads
from ftrack_sandbox.operations.widgets import get_widget_url
from ftrack_sandbox.seed import SeedName, plant
from ftrack_sandbox.snapshots import Snapshots
from ftrack_sandbox.store import Store

#: The file of a data folder in which a running server says where it is.
ADDRESS = "address.json"

_API_THREADS = 8


class FolderInUseError(RuntimeError):
    """Another server works on the same folder."""


class Sandbox:
    """A local ftrack: its data and the parts that work on them.

    Args:
        data: Folder of the database, the uploaded files and the administrator's key; made when missing.
        seed: What an empty database starts with.
        api_user: The administrator; created if missing.
        api_key: The administrator's key; by default the one kept in the folder, else a new one.
        latency: Seconds added to every call of /api and /component.

    Raises:
        FolderInUseError: Another server works on the folder.
    """

    def __init__(
        self,
        data: Path,
        *,
        seed: SeedName = "demo",
        api_user: str = "admin",
        api_key: str | None = None,
        latency: float = 0.0,
    ) -> None:
        # Inside are API keys and what a studio has not shown anybody yet.
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.data = data
        self._lock = lock_folder(data)
        self._address = data / ADDRESS
        self.api_user = api_user
        self.api_key = _keep_secret(data / "api_key", api_key)
        self.clock = Clock()
        self.faults = Faults(latency=latency)
        self.statistics = Statistics()
        self.recorder = Recorder()
        self.hub = Hub(faults=self.faults, statistics=self.statistics, recorder=self.recorder)
        self.files = FileStore(data / "files")
        self.uploads = Uploads(self.files, _keep_secret(data / "upload_secret"))
        self.encoder = Encoder(self.files)
        self.session_secret = _keep_secret(data / "session_secret")
        self.store = Store(data / "ftrack.sqlite", clock=self.clock)
        self.snapshots = Snapshots(data, self.store)
        plant(self.store, seed, api_user=api_user, api_key=self.api_key, clock=self.clock)
        self.api = Api(
            self.store,
            clock=self.clock,
            handlers={
                **self.uploads.handlers,
                **self.encoder.handlers,
                "get_widget_url": get_widget_url,
            },
            remove_file=self.files.forget,
        )
        self.workers = ThreadPoolExecutor(_API_THREADS, thread_name_prefix="ftrack-sandbox-api")

    def open(self, base_url: str) -> None:
        """Start working under an address, beginning with what the last run left unfinished."""
        self.api.base_url = base_url
        self._address.write_text(json.dumps({"url": base_url, "api_user": self.api_user}))
        self.encoder.start(self.api, self.hub.publish)

    def call(self, operations: object, sender: Credentials | SignedIn, *, base_url: str | None = None) -> Any:
        """Run a batch of operations, send the event about what it changed, and return the response.

        Args:
            operations: The operations, as parsed from the request.
            sender: The user who sends them.
            base_url: The address at which the client reached the server.

        Raises:
            SandboxError: The refusal to show.
        """
        outcome = self.api.call(operations, sender, base_url=base_url)
        for event in outcome.events:
            self.hub.publish(event, outcome.readers)
        return outcome.response

    def restore(self, name: str) -> None:
        """Return to the state of a snapshot, and take up what was unfinished in it.

        Raises:
            ValidationError: The name could lead out of the folder.
            EntityNotFoundError: There is no snapshot of that name.
        """
        self.snapshots.restore(name)
        self.encoder.start(self.api, self.hub.publish)

    def file_name(self, component_id: str) -> str:
        """Return the name under which a component's file is downloaded.

        Raises:
            ValidationError: The id is not valid.
        """
        safe = self.files.path(component_id).name
        with self.store.reading() as connection:
            component = connection.row("Component", safe)
        return safe if component is None else f"{component['name']}{component['file_type'] or ''}"

    def close(self) -> None:
        """End the work in the background and release the folder."""
        self.encoder.stop()
        self.workers.shutdown()
        self.store.close()
        self._address.unlink(missing_ok=True)
        os.close(self._lock)


def lock_folder(data: Path) -> int:
    """Keep others from working on a data folder until the descriptor is closed.

    Raises:
        FolderInUseError: Another server works on it.
    """
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise FolderInUseError(f"Another ftrack-sandbox already serves {data}.") from None
    return descriptor


def _keep_secret(path: Path, given: str | None = None) -> str:
    """Return a secret, and keep it in a file that only its owner can read."""
    if given is None and path.exists():
        return path.read_text().strip()
    secret = given or secrets.token_hex(32)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret + "\n")
    return secret
