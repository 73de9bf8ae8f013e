"""The commands ``ftrack-sandbox snapshot``, ``restore`` and ``list``: at a running server, or at its folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn, Protocol

import requests
import typer

from ftrack_sandbox.control.client import Control, ControlError, SnapshotsControl
from ftrack_sandbox.errors import SandboxError
from ftrack_sandbox.sandbox import ADDRESS, FolderInUseError, lock_folder
from ftrack_sandbox.snapshots import Snapshots
from ftrack_sandbox.store import Store

_Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The data folder, as `serve --data DIR` has it.")]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits, '.', '-' and '_'.")]


class _Keeper(Protocol):
    """The keeper of a folder's snapshots: the running server, or this process."""

    def names(self) -> list[str]:
        """Return the names of the snapshots, the oldest first."""

    def take(self, name: str) -> None:
        """Keep the present state under a name."""

    def restore(self, name: str) -> None:
        """Return to the state of that name."""


class _Offline:
    """Snapshots of a folder that no server works on."""

    def __init__(self, data: Path, store: Store) -> None:
        snapshots = Snapshots(data, store)
        self.take, self.restore, self._list = snapshots.take, snapshots.restore, snapshots.names

    def names(self) -> list[str]:
        return [each.name for each in self._list()]


def snapshot(data: _Folder, name: _Name) -> None:
    """Keep the state of a data folder under a name, also while it is served."""
    with _keeper(data) as keeper:
        keeper.take(name)
    typer.echo(f"Took the snapshot {name}.")


def restore(data: _Folder, name: _Name) -> None:
    """Return to a snapshot; clients of a running server stay connected."""
    with _keeper(data) as keeper:
        keeper.restore(name)
    typer.echo(f"Restored the snapshot {name}.")


def list_snapshots(data: _Folder) -> None:
    """List the snapshots of a data folder, the oldest first."""
    with _keeper(data) as keeper:
        for name in keeper.names():
            typer.echo(name)


@contextmanager
def _keeper(data: Path) -> Iterator[_Keeper]:
    if not (data / "ftrack.sqlite").is_file():
        _fail(f"{data} is not a data folder of ftrack-sandbox: `ftrack-sandbox serve --data {data}` makes one.")
    try:
        lock = lock_folder(data)
    except FolderInUseError:
        lock = None
    try:
        if lock is None:
            yield _running(data)
            return
        store = Store(data / "ftrack.sqlite")
        try:
            yield _Offline(data, store)
        finally:
            store.close()
            os.close(lock)
    except SandboxError as error:
        _fail(error.message)
    except ControlError as error:
        _fail(str(error))
    except requests.RequestException:
        _fail(f"The server that works on {data} does not answer.")


def _running(data: Path) -> SnapshotsControl:
    """Return the snapshots of the server that works on a folder."""
    try:
        address = json.loads((data / ADDRESS).read_text())
        key = (data / "api_key").read_text().strip()
        return SnapshotsControl(Control(address["url"], address["api_user"], key))
    except (OSError, ValueError, KeyError):
        _fail(f"Another command works on {data} and accepts no requests yet: try again when it does.")


def _fail(sentence: str) -> NoReturn:
    typer.echo(f"ftrack-sandbox: {sentence}", err=True)
    raise typer.Exit(1)
