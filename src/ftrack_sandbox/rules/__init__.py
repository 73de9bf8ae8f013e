"""The rules about consequences of a write, one module per family of entities.

Importing this package registers all rules with the hooks of ``operations/hooks.py``.
"""

from ftrack_sandbox.rules import (
    administration,
    attribute_links,
    components,
    contexts,
    jobs,
    lists,
    notes,
    origin,
    people,
    statuses,
    time,
    versions,
)

__all__ = [
    "administration",
    "attribute_links",
    "components",
    "contexts",
    "jobs",
    "lists",
    "notes",
    "origin",
    "people",
    "statuses",
    "time",
    "versions",
]
