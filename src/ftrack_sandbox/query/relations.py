"""Related entities in SQL, in both directions.

Criteria ask "which owners have a member that ...", projections ask "which members have these owners".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ftrack_sandbox.query.custom_values import dense_values
from ftrack_sandbox.query.pairs import Pairs
from ftrack_sandbox.query.scope import Scope
from ftrack_sandbox.query.sql import Sql, Statement, join
from ftrack_sandbox.schema.catalogue import Catalogue
from ftrack_sandbox.schema.model import Attribute, DenseValues, EntityType, Lineage, Reverse, Through
from ftrack_sandbox.schema.tables import quote


def pairs(catalogue: Catalogue, owner: EntityType, attribute: Attribute, statement: Statement) -> Pairs:
    """Return the owners and members of a collection that is stored (not a lineage)."""
    target = catalogue.types[str(attribute.target)]
    storage = attribute.storage
    of_type = _cast_test(catalogue, owner, attribute)
    if isinstance(storage, DenseValues):
        return dense_values(owner, target, statement)
    member = Scope(target, statement.alias())
    table = f"{quote(target.table)} {member.alias}"
    order = f'{member.alias}."sequence"'
    if isinstance(storage, Reverse):
        tests = of_type(member)
        if storage.where is not None:
            column, value = storage.where
            tests.append(Sql(f"{member.column(column)} = ?", (value,)))
        return Pairs(table, member, member.column(storage.column), join("AND", tests), order)
    assert isinstance(storage, Through)
    link = statement.alias()
    on = f"{member.column('id')} = {link}.{quote(storage.member)}"
    source = f"{quote(catalogue.types[storage.link].table)} {link} JOIN {table} ON {on}"
    condition = join("AND", of_type(member))
    return Pairs(source, member, f"{link}.{quote(storage.owner)}", condition, f'{link}."sequence"')


def _cast_test(catalogue: Catalogue, owner: EntityType, attribute: Attribute) -> Callable[[Scope], list[Sql]]:
    """Return what tells related rows of the type that a path casts them to, if it does."""
    if catalogue.attribute(owner.name, attribute.name).target == attribute.target:
        return lambda _: []
    return lambda member: [member.restriction(catalogue)]


def members(catalogue: Catalogue, owner: EntityType, attribute: Attribute, keys: Sql, statement: Statement) -> Pairs:
    """Return the members of a collection for some owners; ``keys`` is what may follow ``IN``."""
    if isinstance(attribute.storage, Lineage):
        return _lineage(catalogue, attribute, attribute.storage, keys, statement)
    both = pairs(catalogue, owner, attribute, statement)
    wanted = Sql(f"{both.owner} IN {keys.text}", keys.parameters)
    return replace(both, condition=join("AND", [wanted, both.condition]))


def _lineage(catalogue: Catalogue, attribute: Attribute, storage: Lineage, keys: Sql, statement: Statement) -> Pairs:
    """Return the typed contexts above or below the owners."""
    member = Scope(catalogue.types[str(attribute.target)], statement.alias())
    walk = statement.subselect_name()
    near, far, further = ("id", "parent_id", "id") if storage.up else ("parent_id", "id", "parent_id")
    select = (
        f'SELECT c."{near}", c."{far}" FROM "Context" c WHERE c."{near}" IN {keys.text} '
        f'UNION SELECT {walk}.owner, c."{far}" FROM {walk} JOIN "Context" c ON c."{further}" = {walk}.id'
    )
    statement.subselect(Sql(select, keys.parameters), name=walk, columns="owner, id")
    source = f'{walk} JOIN "Context" {member.alias} ON {member.column("id")} = {walk}.id'
    order = member.column("sequence")
    return Pairs(source, member, f"{walk}.owner", member.restriction(catalogue), order)


def having(
    catalogue: Catalogue,
    owner: Scope,
    attribute: Attribute,
    criteria: Callable[[Scope], Sql],
    statement: Statement,
    *,
    negated: bool,
) -> Sql:
    """Return the test that the owner has (or, ``negated``, has not) a related entity fulfilling criteria."""
    if not attribute.is_many:
        key = owner.expression(attribute)
        target = Scope(catalogue.types[str(attribute.target)], statement.alias())
        condition = join("AND", [*_cast_test(catalogue, owner.type, attribute)(target), criteria(target)])
        id_column = target.column(target.type.primary_key[0])
        select = f"SELECT {id_column} FROM {quote(target.type.table)} {target.alias} WHERE {condition.text}"
        found = statement.subselect(Sql(select, condition.parameters))
        # Without the first test a missing reference would be neither true nor false.
        if negated:
            return Sql(f"({key} IS NULL OR {key} NOT IN {found})")
        return Sql(f"({key} IS NOT NULL AND {key} IN {found})")
    if isinstance(attribute.storage, Lineage):
        found = _lineage_owners(catalogue, attribute, attribute.storage, criteria, statement)
    else:
        both = pairs(catalogue, owner.type, attribute, statement)
        condition = join("AND", [both.condition, Sql(f"{both.owner} IS NOT NULL"), criteria(both.member)])
        select = f"SELECT {both.owner} FROM {both.source} WHERE {condition.text}"
        found = statement.subselect(Sql(select, condition.parameters))
    return Sql(f"{owner.column('id')} {'NOT IN' if negated else 'IN'} {found}")


def _lineage_owners(
    catalogue: Catalogue, attribute: Attribute, storage: Lineage, criteria: Callable[[Scope], Sql], statement: Statement
) -> str:
    """Name the ids of everything above, or below, the typed contexts that fulfil criteria."""
    member = Scope(catalogue.types[str(attribute.target)], statement.alias())
    condition = join("AND", [member.restriction(catalogue), criteria(member)])
    name = statement.subselect_name()
    if storage.up:
        # Whose ancestors fulfil them: everything below those.
        select = (
            f'SELECT c."id" FROM "Context" {member.alias} JOIN "Context" c '
            f'ON c."parent_id" = {member.alias}."id" WHERE {condition.text} '
            f'UNION SELECT c."id" FROM "Context" c JOIN {name} ON c."parent_id" = {name}.id'
        )
    else:
        select = (
            f'SELECT {member.alias}."parent_id" FROM "Context" {member.alias} '
            f'WHERE {member.alias}."parent_id" IS NOT NULL AND {condition.text} '
            f'UNION SELECT c."parent_id" FROM "Context" c JOIN {name} ON c."id" = {name}.id '
            f'WHERE c."parent_id" IS NOT NULL'
        )
    return statement.subselect(Sql(select, condition.parameters), name=name)
