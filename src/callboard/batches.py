"""For authors: create a sequence, its shots and their tasks in one transaction, and keep what exists.

from callboard import batches

existing = batches.read_existing(job.ftrack, batch)
job.ftrack.commit(batches.operations(batch, ids, existing))
"""

from callboard.studio.batch import LEVELS, Batch, Names, TaskWish, operations, own_ids, read_existing

__all__ = ["LEVELS", "Batch", "Names", "TaskWish", "operations", "own_ids", "read_existing"]
