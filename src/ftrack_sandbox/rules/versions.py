"""Assets and their versions: numbers, authors and statuses."""

from __future__ import annotations

from ftrack_sandbox.errors import DuplicateEntryError, ValidationError
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.hooks import Draft, Row, after_create, after_update, before_create, before_update, needs
from ftrack_sandbox.operations.records import Record
from ftrack_sandbox.rules.statuses import record_status_change
from ftrack_sandbox.rules.workflow import default_version_status


@needs("Asset")
def place_asset(draft: Draft) -> list[str]:
    """Wait for a parent."""
    return [] if draft.row.get("context_id") else ["a parent"]


@needs("AssetVersion")
def place_version(draft: Draft) -> list[str]:
    """Wait for an asset."""
    return [] if draft.row.get("asset_id") else ["an asset"]


@before_create("Asset")
def complete_asset(call: Call, draft: Draft) -> None:
    """Give an asset a type, and the type's name where it has none of its own."""
    row = draft.row
    if "type_id" not in row:
        types = call.records.select("AssetType")
        if types:
            row["type_id"] = types[0].id
    if "name" not in row and "type_id" in row:
        row["name"] = call.records.get("AssetType", [row["type_id"]]).row["name"]


@before_create("AssetVersion")
def complete_version(call: Call, draft: Draft) -> None:
    """Give a version the number after the highest of its asset, an author, a date and a status."""
    row = draft.row
    # AYON's publisher asks for the next number with 0.
    if not row.get("version"):
        row["version"] = 1 + _highest(call, row["asset_id"])
    _check_number(call, row["asset_id"], row["version"])
    row.setdefault("date", call.timestamp)
    row.setdefault("user_id", call.user.id)
    if "status_id" not in row:
        asset = call.records.get("Asset", [row["asset_id"]])
        context = call.records.get("Context", [asset.row["context_id"]])
        row["status_id"] = default_version_status(call, context.row["project_id"])


@before_update("AssetVersion")
def check_number(call: Call, record: Record, new: Row) -> None:
    """Refuse a number that another version of the asset has."""
    if "version" in new or "asset_id" in new:
        asset_id, number = (new.get(name, record.row[name]) for name in ("asset_id", "version"))
        if asset_id is None:
            raise ValidationError("An AssetVersion cannot be without an asset.")
        _check_number(call, asset_id, number)


@after_create("AssetVersion")
def record_first_status(call: Call, record: Record) -> None:
    """Record the status that a version begins with, as a change from none."""
    record_status_change(call, record, None)


@after_update("AssetVersion")
def record_next_status(call: Call, record: Record, old: Row) -> None:
    """Record a change of status."""
    if "status_id" in old:
        record_status_change(call, record, old["status_id"])


def _highest(call: Call, asset_id: str) -> int:
    highest = call.connection.execute('SELECT max("version") FROM "AssetVersion" WHERE "asset_id" = ?', [asset_id])
    return highest.fetchone()[0] or 0


def _check_number(call: Call, asset_id: str, number: int | None) -> None:
    if call.records.select("AssetVersion", asset_id=asset_id, version=number):
        name = call.records.get("Asset", [asset_id]).row["name"]
        raise DuplicateEntryError(f"The asset {name!r} has a version {number} already.")
