"""Jobs, events and feeds, dashboards and settings."""

from typing import Final

TYPES: Final = """
Job
    :required   status type
    :immutable  type
    id           uid @jobid
    type         text = "api_job"
    status       text = "queued" one of ["queued", "running", "done", "failed"]
    data         json
    created_at   date
    finished_at  date
    user_id      key cascade @userid
    user         -> User
    job_components  [JobComponent]

JobComponent
    :key        component_id job_id
    :immutable  url
    component_id  key
    component     -> Component
    job_id        key owner
    job           -> Job
    url           object computed

Event @SocialEvent
    :always  project_id
    id           integer @socialid
    action       text @action
    insert       text @insert
    data         text
    created_at   date
    parent_id    text cascade
    parent_type  text
    project_id   key owner @showid
    project      -> Project @show
    user_id      key @userid
    user         -> User
    feeds        [Feed]

Feed @SocialFeed
    id          uid
    cluster_id  text @clusterid
    created_at  date
    distance    integer = 0 @distance
    owner_id    text @ownerid
    relation    text @relation
    social_id   number_key cascade @socialid
    event       -> Event by social_id

Dashboard
    id             uid @dashboardid
    name           text
    is_shared_with_everyone  boolean = false @isglobal
    created_by_id  key cascade @userid
    created_by     -> User @user
    dashboard_resources  [DashboardResource]
    widgets        [DashboardWidget]

DashboardResource @LinkDashboardResource
    :key     dashboard_id resource_id
    :always  dashboard_id resource_id
    dashboard_id  key also Dashboard
    dashboard     -> Dashboard
    resource_id   key also Resource
    resource      -> Resource
    is_shared_with_everyone  boolean = false @isglobal

DashboardWidget
    id            uid @widgetid
    type          text @widget_typeid
    config        text
    sort          number
    dashboard_id  key cascade @dashboardid
    dashboard     -> Dashboard

Setting
    :key  name group
    name   text = "default"
    group  text = "default"
    value  text = "default"

EntitySetting @SettingOverride
    :key       parent_id group name
    :required  value parent_type
    :defaults  parent_id group name value parent_type
    parent_id    text owner
    parent_type  type_name
    group        text
    name         text
    value        text

SettingComponent
    :key        component_id name group
    :immutable  thumbnail_url url
    component_id   key
    component      -> Component
    name           key
    group          key
    setting        -> Setting by name
    url            object computed
    thumbnail_url  object computed
"""
