"""The change of one record, with everything that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftrack_sandbox.operations import hooks
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.finishing import finish_later
from ftrack_sandbox.operations.records import Record


def change(call: Call, record: Record, values: Mapping[str, Any]) -> None:
    """Change columns of a record with all that follows from it, permissions apart.

    Raises:
        ValidationError: A rule refuses.
        DuplicateEntryError: The name is taken in that place.
    """
    layout = call.layout.of(record.type.name)
    new = {column: value for column, value in values.items() if record.row[column] != value}
    if not new:
        return
    if record.draft is not None:
        record.draft.update(new)
        record.row.update(new)
        finish_later(call, record)
        return
    hooks.before_update.run(layout.lineage, call, record, new)
    for column in layout.required:
        if column in new and new[column] is None:
            # A later operation of the batch may give it a new value.
            call.emptied[record, column] = None
    old = {column: record.row[column] for column in new}
    call.records.change(record, new)
    hooks.after_update.run(layout.lineage, call, record, old)
