"""The small language in which entity types are declared, and its reader.

A type is a heading and indented lines, one attribute each::

    Asset                                   name [is Base [when attribute = value, value]] [@LegacyTable]
        :required  name                     besides the primary key; so :immutable
        :always    context_id               sent with every entity
        id         uid          @assetid    value type and legacy column name
        name       text = "main"            a default, as JSON
        parent     -> Context by context_id     a reference; without "by" its key is in parent_id
        versions   [AssetVersion]           a collection; found by AssetVersion's only reference to this type
        notes      [Note] by parent_id      ... or by the column named
        lists      [List] through ListObject entity_id list_id
        metadata   {Metadata} by parent_id  a mapping
        latest     -> AssetVersion computed     see formulas.py
        +metadata                           every attribute of the group "+metadata"

``is`` inherits all attributes; ``like`` only shares the table. Other words: ``derived`` (computed, but not
listed so), ``hidden`` (clients do not see it), ``in column``, ``where column=value``, ``one of ["a", "b"]``.
Columns that hold ids say who belongs to whom: ``owner``, ``cascade`` or ``restrict``, which ``model.Tie`` explains. A
row is also deleted with whatever its primary key names. The first ``owner`` column that is set counts.
A heading may say ``hidden`` or ``classified`` (its legacy name is the base's, and the ``when`` tells the two apart).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ftrack_sandbox.schema.formulas import FORMULAS
from ftrack_sandbox.schema.model import (
    Attribute,
    Column,
    Computed,
    DenseValues,
    EntityType,
    Formula,
    Kind,
    Lineage,
    Reverse,
    Storage,
    Through,
    Tie,
)

_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\[[^\]]*"[^\]]*\]|\S+')

_SCALARS: Mapping[str, dict[str, Any]] = {
    "text": {"value_type": "string"},
    "boolean": {"value_type": "boolean"},
    "integer": {"value_type": "integer"},
    "number": {"value_type": "number"},
    "variable": {"value_type": "variable"},
    "object": {"value_type": "object"},
    "date": {"value_type": "string", "format": "date-time"},
    "json": {"value_type": "string", "format": "json"},
    "key": {"value_type": "string", "format": "foreign_key"},
    "number_key": {"value_type": "integer", "format": "foreign_key"},
    "untyped_key": {"format": "foreign_key"},
    "uid": {"value_type": "string", "default": "{uid}", "has_default": True},
    "uid_key": {"value_type": "string", "format": "foreign_key", "default": "{uid}", "has_default": True},
    "type_name": {
        "value_type": "string",
        "extra": {"transform": {"client": "{schema_id}", "server": "{table_name}"}},
    },
}

_SPECIAL: Mapping[str, Storage] = {
    "ancestors": Lineage(up=True),
    "descendants": Lineage(up=False),
    "dense": DenseValues(),
    "derived": Computed(),
    "computed": Computed(),
}

_TIES: Mapping[str, Tie] = {each.value: each for each in Tie}

_STORED_ELSEWHERE = frozenset({"by", "in", "where", "through"})


class DeclarationError(Exception):
    """A declaration is wrong; only developers of the sandbox can see this."""


@dataclass
class _Draft:
    """A type as it is written, before inheritance."""

    name: str
    heading: list[str]
    lines: list[list[str]] = field(default_factory=list)
    settings: dict[str, list[str]] = field(default_factory=dict)

    def after(self, word: str) -> str | None:
        """Return the word that follows ``word`` in the heading."""
        if word not in self.heading:
            return None
        return self.heading[self.heading.index(word) + 1]


def declare(texts: Iterable[str]) -> dict[str, EntityType]:
    """Return the types that the texts declare, by name; a type may come after those that mention it.

    The result is still to be :func:`link`.

    Raises:
        DeclarationError: A line cannot be understood.
    """
    drafts = _drafts(texts)
    groups = {name: draft for name, draft in drafts.items() if name.startswith("+")}
    types: dict[str, EntityType] = {}
    for name in drafts:
        if name not in groups:
            _build(name, drafts, groups, types)
    return types


def link(types: Mapping[str, EntityType]) -> list[EntityType]:
    """Return the types with the column of every collection found, and every name checked.

    Raises:
        DeclarationError: A type is mentioned and not declared, or a collection's column is not clear.
    """
    return [_link(each, types) for each in types.values()]


def _drafts(texts: Iterable[str]) -> dict[str, _Draft]:
    drafts: dict[str, _Draft] = {}
    for text in texts:
        current: _Draft | None = None
        for line in text.splitlines():
            words = _WORD.findall(line.split(" # ")[0])
            if not words:
                continue
            if not line[0].isspace():
                current = drafts[words[0]] = _Draft(words[0], words[1:])
            elif current is None:
                raise DeclarationError(f"{line.strip()!r} belongs to no type.")
            elif words[0].startswith(":"):
                current.settings[words[0][1:]] = words[1:]
            else:
                current.lines.append(words)
    return drafts


def _build(
    name: str, drafts: Mapping[str, _Draft], groups: Mapping[str, _Draft], types: dict[str, EntityType]
) -> EntityType:
    """Build a type after its base, and remember it in ``types``."""
    if name in types:
        return types[name]
    draft = drafts[name]
    parent = draft.after("is") or draft.after("like")
    base = _build(parent, drafts, groups, types) if parent else None
    attributes = dict(base.attributes) if base else {}
    for line in draft.lines:
        for words in groups[line[0]].lines if line[0].startswith("+") else [line]:
            attribute = _attribute(words, base.table if base else name)
            attributes[attribute.name] = attribute
    types[name] = _entity_type(draft, base, attributes)
    return types[name]


def _entity_type(draft: _Draft, base: EntityType | None, attributes: Mapping[str, Attribute]) -> EntityType:
    settings = draft.settings
    key = tuple(settings.get("key", base.primary_key if base else ["id"]))
    inherited_required = base.required if base else ()
    inherited_immutable = base.immutable if base else frozenset[str]()
    restriction = _restriction(draft.heading)
    return EntityType(
        name=draft.name,
        table=base.table if base else draft.name,
        attributes=attributes,
        primary_key=key,
        required=tuple(dict.fromkeys([*key, *inherited_required, *settings.get("required", [])])),
        immutable=frozenset([*key, *inherited_immutable, *settings.get("immutable", [])]),
        default_projections=tuple(settings.get("defaults", base.default_projections if base else key)),
        always=tuple(settings.get("always", base.always if base else ())),
        alias=_alias(draft.heading, base, attributes, restriction),
        base=draft.after("is"),
        restriction=restriction,
        hidden="hidden" in draft.heading,
    )


def _restriction(heading: list[str]) -> tuple[str, tuple[str, ...]] | None:
    if "when" not in heading:
        return None
    start = heading.index("when") + 1
    values = []
    for word in heading[start + 2 :]:
        values.append(word.rstrip(","))
        if not word.endswith(","):
            break
    return heading[start], tuple(values)


def _alias(
    heading: list[str],
    base: EntityType | None,
    attributes: Mapping[str, Attribute],
    restriction: tuple[str, tuple[str, ...]] | None,
) -> str | Mapping[str, Any] | None:
    if "classified" in heading:
        assert base is not None
        assert restriction is not None
        classifier = attributes[restriction[0]].legacy_name
        return {"id": base.legacy_table, "classifiers": {classifier: restriction[1][0]}}
    return next((word[1:] for word in heading if word.startswith("@")), None)


def _attribute(words: list[str], table: str) -> Attribute:
    """Read one attribute's line; ``table`` finds its formula."""
    name, form, *rest = words
    values: dict[str, Any] = {"name": name, "storage": Column(name), "kind": Kind.SCALAR}
    if form == "->":
        values |= {"kind": Kind.REFERENCE, "target": rest.pop(0), "storage": Column(f"{name}_id")}
    elif form[0] in "[{":
        mapping = form[0] == "{"
        values |= {"kind": Kind.MAPPING if mapping else Kind.COLLECTION, "target": form[1:-1]}
        values["storage"] = Reverse("")
        if mapping and "unkeyed" not in rest:
            values["extra"] = {"key_value_attributes": {"key": "key", "value": "value"}}
    elif form in _SCALARS:
        values |= _SCALARS[form]
    else:
        raise DeclarationError(f"{name}: there is no value type {form!r}.")
    while rest:
        _read_option(values, rest)
    formula = FORMULAS.get(f"{table}.{name}")
    if formula is not None:
        values["storage"] = Formula(formula)
    return Attribute(**values)


