"""The checks of ``callboard check`` beyond the file itself: servers, folders, the database, names in ftrack."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import requests

from callboard.configuration.mistakes import suggest
from callboard.errors import CallboardError
from callboard.ftrack import Ftrack, quote
from callboard.registry import Registry
from callboard.settings import Settings
from callboard.settings.models import DashboardSettings, DatabaseSettings, FtrackSettings, SlackSettings, StudioSettings
from callboard.studio.paths.mapping import entries, examples, find_gaps, find_mistakes

#: Seconds that a server has to answer.
PATIENCE = 10


@dataclass(frozen=True)
class Finding:
    """The result of looking at one thing.

    Attributes:
        level: ``ok``; ``note``: it works, but perhaps not as intended; ``wrong``: it must be fixed.
        subject: The setting, or the thing that was looked at.
        sentence: What was found, and how to fix it.
    """

    level: Literal["ok", "note", "wrong"]
    subject: str
    sentence: str


Check = Callable[[], Iterator[Finding]]


def checks(settings: Settings, registry: Registry) -> list[Check]:
    """Return the checks for these settings; they may run in parallel."""
    review, slack = settings.review_ftrack, settings.slack
    return [
        lambda: _file(settings),
        lambda: _ftrack("ftrack", settings.ftrack),
        lambda: _ftrack("review_ftrack", review) if review else iter(()),
        lambda: _slack(slack) if slack else iter(()),
        lambda: _studio(settings.studio),
        lambda: _colour(settings),
        lambda: _database(settings.database),
        lambda: _dashboard(settings.dashboard),
        lambda: _automations(settings, registry),
    ]


def _file(settings: Settings) -> Iterator[Finding]:
    if settings.source is None:
        yield Finding("note", "configuration", "There is no file; all settings come from the environment.")
    elif settings.source.stat().st_mode & 0o004:
        command = f"chmod 600 {settings.source}"
        yield Finding(
            "note", str(settings.source), f"Everyone on this machine can read it; `{command}` protects its secrets."
        )
    else:
        yield Finding("ok", str(settings.source), "It is valid.")


def _ftrack(name: str, settings: FtrackSettings) -> Iterator[Finding]:
    ftrack = Ftrack.of(settings, timeout=PATIENCE)
    try:
        ftrack.query(f"User where username is {quote(settings.api_user)}")
    except CallboardError as error:
        yield Finding("wrong", name, f"{error} Correct {name}.server, {name}.api_user and {name}.api_key.")
        return
    yield Finding("ok", name, f"{settings.server} knows {settings.api_user}.")
    headers = {"ftrack-user": settings.api_user, "ftrack-api-key": settings.api_key.get_secret_value()}
    try:
        answer = requests.get(f"{settings.server}/socket.io/1/", headers=headers, timeout=PATIENCE)
        answer.raise_for_status()
    except requests.RequestException as error:
        yield Finding(
            "wrong",
            f"{name} events",
            f"The event hub of {settings.server} does not answer ({type(error).__name__}); allow "
            "websockets from this machine to it.",
        )
    else:
        yield Finding("ok", f"{name} events", "The event hub answers.")


def _slack(settings: SlackSettings) -> Iterator[Finding]:
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError, SlackClientError

    client = WebClient(settings.token.get_secret_value(), base_url=settings.api_url, timeout=PATIENCE)
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        code = error.response.get("error", "no reason given")
        yield Finding("wrong", "slack.token", f"Slack rejects it ({code}); copy the bot token of the Slack app again.")
        return
    except (SlackClientError, OSError) as error:
        yield Finding("wrong", "slack.api_url", f"{settings.api_url} does not answer like Slack ({error}); correct it.")
        return
    yield Finding("ok", "slack", f"Slack knows {answer.get('user', 'the app')} of {answer.get('team', 'the studio')}.")
    if not settings.default_channel:
        sentence = "It is not set; messages that reach nobody else have nowhere to go."
        yield Finding("note", "slack.default_channel", sentence)


def _path_map(settings: StudioSettings) -> Iterator[Finding]:
    for entry, example in zip(entries(settings), examples(settings), strict=True):
        if Path(entry.folder.text).is_dir():
            yield Finding("ok", "studio.path_map", example)
        else:
            yield _folder("studio.path_map", entry.folder.text, os.R_OK | os.X_OK, "read")
    for mistake in find_mistakes(settings):
        yield Finding("wrong", "studio.path_map", mistake)
    for gap in find_gaps(settings):
        yield Finding("note", "studio.path_map", gap)


def _studio(settings: StudioSettings) -> Iterator[Finding]:
    for mount in settings.mounts:
        if os.path.ismount(mount):
            yield Finding("ok", "studio.mounts", f"{mount} is mounted.")
        else:
            yield Finding("wrong", "studio.mounts", f"{mount} is not mounted; mount it, or remove it from the list.")
    if settings.project_root:
        yield _folder("studio.project_root", settings.project_root, os.R_OK | os.W_OK | os.X_OK, "written to")
    else:
        sentence = "It is not set; a project with neither a root nor a disk in ftrack gets no folders."
        yield Finding("note", "studio.project_root", sentence)
    if settings.template_files:
        yield _folder("studio.template_files", settings.template_files, os.R_OK | os.X_OK, "read")
    else:
        yield Finding("note", "studio.template_files", "It is not set; only a project's own template files are used.")
    yield from _path_map(settings)
    for root in settings.media_roots:
        yield _folder("studio.media_roots", root, os.R_OK | os.X_OK, "read")
    if not settings.media_roots:
        sentence = "It is empty; Upload Media and Update RV Component refuse every file."
        yield Finding("note", "studio.media_roots", sentence)


def _colour(settings: Settings) -> Iterator[Finding]:
    from callboard.studio.media import find_mistakes

    upload = settings.automation("upload_media")
    wrong = find_mistakes(upload.colour)
    for name, sentence in wrong:
        yield Finding("wrong", "studio.ocio" if name == "ocio" else f"automations.upload_media.{name}", sentence)
    if not wrong:
        yield Finding("ok", "studio.ocio", f"Pictures are shown with {upload.colour.address}.")
    if upload.slate_font and not Path(upload.slate_font).is_file():
        sentence = f"There is no font {upload.slate_font}; name its file, or leave the setting out."
        yield Finding("wrong", "automations.upload_media.slate_font", sentence)


def _folder(subject: str, folder: str, access: int, use: str) -> Finding:
    if not Path(folder).is_dir():
        return Finding("wrong", subject, f"The folder {folder} does not exist; mount or create it, or set another one.")
    if not os.access(folder, access):
        return Finding("wrong", subject, f"{folder} cannot be {use} by this user; change its permissions.")
    if subject == "studio.template_files" and not any(entry.is_file() for entry in Path(folder).iterdir()):
        return Finding("note", subject, f"{folder} contains no files.")
    return Finding("ok", subject, f"{folder} can be {use}.")


def _database(settings: DatabaseSettings) -> Iterator[Finding]:
    # The database's library takes long to load, and only this check needs it.
    from callboard.engine.store.database import Store

    file = Path(settings.url.removeprefix("sqlite:///"))
    if settings.url.startswith("sqlite:///") and not file.exists():
        if file.parent.is_dir() and os.access(file.parent, os.W_OK | os.X_OK):
            yield Finding("ok", "database.url", f"{settings.url} will be created at the first start.")
        else:
            yield Finding(
                "wrong",
                "database.url",
                f"{file.parent} is not a folder that this user can write to; create it, or correct the setting.",
            )
        return
    try:
        store = Store(settings.url)
    except ModuleNotFoundError:
        command = "pip install 'callboard[postgres]'"
        yield Finding("wrong", "database.url", f"The PostgreSQL driver is not installed; run `{command}`.")
        return
    try:
        with store.reading():
            yield Finding("ok", "database.url", f"{store.url} can be opened.")
    except CallboardError as error:
        yield Finding("wrong", "database.url", f"{store.url} cannot be opened. {error}")
    finally:
        store.close()


def _dashboard(settings: DashboardSettings) -> Iterator[Finding]:
    from callboard.dashboard.server import listen

    if settings.port:
        try:
            icon = requests.get(f"{settings.address}/icons/batch_create.png", timeout=PATIENCE)
        except requests.RequestException:
            icon = None
        if icon is not None and icon.ok:
            yield Finding("ok", "dashboard", f"Icons are served at {settings.address}.")
            return
    try:
        listen(settings).close()
    except CallboardError as error:
        yield Finding("wrong", "dashboard", str(error))
        return
    place = settings.address if settings.port else f"a free port of {settings.host}, a different one at every start"
    sentence = f"Icons will be served at {place}; check again while `callboard run` is running."
    yield Finding("note" if settings.public_url else "ok", "dashboard", sentence)


def _automations(settings: Settings, registry: Registry) -> Iterator[Finding]:
    automations = registry.automations
    on = {name: each for name, each in automations.items() if not settings.why_off(name, each.needs)}
    for name, each in automations.items():
        if reason := settings.why_off(name, each.needs):
            yield Finding("note", f"automations.{name}", reason)
    wanted = [(f"automations.{name}.projects", "Project", settings.automation(name).projects) for name in on]
    wanted += [
        (f"automations.{name}.roles", "SecurityRole", settings.automation(name).roles)
        for name in registry.actions.keys() & on
    ]
    for name, trigger in registry.triggers.items():
        if name in on and trigger.to:
            names = getattr(settings.automation(name), trigger.to)
            wanted.append((f"automations.{name}.{trigger.to}", "Status", [names] if isinstance(names, str) else names))
    yield from _names_in_ftrack(settings.ftrack, [each for each in wanted if each[2]])
    yield Finding("ok", "automations", f"{len(on)} of {len(automations)} are on.")


_NAMES = {
    "Project": "select name from Project",
    "SecurityRole": "select name from SecurityRole",
    "Status": "select name from Status",
}


def _names_in_ftrack(settings: FtrackSettings, wanted: list[tuple[str, str, list[str]]]) -> Iterator[Finding]:
    """Yield the names that ftrack does not have; nothing if ftrack is unavailable, which another check reports."""
    ftrack = Ftrack.of(settings, timeout=PATIENCE)
    types = sorted({type_ for _, type_, _ in wanted})
    try:
        found = ftrack.query_many([_NAMES[type_] for type_ in types])
    except CallboardError:
        return
    known = {type_: {entity["name"] for entity in rows} for type_, rows in zip(types, found, strict=True)}
    for subject, type_, names in wanted:
        for name in names:
            if name not in known[type_]:
                hint = suggest(name, known[type_]) if known[type_] else "it has none"
                yield Finding("wrong", subject, f"ftrack has no {type_} named {name!r}; {hint}")
