"""The mirror of a session: project, folder, review session, and a version for the media of each object."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from callboard.changes import Entity, Reference
from callboard.errors import Refused
from callboard.ftrack import Ftrack, Operation, ids, quote
from callboard.studio.review.ids import (
    SOURCE_OBJECT,
    SOURCE_VERSION,
    mirrored_id,
    mirrored_object_id,
    mirrored_version_id,
    session_id,
)
from callboard.studio.review.source import ReviewObject, Session
from callboard.studio.versions.commits import commit_missing
from callboard.studio.versions.components import add_metadata

ASSET = "Client Review"
_ASSET_TYPE = "Upload"


@dataclass(frozen=True)
class Stage:
    """The place that a session's objects are mirrored to."""

    project_id: str
    folder_id: str
    session_id: str


def set_stage(ftrack: Ftrack, session: Session) -> Stage:
    """Create the project, the folder and the review session if missing, with the local names.

    Args:
        ftrack: The ftrack that clients see.
        session: The local session.

    Raises:
        TryAgain: That ftrack cannot be reached.
        Refused: It does not allow it.
    """
    project_id = folder_id = ""

    def missing() -> list[Operation]:
        nonlocal project_id, folder_id
        project_id, project = _project(ftrack, session)
        folder_id, folder = _folder(ftrack, session, project_id)
        return project + folder + _session(ftrack, session, project_id)

    commit_missing(ftrack, missing)
    return Stage(project_id, folder_id, session_id(session.id))


def remote_version_id(each: ReviewObject) -> str:
    """Return the id of the version that mirrors an object's version; another version has another id."""
    return mirrored_version_id(each.id, each.version_id)


def remote_object_id(each: ReviewObject) -> str:
    """Return the id of the review object that mirrors an object with this version."""
    return mirrored_object_id(each.id, each.version_id)


def set_versions(ftrack: Ftrack, stage: Stage, objects: Sequence[ReviewObject]) -> dict[str, str]:
    """Create the shot, asset and version of each object if missing; in one transaction, or else one by one.

    Returns:
        Why there is none, by the id of the object.

    Raises:
        TryAgain: That ftrack cannot be reached.
    """
    try:
        commit_missing(ftrack, lambda: _versions(ftrack, stage, objects))
    except Refused as problem:
        if len(objects) == 1:
            return {objects[0].id: str(problem)}
        problems: dict[str, str] = {}
        for each in objects:
            problems |= set_versions(ftrack, stage, [each])
        return problems
    return {}


def _versions(ftrack: Ftrack, stage: Stage, objects: Sequence[ReviewObject]) -> list[Operation]:
    """Return the operations that create the missing shots, assets and versions."""
    asset_ids = {each.id: mirrored_id("asset", each.id) for each in objects}
    siblings, assets, versions, types = ftrack.query_many(
        [
            f"select name from TypedContext where parent_id is {quote(stage.folder_id)} order by id",
            f"select id from Asset where id in {ids(asset_ids.values())}",
            f"select id from AssetVersion where id in {ids(remote_version_id(each) for each in objects)}",
            "select name from AssetType order by name",
        ]
    )
    if not types:
        raise Refused("The ftrack that clients see has no asset type; create one there, such as Upload.")
    type_id = next((each for each in types if each["name"] == _ASSET_TYPE), types[0]).id
    there = {each.id for each in [*siblings, *assets, *versions]}
    taken = {sibling["name"] for sibling in siblings}
    operations: list[Operation] = []
    for each in objects:
        shot_id, asset_id, version_id = mirrored_id("shot", each.id), asset_ids[each.id], remote_version_id(each)
        if shot_id not in there:
            taken.add(name := free_name(each.name, taken))
            shot = {"id": shot_id, "name": name, "parent_id": stage.folder_id, "project_id": stage.project_id}
            operations.append(ftrack.create("Shot", shot))
        if asset_id not in there:
            asset = {"id": asset_id, "name": ASSET, "context_id": shot_id, "type_id": type_id}
            operations.append(ftrack.create("Asset", asset))
        if version_id not in there:
            version = Reference("AssetVersion", version_id)
            operations += [
                ftrack.create("AssetVersion", {"id": version_id, "asset_id": asset_id}),
                add_metadata(version, SOURCE_VERSION, each.version_id),
                add_metadata(version, SOURCE_OBJECT, each.id),
            ]
    return operations


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a shot name that no sibling has: slashes and line breaks become ``_``, duplicates get a number."""
    base = re.sub(r"[/\\\x00-\x1f]+", "_", name).strip()[:200] or "Object"
    used = {each.casefold() for each in taken}
    number = 1
    while (candidate := base if number == 1 else f"{base} ({number})").casefold() in used:
        number += 1
    return candidate


def _project(ftrack: Ftrack, session: Session) -> tuple[str, list[Operation]]:
    name = session.project["name"]
    projects, schemas = ftrack.query_many(
        [
            f"select id from Project where name is {quote(name)} order by id",
            "select name from ProjectSchema order by name",
        ]
    )
    if projects:
        return projects[0].id, []
    if not schemas:
        raise Refused("The ftrack that clients see has no workflow schema for projects; create one there.")
    wanted = session.project.at("project_schema.name")
    values = {
        "id": mirrored_id("project", session.project.id),
        "name": name,
        "full_name": session.project["full_name"] or name,
        "project_schema_id": next((each for each in schemas if each["name"] == wanted), schemas[0]).id,
    }
    return values["id"], [ftrack.create("Project", values)]


def _folder(ftrack: Ftrack, session: Session, project_id: str) -> tuple[str, list[Operation]]:
    folder_id = mirrored_id("folder", session.id)
    siblings = ftrack.query(f"select name from TypedContext where parent_id is {quote(project_id)} order by id")
    name = free_name(session.name, set())
    own = next((each for each in siblings if each.id == folder_id), None)
    named = next((each for each in siblings if each["name"].casefold() == name.casefold()), None)
    if own is not None:
        rename = own["name"] != name and (named is None or named is own)
        return own.id, [ftrack.update(own.reference, {"name": name})] if rename else []
    if named is not None:
        return named.id, []
    values = {"id": folder_id, "name": name, "parent_id": project_id, "project_id": project_id}
    return folder_id, [ftrack.create("Folder", values)]


def _session(ftrack: Ftrack, session: Session, project_id: str) -> list[Operation]:
    remote = Reference("ReviewSession", session_id(session.id))
    wanted: dict[str, Any] = {"name": session.name, "description": session.description}
    found: list[Entity] = ftrack.query(f"select name, description from ReviewSession where id is {quote(remote.id)}")
    if found:
        changed = {name: value for name, value in wanted.items() if found[0][name] != value}
        return [ftrack.update(remote, changed)] if changed else []
    dates = {"start_date": session.start, "end_date": session.end}
    values = {"id": remote.id, "project_id": project_id, **wanted, **dates}
    return [ftrack.create("ReviewSession", values)]
