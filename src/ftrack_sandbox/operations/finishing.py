"""Finishes what a batch creates and changes: what an entity needs may come from any later operation of the batch.

Real servers look at required attributes when a batch ends: the official client's tests create a ``Scope`` and name
it afterwards, and ftrack's recipe for cloning reviews creates the objects before the session that they are in.
"""

from __future__ import annotations

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.operations import hooks
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.records import Record
from ftrack_sandbox.schema.model import Tie


def finish(call: Call, record: Record) -> bool:
    """Store a new entity if it has all that it needs by now, and return whether it has.

    Raises:
        ValidationError: A rule refuses it.
        DuplicateEntryError: The name in that place is taken.
        PermissionDeniedError: The user may not create this.
    """
    assert record.draft is not None
    layout = call.layout.of(record.type.name)
    draft = hooks.Draft(record.type, dict(record.draft))
    missing = [each for found in hooks.needs.run(layout.lineage, draft) for each in found]
    if not missing and _belongs_to_unfinished(call, record):
        missing = ["an owner that is complete"]
    if not missing:
        hooks.before_create.run(layout.lineage, call, draft)
    row = {column: value for column, value in draft.row.items() if value is not None}
    record.row.update(row)
    missing = missing or [column for column in layout.required if column not in row]
    waiting = call.unfinished[record.type.table]
    waiting[record.key] = (record, missing)
    if missing:
        return False
    call.permissions.check_create(record.type, row)
    call.records.store(record)
    del waiting[record.key]
    return True


def _belongs_to_unfinished(call: Call, record: Record) -> bool:
    """Return whether a new entity belongs to one that still needs something, such as a parent."""
    assert record.draft is not None
    ties = call.layout.of(record.type.name).ties
    named = [record.draft.get(column) for column, tie in ties.items() if tie in (Tie.OWNER, Tie.CASCADE)]
    return any((each,) in waiting and (each,) != record.key for each in named for waiting in call.unfinished.values())


def finish_later(call: Call, record: Record) -> None:
    """Store a new entity that got what it needed after it was created, with all that follows; wait if it did not."""
    progress = finish(call, record)
    if progress:
        hooks.after_create.run(call.layout.of(record.type.name).lineage, call, record)
    while progress:
        # Now what belongs to it may be complete too.
        progress = False
        for each, _ in _unfinished(call):
            if each.exists and each.draft is not None and finish(call, each):
                hooks.after_create.run(call.layout.of(each.type.name).lineage, call, each)
                progress = True


def refuse_unfinished(call: Call) -> None:
    """Refuse a batch that ends with entities which need something.

    Raises:
        ValidationError: There is one; says what it needs.
    """
    for record, column in call.emptied:
        if record.exists and record.row[column] is None:
            raise ValidationError(f"A {record.type.name} cannot be without {column}.")
    for record, missing in _unfinished(call):
        if record.exists:
            raise ValidationError(f"A new {record.type.name} needs {' and '.join(missing)}.")


def _unfinished(call: Call) -> list[tuple[Record, list[str]]]:
    """Return the new entities that are not stored yet, each with what it still needs."""
    return [each for waiting in call.unfinished.values() for each in waiting.values()]