def _read_option(values: dict[str, Any], rest: list[str]) -> None:
    """Take the next option off ``rest`` and put what it says into ``values``."""
    word = rest.pop(0)
    if word.startswith("@"):
        values["alias"] = word[1:]
    elif word in _STORED_ELSEWHERE:
        values["storage"] = _storage_elsewhere(word, values, rest)
    elif word in _SPECIAL:
        values |= {"computed": word == "computed", "storage": _SPECIAL[word]}
    elif word == "=":
        values |= {"default": json.loads(rest.pop(0)), "has_default": True}
    elif word == "one":
        del rest[0]
        values["extra"] = {"enum": json.loads(rest.pop(0))}
    elif word == "unkeyed":
        # The official client skips these: they are never selected by its own queries.
        values["extra"] = {"restricted_projection": True}
    elif word == "also":
        values["extra"] = {"$ref": rest.pop(0)}
    elif word == "hidden":
        values["hidden"] = True
    elif word in _TIES:
        values["tie"] = _TIES[word]
    else:
        raise DeclarationError(f"{values['name']}: {word!r} is not understood.")


def _storage_elsewhere(word: str, values: Mapping[str, Any], rest: list[str]) -> Storage:
    """Return the storage that ``by``, ``in``, ``where`` or ``through`` and the words after it say."""
    if word == "through":
        return Through(rest.pop(0), rest.pop(0), rest.pop(0))
    if word == "where":
        column, _, value = rest.pop(0).partition("=")
        reverse: Reverse = values["storage"]
        return replace(reverse, where=(column, value))
    column = rest.pop(0)
    return Reverse(column) if values["kind"] in (Kind.COLLECTION, Kind.MAPPING) else Column(column)


def _link(entity_type: EntityType, types: Mapping[str, EntityType]) -> EntityType:
    attributes = {}
    for attribute in entity_type.attributes.values():
        if attribute.target is not None and attribute.target not in types:
            raise DeclarationError(f"{entity_type.name}.{attribute.name}: {attribute.target} is not declared.")
        if attribute.storage == Reverse(""):
            column = _reference_back(entity_type, attribute, types)
            attributes[attribute.name] = replace(attribute, storage=Reverse(column))
        else:
            attributes[attribute.name] = attribute
    return replace(entity_type, attributes=attributes)


def _reference_back(owner: EntityType, attribute: Attribute, types: Mapping[str, EntityType]) -> str:
    """Return the column of the member's only reference to the owner's type."""
    kinds = [owner.name]
    while (base := types[kinds[-1]].base) is not None:
        kinds.append(base)
    columns = {
        str(each.column)
        for each in types[str(attribute.target)].attributes.values()
        if each.kind is Kind.REFERENCE and each.column and each.target in kinds
    }
    if len(columns) != 1:
        raise DeclarationError(f"{owner.name}.{attribute.name}: say by which column, one of {sorted(columns)}.")
    return columns.pop()
