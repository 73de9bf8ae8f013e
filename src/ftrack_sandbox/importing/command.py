"""The command ``ftrack-sandbox import``."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ftrack_sandbox.importing.errors import ImportStoppedError
from ftrack_sandbox.importing.importer import Importer, Report, Request
from ftrack_sandbox.importing.importer import Progress as Step
from ftrack_sandbox.importing.media import Media
from ftrack_sandbox.importing.source import Source
from ftrack_sandbox.media.files import FileStore
from ftrack_sandbox.sandbox import FolderInUseError, lock_folder
from ftrack_sandbox.store import Store

_AGE = re.compile(r"(\d{1,5})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 7 * 24}


class People(StrEnum):
    """The treatment of people in the copy."""

    KEEP = "keep"
    PSEUDONYMS = "pseudonyms"


def import_ftrack(
    *,
    server: Annotated[
        str, typer.Option("--from", metavar="URL", envvar="FTRACK_SERVER", help="The ftrack server to copy.")
    ],
    api_user: Annotated[str, typer.Option(envvar="FTRACK_API_USER", help="The user whose API key reads it.")],
    api_key: Annotated[
        str,
        typer.Option(
            envvar="FTRACK_API_KEY",
            show_envvar=True,
            help="The API key; the environment variable keeps it out of the list of processes.",
        ),
    ],
    data: Annotated[
        Path,
        typer.Option(metavar="DIR", file_okay=False, help="The data folder to write; `serve --data DIR` opens it."),
    ],
    project: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A project to copy; may be repeated. All by default.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="AGE", help="Leave out status changes and time logs older than that, such as 90d, 12w or 36h."
        ),
    ] = None,
    media: Annotated[
        Media, typer.Option(help="Which files come along; reviewable includes the thumbnails.")
    ] = Media.NONE,
    people: Annotated[
        People, typer.Option(help="pseudonyms replaces names, e-mail addresses and portraits by invented ones.")
    ] = People.KEEP,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what was changed in DIR since the last import.")
    ] = False,
    requests_per_second: Annotated[
        float, typer.Option(min=0.1, max=1000, help="Send no more requests than that to the server.")
    ] = 20.0,
) -> None:
    """Copy a real ftrack into a data folder, read-only and through its API.

    Ids stay the same. An interrupted import continues where it stopped; a second one brings what is new and keeps what
    was changed in the folder. Passwords, API keys and settings are never read.
    """
    request = Request(
        projects=tuple(project or ()),
        since=_moment(since),
        media=media,
        pseudonyms=people is People.PSEUDONYMS,
        overwrite=overwrite,
    )
    console = Console(stderr=True)
    try:
        with _opened(data) as (store, files), _shown(console) as show:
            source = Source(server, api_user, api_key, requests_per_second=requests_per_second)
            report = Importer(source, store, files, request, show).run()
    except (ImportStoppedError, FolderInUseError) as error:
        typer.echo(f"ftrack-sandbox: {error}", err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"ftrack-sandbox: The folder {data} cannot be used: {error.strerror or error}.", err=True)
        raise typer.Exit(2) from None
    _print(Console(), report, data)


def _moment(age: str | None) -> datetime | None:
    if age is None:
        return None
    found = _AGE.fullmatch(age)
    if found is None:
        raise typer.BadParameter(f"{age!r} is not an age: give one such as 90d, 12w or 36h.", param_hint="--since")
    # Whole days, so that an import that is run again on the same day continues.
    start = datetime.now(UTC) - timedelta(hours=int(found[1]) * _HOURS[found[2]])
    return start.replace(hour=0, minute=0, second=0, microsecond=0)


@contextmanager
def _opened(data: Path) -> Iterator[tuple[Store, FileStore]]:
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = lock_folder(data)
    try:
        store = Store(data / "ftrack.sqlite")
        try:
            yield store, FileStore(data / "files")
        finally:
            store.close()
    finally:
        os.close(lock)


@contextmanager
def _shown(console: Console) -> Iterator[Callable[[Step], None]]:
    """Give what shows how far the import is: bars in a terminal, a line for each step elsewhere."""
    if not console.is_terminal:
        last = ""

        def tell(step: Step) -> None:
            nonlocal last
            if step.step != last:
                console.print(f"{step.number}/{step.steps} {step.step}", highlight=False)
            last = step.step

        yield tell
        return
    columns = (TextColumn("{task.description:24}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        whole = progress.add_task("everything", total=None)
        part = progress.add_task("", total=None)

        def show(step: Step) -> None:
            share = step.done / step.total if step.total else 0.0
            progress.update(whole, completed=step.number - 1 + share, total=step.steps)
            progress.update(part, description=step.step, completed=step.done, total=step.total or None)

        yield show


def _print(console: Console, report: Report, data: Path) -> None:
    table = Table("type", "new", "updated", "kept as changed here", "unchanged", box=None)
    for name, counts in sorted(report.counts.items()):
        table.add_row(name, *(str(each or "") for each in (counts.new, counts.updated, counts.kept, counts.same)))
    console.print(table)
    if report.left_out:
        console.print("\nLeft out:")
        for what, why, count in report.left_out:
            times = f" ({count} times)" if count > 1 else ""
            console.print(f"  {what}: {why}{times}", markup=False, highlight=False)
    files = f", {report.files} files" if report.files else ""
    line = f"\n{report.requests} requests{files}. Open it with: ftrack-sandbox serve --data {data}"
    console.print(line, markup=False, highlight=False, soft_wrap=True)
