"""Custom attributes: configurations, values, and links from entity to entity."""

from typing import Final

_GENERAL: Final = """
CustomConfigurationBase @RegisterBase
    :required  core config
    :always    project_id
    id              uid @registerid
    kind            text hidden
    key             text
    label           text
    config          text
    core            boolean = false
    sort            integer = 0
    entity_type     text @entity
    object_type_id  text @entity_key
    object_type     -> ObjectType @object_type
    project_id      text owner @topid
    group_id        key @groupid
    group           -> CustomAttributeGroup
    read_security_roles   [SecurityRole] through ConfigurationReadRole configuration_id security_role_id @read_roles
    write_security_roles  [SecurityRole] through ConfigurationWriteRole configuration_id security_role_id @write_roles

CustomAttributeConfiguration is CustomConfigurationBase when kind = value @Variable_Register
    default          variable = "" @casted_default
    is_hierarchical  boolean = false @ishierarchical
    type_id          key @typeid
    type             -> CustomAttributeType
    value_kind       text hidden derived
    values           [CustomAttributeValue]

CustomAttributeLinkConfiguration is CustomConfigurationBase when kind = link @LinkRegister
    :required   entity_type entity_type_to
    :immutable  entity_type_to object_type_id_to
    entity_type_to     text @entity_to
    object_type_id_to  key @entity_key_to
    object_type_to     -> ObjectType by object_type_id_to @object_type_to
    one_to_one         boolean

ConfigurationReadRole hidden
    :key  configuration_id security_role_id
    configuration_id  key owner
    security_role_id  key

ConfigurationWriteRole hidden
    :key  configuration_id security_role_id
    configuration_id  key owner
    security_role_id  key

CustomAttributeGroup @AttributeGroup
    :defaults  id name
    id    uid @groupid
    name  text
    custom_attribute_configurations  [CustomAttributeConfiguration] @registers

CustomAttributeType
    :required  core
    id           uid @typeid
    name         text
    core         boolean = false
    form_config  text @formconfig
    custom_attribute_configurations  [CustomAttributeConfiguration] @variables

CustomAttributeValue @Variable_Value
    :key  configuration_id entity_id
    configuration_id  key @registerid
    configuration     -> CustomAttributeConfiguration @register
    entity_id         text owner @entityid
    owner             text hidden
    value             variable @casted_value
    value_kind        text hidden derived

CustomAttributeLink
    :required   configuration_id from_id to_id
    :immutable  configuration_id
    :defaults   configuration_id from_id to_id
    id                uid
    configuration_id  key cascade @registerid
    configuration     -> CustomAttributeLinkConfiguration @register
    from_id           text owner
    to_id             text cascade
    from_entity_type  type_name hidden
    to_entity_type    type_name hidden

CustomAttributeLinkFrom like CustomAttributeLink
    :defaults  configuration_id from_id to_id
    from_entity_type  type_name
    to_entity_type    type_name
"""

#: The values of one kind of owner.
_VALUE: Final = """
{owner}CustomAttributeValue is CustomAttributeValue when owner = {owner}
    :defaults  configuration_id entity_id key
    :always    {always}
    configuration_id  key @register_id
    entity_id         key
    key               text derived
"""

#: Links to one kind of entity, and links from it.
_LINK: Final = """
{owner}CustomAttributeLink is CustomAttributeLink when to_entity_type = {values}
    :required  from_entity_type to_entity_type
    :defaults  id to_id to_entity_type configuration_id from_id
    {relation}  -> {owner} by to_id

{owner}CustomAttributeLinkFrom is CustomAttributeLinkFrom when from_entity_type = {values}
    :required  from_entity_type to_entity_type
    :defaults  id to_id to_entity_type configuration_id from_id
    {relation}  -> {owner} by from_id
"""

_VALUE_OWNERS: Final = ("Asset", "AssetVersion", "Context", "List", "ListObject", "User")

#: Which entity types a link's end may name for each kind of owner, in legacy words.
_LINK_OWNERS: Final = {
    "Asset": "asset",
    "AssetVersion": "assetversion",
    "Component": "component",
    "Context": "task, show",
    "Group": "group",
    "List": "list",
    "User": "user",
}


def _relation(owner: str) -> str:
    return "asset_version" if owner == "AssetVersion" else owner.lower()


TYPES: Final = "".join(
    [
        _GENERAL,
        *(_VALUE.format(owner=owner, always="entity_id key") for owner in _VALUE_OWNERS),
        *(
            _LINK.format(owner=owner, values=values, relation=_relation(owner))
            for owner, values in _LINK_OWNERS.items()
        ),
    ]
)
