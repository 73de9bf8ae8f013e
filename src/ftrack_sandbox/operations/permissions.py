"""The permissions of a user, by ftrack's security roles.

| role            | may                                                                               |
|-----------------|-----------------------------------------------------------------------------------|
| Administrator   | everything                                                                        |
| Project Manager | make, change and delete projects, and what a User may, for other people too       |
| User, API, any  | change what is in the projects of the role, and what is the user's own            |
| none            | see what is in open projects, and change what is the user's own                   |

A role counts in all open projects (``is_all_open_projects``) or in those listed for it. A private project
is seen only by administrators, by those with a role listed for it, and by who made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from ftrack_sandbox.errors import PermissionDeniedError
from ftrack_sandbox.operations.accounts import User
from ftrack_sandbox.operations.layout import layout_of
from ftrack_sandbox.operations.ownership import owner_of
from ftrack_sandbox.operations.records import Record, Records
from ftrack_sandbox.schema.model import EntityType
from ftrack_sandbox.store import Connection

ADMINISTRATOR_ROLE_ID: Final = "c6d2a1f4-5d0b-5c35-9d4a-0b6f3f6f9a01"
PROJECT_MANAGER_ROLE_ID: Final = "c6d2a1f4-5d0b-5c35-9d4a-0b6f3f6f9a02"

#: Only administrators write these.
ADMINISTRATION: Final = frozenset(
    {"AssetType", "CustomAttributeConfiguration", "CustomAttributeGroup", "CustomAttributeLinkConfiguration"}
    | {"CustomAttributeType", "Disk", "Group", "ListCategory", "Location", "ManagerType", "Membership"}
    | {"NoteCategory", "NoteLabel", "ObjectType", "Priority", "ProjectSchema", "ProjectSchemaObjectType"}
    | {"ProjectSchemaOverride", "Schema", "SchemaStatus", "SchemaType", "Scope", "SecurityRole", "Setting"}
    | {"SettingComponent", "State", "Status", "TaskTemplate", "TaskTemplateItem", "TaskTypeSchema"}
    | {"TaskTypeSchemaType", "Type", "User", "UserSecurityRole", "UserSecurityRoleProject", "UserType"}
    | {"WorkflowSchema", "WorkflowSchemaStatus"}
)

#: Belong to the user in ``user_id``; project managers keep those of others.
_PERSONAL: Final = frozenset({"Job", "Timelog", "Timer", "UserApplicationState"})

#: What users change about themselves.
_OWN_ATTRIBUTES: Final = frozenset({"first_name", "last_name", "email", "thumbnail_id", "require_details_update"})


class Permissions:
    """The permissions of a user.

    Args:
        connection: The batch's transaction.
        records: The rows as the batch sees them.
        user: The user who sent the batch.
    """

    def __init__(self, connection: Connection, records: Records, user: User) -> None:
        self._connection = connection
        self._records = records
        self._user = user

    @cached_property
    def is_administrator(self) -> bool:
        """Whether the user may do everything."""
        return ADMINISTRATOR_ROLE_ID in self._roles

    def check_administrator(self, what: str) -> None:
        """Refuse what only administrators may do.

        Raises:
            PermissionDeniedError: The user is not an administrator.
        """
        if not self.is_administrator:
            raise PermissionDeniedError(f"{self._user.username} may not {what}: only an administrator may.")

    def check_create(self, entity_type: EntityType, row: Mapping[str, Any]) -> None:
        """Refuse a new entity that the user may not make.

        Raises:
            PermissionDeniedError: The user may not.
        """
        if not self.is_administrator:
            self._check(entity_type, row, f"create a {entity_type.name}")

    def check_update(self, record: Record, values: Mapping[str, Any]) -> None:
        """Refuse new values, by column, that the user may not give to an entity.

        Raises:
            PermissionDeniedError: The user may not.
        """
        if self.is_administrator:
            return
        if record.type.name == "User" and record.id == self._user.id and _OWN_ATTRIBUTES.issuperset(values):
            return
        what = f"change the {record.type.name} {', '.join(map(str, record.key))}"
        self._check(record.type, record.row, what)
        if values:
            self._check(record.type, {**record.row, **values}, what)

    def check_delete(self, record: Record) -> None:
        """Refuse to delete an entity that the user may not delete.

        Raises:
            PermissionDeniedError: The user may not.
        """
        if not self.is_administrator:
            self._check(record.type, record.row, f"delete the {record.type.name} {', '.join(map(str, record.key))}")

    def check_custom_attribute(self, configuration: Record, owner: Record) -> None:
        """Refuse a custom attribute that none of the user's roles may write, or an owner out of reach.

        Raises:
            PermissionDeniedError: The user may not.
        """
        if self.is_administrator:
            return
        rows = self._connection.find("ConfigurationWriteRole", configuration_id=configuration.id)
        if rows and not any(row["security_role_id"] in self._roles for row in rows):
            raise PermissionDeniedError(
                f"{self._user.username} has no role that may write the custom attribute {configuration.row['key']!r}."
            )
        if owner.id != self._user.id:
            self._check(owner.type, owner.row, f"change the {owner.type.name} {owner.id}")

    @cached_property
    def hidden_projects(self) -> list[str]:
        """The private projects that the user does not see."""
        if self.is_administrator:
            return []
        return [
            project["id"]
            for project in self._connection.find("Project", is_private=True)
            if project["created_by_id"] != self._user.id
            and not any(project["id"] in projects for _, projects in self._roles.values())
        ]

    @cached_property
    def hidden_attributes(self) -> list[str]:
        """The configurations of custom attributes that are for other roles only; without any role they are for all."""
        if self.is_administrator:
            return []
        readers: dict[str, set[str]] = {}
        for row in self._connection.find("ConfigurationReadRole"):
            readers.setdefault(row["configuration_id"], set()).add(row["security_role_id"])
        return [configuration for configuration, roles in readers.items() if roles.isdisjoint(self._roles)]

    @cached_property
    def _roles(self) -> dict[str, tuple[bool, set[str]]]:
        """The user's roles: whether each counts in all open projects, and in which others."""
        connection = self._connection
        roles: dict[str, tuple[bool, set[str]]] = {}
        for row in connection.find("UserSecurityRole", user_id=self._user.id):
            everywhere, projects = roles.get(row["security_role_id"], (False, set()))
            listed = connection.find("UserSecurityRoleProject", user_security_role_id=row["id"])
            roles[row["security_role_id"]] = (
                everywhere or bool(row["is_all_open_projects"]),
                projects | {each["project_id"] for each in listed},
            )
        return roles

    def _check(self, entity_type: EntityType, row: Mapping[str, Any], what: str) -> None:
        name = self._user.username
        if entity_type.name in ADMINISTRATION:
            raise PermissionDeniedError(f"{name} may not {what}: only an administrator may.")
        manages = PROJECT_MANAGER_ROLE_ID in self._roles
        if entity_type.name == "Project" and not manages:
            raise PermissionDeniedError(f"{name} may not {what}: only a project manager may.")
        if entity_type.name in _PERSONAL:
            if row.get("user_id") == self._user.id:
                return
            if not manages:
                raise PermissionDeniedError(f"{name} may not {what}: it is another user's.")
        project_id = self._project_of(entity_type, row)
        if project_id is not None and not self._writes(project_id, row):
            raise PermissionDeniedError(f"{name} may not {what}: none of the user's roles counts in the project.")

    def _writes(self, project_id: str, row: Mapping[str, Any]) -> bool:
        project = self._records.find("Project", [project_id])
        # A project that is only being made has no record yet: its row decides.
        values = project.row if project is not None else row
        if values.get("created_by_id") == self._user.id:
            return True
        return any(
            project_id in projects or (everywhere and not values.get("is_private"))
            for everywhere, projects in self._roles.values()
        )

    def _project_of(self, entity_type: EntityType, row: Mapping[str, Any]) -> str | None:
        """Return the project that an entity is in, if it is in one."""
        owner = owner_of(self._records, layout_of(self._connection.catalogue), entity_type, row)
        if entity_type.table == "Context":
            # What is being moved belongs to where it goes.
            return str((row if owner is None else owner.row)["project_id"])
        return None if owner is None else self._project_of(owner.type, owner.row)
