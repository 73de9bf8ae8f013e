"""Lists of tasks or versions, and client review sessions."""

from typing import Final

TYPES: Final = """
List
    :required  is_open category_id project_id
    :always    project_id
    id           uid @listid
    name         text = ""
    date         date
    is_open      boolean = true @isopen
    system_type  text = "task" @entity
    category_id  key @typeid
    category     -> ListCategory @type
    project_id   key owner @showid
    project      -> Project @show
    user_id      key @userid
    owner        -> User by user_id @user
    custom_attributes  {ListCustomAttributeValue} dense @custom_attribute_values
    +custom_links

TypedContextList is List when system_type = task classified
    :immutable  type
    items        [Task] through ListObject list_id entity_id @_task_items

AssetVersionList is List when system_type = assetversion classified
    :immutable  type
    system_type  text = "assetversion" @entity
    items        [AssetVersion] through ListObject list_id entity_id @_asset_version_items

ListCategory @ListType
    id     uid @typeid
    name   text
    lists  [List]

ListObject
    :required  entity_id list_id
    :defaults  id entity_id list_id
    id         uid
    list_id    key owner @listid
    list       -> List
    entity_id  text cascade @entityid
    custom_attributes  {ListObjectCustomAttributeValue} dense @custom_attribute_values

ReviewSession
    :required   name description start_date end_date project_id created_by_id created_at
    :immutable  thumbnail_id thumbnail_url is_open
    id                    uid
    name                  text = "New review session"
    description           text = ""
    availability          text
    start_date            date @start
    end_date              date @end
    is_open               boolean computed
    is_moderated          boolean
    passphrase            text
    passphrase_enabled    boolean
    shareable_url_enabled  boolean
    project_id            key owner
    project               -> Project
    thumbnail_id          key computed @thumbid
    thumbnail             -> Component
    thumbnail_url         object computed
    settings              [EntitySetting] by parent_id @settingOverrides
    review_session_objects   [ReviewSessionObject] @reviewSessionObjects
    review_session_invitees  [ReviewSessionInvitee] @reviewSessionInvitees
    +created

ReviewSessionObject
    :required  name description version version_id review_session_id created_at sort_order
    :always    review_session_id
    id                 uid
    name               text = ""
    description        text = ""
    version            text = ""
    sort_order         number
    created_at         date
    version_id         key cascade
    asset_version      -> AssetVersion by version_id @assetVersion
    review_session_id  key owner
    review_session     -> ReviewSession @reviewSession
    notes              [Note] by parent_id
    statuses           [ReviewSessionObjectStatus]

ReviewSessionInvitee
    :required   email name review_session_id created_by_id created_at
    :immutable  created_from_shared_url
    :always     review_session_id
    id                       uid
    name                     text
    email                    text
    last_sent_at             date
    created_from_shared_url  boolean
    review_session_id        key owner
    review_session           -> ReviewSession @reviewSession
    statuses                 [ReviewSessionObjectStatus]
    +created

ReviewSessionObjectStatus
    :required  created_at
    :always    review_session_object_id
    id                         uid
    status                     text
    created_at                 date
    review_session_invitee_id  key cascade
    invitee                    -> ReviewSessionInvitee by review_session_invitee_id
    review_session_object_id   key owner
    review_session_object      -> ReviewSessionObject @reviewSessionObject
"""
