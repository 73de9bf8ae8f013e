"""The entity types of the sandbox, in our own words; they agree with what a real ftrack declares."""

from __future__ import annotations

from functools import cache

from ftrack_sandbox.schema import (
    attributes,
    components,
    contexts,
    jobs,
    lists,
    notes,
    people,
    versions,
    workflow,
)
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.declare import declare, link
from ftrack_sandbox.schema.object_types import STANDARD_OBJECT_TYPES, typed_context

_SUBJECTS = (attributes, components, contexts, jobs, lists, notes, people, versions, workflow)


@cache
def standard_catalogue() -> Catalogue:
    """Return the catalogue of a new server, with ftrack's own seven object types."""
    types = declare(each.TYPES for each in _SUBJECTS)
    for row in STANDARD_OBJECT_TYPES:
        each = typed_context(types["TypedContext"], row)
        types[each.name] = each
    return Catalogue(link(types))
