"""Statuses, types and the schemas that say which of them a project uses."""

from typing import Final

TYPES: Final = """
ObjectType
    :required  name icon sort is_time_reportable is_taskable is_typeable is_statusable is_schedulable
    id                  uid @typeid
    name                text
    icon                text = "default"
    sort                integer = 0
    is_leaf             boolean = false @isleaf
    is_schedulable      boolean = false @isschedulable
    is_statusable       boolean = true @isstatusable
    is_taskable         boolean = true @istaskable
    is_time_reportable  boolean = false @istimereportable
    is_typeable         boolean = true @istypeable
    is_prioritizable    boolean = true @isprioritizable
    project_schemas     [ProjectSchema] through ProjectSchemaObjectType object_type_id project_schema_id
    tasks               [Task]

Type @TaskType
    :required  color sort is_billable
    id           uid @typeid
    name         text
    color        text = "#510100"
    sort         integer = 0
    is_billable  boolean = true @isbillable
    tasks        [Task]
    task_type_schemas  [TaskTypeSchema] through TaskTypeSchemaType type_id task_type_schema_id @schemes

Status @TaskStatus
    :required  is_active
    id         uid @statusid
    name       text
    color      text
    sort       integer = 0
    is_active  boolean @isactive
    state_id   key hidden @statustypeid
    state      -> State @statustype
    tasks      [Task]

State @StatusType
    id     uid @typeid
    name   text
    short  text

Priority @PriorityType
    id     uid @priorityid
    name   text
    color  text
    sort   integer = 0
    value  number = 0
    tasks  [Task]

StatusChange @Trac
    id              text @tracid
    date            date
    parent_id       text owner
    parent_type     text
    from_status_id  key
    from_status     -> Status
    status_id       key
    status          -> Status
    user_id         key @userid
    user            -> User

TypedContextStatusChange is StatusChange when parent_type = task
    parent  -> TypedContext

AssetVersionStatusChange is StatusChange when parent_type = assetversion
    parent  -> AssetVersion

ProjectSchema @ProjectScheme
    id                       uid @schemeid
    name                     text
    task_type_schema_id      key @tasktypeschemeid
    task_type_schema         -> TaskTypeSchema @tasktypescheme
    _task_type_schema        -> TaskTypeSchema by task_type_schema_id @tasktypescheme
    task_workflow_schema_id  key @taskworkflowid
    task_workflow_schema     -> WorkflowSchema @taskworkflow
    _task_workflow           -> WorkflowSchema by task_workflow_schema_id @taskworkflow
    asset_version_workflow_schema_id  key @versionworkflowid
    asset_version_workflow_schema     -> WorkflowSchema @versionworkflow
    _version_workflow        -> WorkflowSchema by asset_version_workflow_schema_id @versionworkflow
    object_types             [ObjectType] through ProjectSchemaObjectType project_schema_id object_type_id
    object_type_schemas      [Schema] by project_schema_id @schemas
    _schemas                 [Schema] by project_schema_id @schemas
    task_workflow_schema_overrides  [ProjectSchemaOverride] by project_schema_id @overrides
    _overrides               [ProjectSchemaOverride] by project_schema_id @overrides
    task_templates           [TaskTemplate] @templates

ProjectSchemaObjectType
    :key  object_type_id project_schema_id
    object_type_id     key
    object_type        -> ObjectType
    project_schema_id  key
    project_schema     -> ProjectSchema

ProjectSchemaOverride @ProjectSchemeOverride
    id                  uid @overrideid
    project_schema_id   key cascade @projectschemeid
    type_id             key cascade @typeid
    workflow_schema_id  key cascade @workflowschemeid
    workflow_schema     -> WorkflowSchema @workflowscheme

Schema
    :required  type_id project_schema_id
    id                 uid
    project_schema_id  key cascade @projectschemeid
    object_type_id     key in type_id cascade @typeid
    type_id            key cascade @typeid
    statuses           [SchemaStatus] by schema_id
    types              [SchemaType] by schema_id

SchemaStatus
    :key  status_id schema_id
    status_id    key @statusid
    schema_id    key @schemaid
    sort         integer = 0
    task_status  -> Status by status_id @taskstatus

SchemaType
    :key  type_id schema_id
    type_id    key @typeid
    schema_id  key @schemaid
    sort       integer = 0
    task_type  -> Type by type_id @tasktype

TaskTypeSchema @TaskTypeScheme
    id     uid @schemeid
    name   text = "TaskType Schema Name"
    types  [Type] through TaskTypeSchemaType task_type_schema_id type_id

TaskTypeSchemaType
    :key  task_type_schema_id type_id
    task_type_schema_id  key @schemeid
    type_id              key @typeid

WorkflowSchema @WorkflowScheme
    id         uid @schemeid
    name       text = "Workflow Name"
    statuses   [Status] through WorkflowSchemaStatus workflow_schema_id status_id
    overrides  [ProjectSchemaOverride]

WorkflowSchemaStatus
    :key  workflow_schema_id status_id
    workflow_schema_id  key @schemeid
    status_id           key @statusid

TaskTemplate
    :required  name project_schema_id
    :defaults  id name
    id                 uid
    name               text
    project_schema_id  key cascade @projectschemeid
    project_schema     -> ProjectSchema @schema
    items              [TaskTemplateItem]

TaskTemplateItem
    :required  template_id task_type_id
    id            uid
    template_id   key cascade
    template      -> TaskTemplate
    task_type_id  key cascade @tasktype_id
    task_type     -> Type @taskType
"""
