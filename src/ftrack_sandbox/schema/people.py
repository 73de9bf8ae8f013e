"""Users and groups, what they may do, and what they are booked on."""

from typing import Final

TYPES: Final = """
Resource
    :required  resource_type
    :always    resource_type
    id             uid
    resource_type  text
    appointments   [Appointment] by resource_id @resource_appointments
    allocations    [Appointment] by resource_id where type=allocation @resource_allocations
    assignments    [Appointment] by resource_id where type=assignment @resource_assignments
    dashboard_resources  [DashboardResource] by resource_id

User is Resource when resource_type = user
    :required   username is_active
    :immutable  resource_type thumbnail_url
    resource_type   text = "user"
    username        text
    first_name      text @firstname
    last_name       text @lastname
    email           text
    is_active       boolean @isactive
    is_otp_enabled  boolean @otp_enabled
    is_totp_enabled  boolean @totp_enabled
    require_details_update  boolean
    user_type_id    untyped_key @typeid
    user_type       -> UserType @type
    thumbnail_id    key @thumbid
    thumbnail       -> Component
    thumbnail_url   object computed
    timelogs        [Timelog]
    memberships     [Membership] @user_memberships
    user_security_roles  [UserSecurityRole] @userRoles
    custom_attributes  {UserCustomAttributeValue} dense @custom_attribute_values
    +metadata
    +custom_links

Group is Resource when resource_type = group
    :required   name local
    :immutable  resource_type link
    resource_type  text = "group"
    name           text = ""
    local          boolean
    link           text derived @api_link
    parent_id      key @group_id
    parent         -> Group
    children       [Group] by parent_id
    memberships    [Membership] @group_memberships
    +custom_links

UserKey hidden
    :key  user_id
    user_id  key
    key      text

UserType
    :immutable  name
    id    uid @typeid
    name  text

Membership
    :required  group_id user_id
    id        uid
    group_id  key cascade
    group     -> Group @membership_group
    user_id   key cascade
    user      -> User @membership_user

SecurityRole @Auth_Role
    :defaults  id name
    id    uid @roleid
    name  text
    type  key @typeid
    user_security_roles  [UserSecurityRole] @userRoles

UserSecurityRole @Auth_UserRole
    :defaults  id user_id security_role_id
    id                    uid
    user_id               key cascade @userid
    user                  -> User
    security_role_id      key cascade @roleid
    security_role         -> SecurityRole @role
    is_all_projects       boolean @isallprojects
    is_all_open_projects  boolean @isallprojects
    user_security_role_projects  [UserSecurityRoleProject] @user_role_projects

UserSecurityRoleProject @UserRoleProject
    :defaults  id user_security_role_id project_id
    id                     uid
    project_id             key owner
    project                -> Project
    user_security_role_id  key cascade @user_role_id
    user_security_role     -> UserSecurityRole @user_role

UserApplicationState @UserSetting
    :key       user_id key
    :required  value
    :defaults  user_id key value
    user_id  key @userid
    key      text
    value    text

Appointment
    :required  type resource_id context_id
    id           uid
    type         text
    context_id   key owner
    context      -> Context @appointment_context
    resource_id  key cascade
    resource     -> Resource @appointment_resource

CalendarEvent
    :required  name start end
    :defaults  id start end
    :always    project_id
    id          uid
    name        text = ""
    start       date
    end         date
    effort      number
    estimate    number
    everyone    boolean
    forecast    boolean
    leave       boolean
    project_id  key owner
    project     -> Project
    type_id     key
    type        -> Type
    calendar_event_resources  [CalendarEventResource]
    +metadata
    +created

CalendarEventResource
    :required  calendar_event_id resource_id
    :defaults  id calendar_event_id resource_id
    id                 uid
    calendar_event_id  key owner
    calendar_event     -> CalendarEvent
    resource_id        key cascade
    resource           -> Resource
    +created

Timelog
    :required  comment start duration
    :always    user_id context_id
    id                uid
    name              text
    comment           text = ""
    start             date
    duration          number
    time_zone_offset  number
    context_id        key owner
    context           -> Context
    user_id           key cascade
    user              -> User

Timer
    :required  comment start user_id
    id          uid
    name        text
    comment     text = ""
    start       date
    context_id  key owner
    context     -> Context
    user_id     key cascade
    user        -> User
"""
