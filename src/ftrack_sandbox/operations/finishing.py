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
    if not missing and (owners := _unfinished_owners(call, record)):
        missing = ["an owner that is complete"]
        for owner_id in owners:
            call.waiting_for[owner_id].append(record)
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


def _unfinished_owners(call: Call, record: Record) -> list[str]:
    """Return the ids of the entities that a new one belongs to and that still need something, such as a parent."""
    assert record.draft is not None
    ties = call.layout.of(record.type.name).ties
    named = [record.draft.get(column) for column, tie in ties.items() if tie in (Tie.OWNER, Tie.CASCADE)]
    among = call.unfinished.values()
    return [str(each) for each in named if (each,) != record.key and any((each,) in waiting for waiting in among)]


def finish_later(call: Call, record: Record) -> None:
    """Store a new entity that got what it needed after it was created, with all that follows; wait if it did not."""
    queue = [record]
    while queue:
        each = queue.pop()
        if each.exists and each.draft is not None and finish(call, each):
            hooks.after_create.run(call.layout.of(each.type.name).lineage, call, each)
            # What belongs to it may be complete now too.
            queue += call.waiting_for.pop(each.id, [])


def refuse_unfinished(call: Call) -> None:
    """Refuse a batch that ends with entities which need something.

    Raises:
        ValidationError: There is one; says what it needs.
    """
    for record, column in call.emptied:
        if record.exists and record.row[column] is None:
            raise ValidationError(f"A {record.type.name} cannot be without {column}.")
    for record, missing in [each for waiting in call.unfinished.values() for each in waiting.values()]:
        if record.exists:
            raise ValidationError(f"A new {record.type.name} needs {' and '.join(missing)}.")
