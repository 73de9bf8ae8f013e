"""Owners and members of a collection, as a statement reads them."""

from __future__ import annotations

from dataclasses import dataclass

from ftrack_sandbox.query.scope import Scope
from ftrack_sandbox.query.sql import Sql


@dataclass(frozen=True, slots=True)
class Pairs:
    """Owners and members, as what follows ``FROM``.

    Attributes:
        source: Tables, the member under the scope's alias.
        member: The scope of the member.
        owner: SQL of the owner's id.
        condition: What must hold besides.
        order: The order of the members of one owner.
    """

    source: str
    member: Scope
    owner: str
    condition: Sql
    order: str
