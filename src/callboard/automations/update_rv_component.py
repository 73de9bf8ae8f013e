"""Update RV Component: point the movie that RV plays at other files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from callboard import (
    ActionSettings,
    Entity,
    Form,
    Job,
    Launch,
    Message,
    Refused,
    StartJob,
    TryAgain,
    action,
    forms,
    media,
    paths,
    versions,
)

TITLE = "Update RV Component"
READS = ("version", "asset.name", "asset.parent.name", "metadata")


class UpdateRvComponentSettings(ActionSettings):
    """``[automations.update_rv_component]``."""


@action(TITLE, on=("AssetVersion",), several=True, settings=UpdateRvComponentSettings, reads=READS)
def update_rv_component(launch: Launch, settings: UpdateRvComponentSettings) -> Form | Message | StartJob:
    """Point the component `movie` of versions, which RV plays, at other files."""
    selected, values = launch.selection, launch.values
    form = _form(selected, values)
    if not any(_field(version) in values for version in selected):
        return form
    found, mistakes = {}, []
    for version in selected:
        written = str(values.get(_field(version)) or "").strip()
        if not written:
            continue
        try:
            path = paths.local_path(written, settings.studio)
            found[version.id] = media.probe(path, settings.studio.media_roots).source.text
        except (Refused, TryAgain) as mistake:
            mistakes.append(f"{_name(version)}: {mistake}")
    if mistakes:
        return form.with_mistake(" ".join(mistakes))
    if not found:
        return form.with_mistake("Every File path is empty; fill in at least one.")
    reply = Message(f"{_count(len(found))} will get another movie; the Job shows the progress.")
    return StartJob(set_movies, {"paths": found}, f"{TITLE} of {_count(len(found))} is waiting.", reply)


def set_movies(job: Job, arguments: dict[str, Any]) -> str:
    """Replace the component of every version in one transaction: all of them change, or none."""
    roots = job.settings.studio.media_roots
    sources = {version_id: media.locate(path, roots) for version_id, path in arguments["paths"].items()}
    job.progress(f"Setting the movie of {_count(len(sources))}")
    changed = versions.replace_movies(job, sources)
    same = len(sources) - changed
    had = f"{_count(same)} already had that movie." if same else ""
    return " ".join(part for part in (f"Set the movie of {_count(changed)}." if changed else "", had) if part)


def _form(selected: Sequence[Entity], values: Mapping[str, Any]) -> Form:
    items = []
    for version in selected:
        written = values.get(_field(version), versions.read_metadata(version).get("source_file", ""))
        items += [
            forms.label(f"**{_name(version)}**"),
            forms.text(_field(version), "File path", str(written or ""), hint="empty: no change"),
        ]
    return Form(items, TITLE, "Update")


def _field(version: Entity) -> str:
    return f"file_path_{version.id}"


def _name(version: Entity) -> str:
    return f"{version['asset']['parent']['name']} {version['asset']['name']} v{version['version']}"


def _count(count: int) -> str:
    return "1 version" if count == 1 else f"{count} versions"
