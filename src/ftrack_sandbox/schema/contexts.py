"""Projects and what hangs below them: shots, tasks and every other typed context."""

from typing import Final

TYPES: Final = """
+metadata
    metadata {Metadata} by parent_id @meta

+custom_links
    custom_attribute_links       {CustomAttributeLink} by from_id unkeyed
    custom_attribute_links_from  {CustomAttributeLinkFrom} by to_id unkeyed

+created
    created_at     date
    created_by_id  key      @created_by
    created_by     -> User  @createdBy

Context
    :required   context_type name
    :immutable  _link link thumbnail_url created_by_id created_by created_at
    :defaults   context_type id name
    :always     context_type
    id             uid
    name           text = ""
    context_type   text
    parent_id      key owner
    parent         -> Context
    project_id     key cascade
    _link          text derived @_api_link
    link           text derived @_api_link
    thumbnail_id   key          @thumbid
    thumbnail      -> Component
    thumbnail_url  object computed
    children       [Context] by parent_id
    assets         [Asset] by context_id
    notes          [Note] by parent_id
    managers       [Manager] by context_id
    timelogs       [Timelog] by context_id
    scopes         [Scope] through ContextScope context_id scope_id
    appointments   [Appointment] by context_id @context_appointments
    allocations    [Appointment] by context_id where type=allocation @context_allocations
    assignments    [Appointment] by context_id where type=assignment @context_assignments
    custom_attributes  {ContextCustomAttributeValue} dense @custom_attribute_values
    +created
    +custom_links

Project is Context when context_type = show @Show
    :required  is_global status project_schema_id
    full_name          text @fullname
    status             text
    color              text
    root               text
    start_date         date @startdate
    end_date           date @enddate
    is_global          boolean = false @isglobal
    is_private         boolean = false @private
    disk_id            key      @diskid
    disk               -> Disk
    project_schema_id  key      @projectschemeid
    project_schema     -> ProjectSchema @projectscheme
    descendants        [TypedContext] descendants
    calendar_events    [CalendarEvent] by project_id
    review_sessions    [ReviewSession] by project_id @reviewSessions
    user_security_role_projects  [UserSecurityRoleProject] by project_id @user_role_projects
    +metadata

TypedContext is Context when context_type = task @Task
    :required   bid status_id type_id priority_id object_type_id sort
    :immutable  time_logged bid_time_logged_difference
    :always     project_id context_type
    project_id      key      @showid
    project         -> Project @show
    description     text
    sort            number
    bid             number
    time_logged     number computed
    bid_time_logged_difference  number computed
    start_date      date @startdate
    end_date        date @enddate
    object_type_id  key @object_typeid
    object_type     -> ObjectType @objectType
    type_id         key @typeid
    type            -> Type
    status_id       key @statusid
    status          -> Status
    priority_id     key @priorityid
    priority        -> Priority
    ancestors       [TypedContext] ancestors
    descendants     [TypedContext] descendants
    status_changes  [StatusChange] by parent_id
    incoming_links  [TypedContextLink] by to_id @predecessors
    outgoing_links  [TypedContextLink] by from_id @successors
    lists           [TypedContextList] through ListObject entity_id list_id @_lists
    +metadata

TypedContextLink @Dependency
    :required  from_id to_id
    :defaults  id from_id to_id
    id       uid @dependencyid
    from_id  key cascade
    from     -> TypedContext @fromTask
    to_id    key owner
    to       -> TypedContext @toTask
    +metadata

Scope
    :required  name
    id    uid
    name  text

ContextScope hidden
    :key  context_id scope_id
    context_id  key owner
    scope_id    key

Disk
    :required  name
    id        uid @diskid
    name      text
    unix      text
    windows   text
    projects  [Project] @shows

Manager
    id          uid @managerid
    context_id  key owner
    context     -> Context
    type_id     key cascade @typeid
    type        -> ManagerType
    user_id     key cascade @userid
    user        -> User

ManagerType
    id    uid @typeid
    name  text

Metadata @Meta
    :key       parent_id key
    :required  value parent_type
    :defaults  parent_id key value parent_type
    parent_id    text owner @meta_id
    key          text @variable
    value        text
    parent_type  type_name @meta_type
"""
