"""Assets and their versions."""

from typing import Final

TYPES: Final = """
Asset
    :always  context_id
    id              uid @assetid
    name            text
    context_id      key owner
    parent          -> Context by context_id
    type_id         key @typeid
    type            -> AssetType
    versions        [AssetVersion]
    latest_version  -> AssetVersion computed
    custom_attributes  {AssetCustomAttributeValue} dense @custom_attribute_values
    +metadata
    +custom_links

AssetType
    :required  name short
    id         uid @typeid
    name       text
    short      text
    component  text = "main"
    assets     [Asset]

AssetVersion
    :required   is_published status_id
    :immutable  _link link is_latest_version thumbnail_url
    :always     asset_id
    id                 uid @versionid
    version            integer
    is_latest_version  boolean derived
    asset_id           key owner @assetid
    asset              -> Asset
    task_id            key @taskid
    task               -> Task
    comment            text = ""
    date               date
    is_published       boolean = true @ispublished
    user_id            key @userid
    user               -> User
    status_id          key @statusid
    status             -> Status
    thumbnail_id       key @thumbid
    thumbnail          -> Component
    thumbnail_url      object computed
    _link              text derived @_api_link
    link               text derived @_api_link
    components         [Component] by version_id
    notes              [Note] by parent_id
    status_changes     [StatusChange] by parent_id
    incoming_links     [AssetVersionLink] by to_id @incoming_links
    outgoing_links     [AssetVersionLink] by from_id @outgoing_links
    uses_versions      [AssetVersion] through AssetVersionLink to_id from_id @usesversions
    used_in_versions   [AssetVersion] through AssetVersionLink from_id to_id @usedinversions
    lists              [AssetVersionList] through ListObject entity_id list_id @_lists
    review_session_objects  [ReviewSessionObject] by version_id @reviewSessionObjects
    custom_attributes  {AssetVersionCustomAttributeValue} dense @custom_attribute_values
    +metadata
    +custom_links

AssetVersionLink
    :required  from_id to_id
    :defaults  id from_id to_id
    id       uid
    from_id  key cascade @linkedversionid
    from     -> AssetVersion @linked_version
    to_id    key owner @versionid
    to       -> AssetVersion @version
    +metadata
"""
