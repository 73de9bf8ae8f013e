"""The selection of an import: what is copied, in which order, and what is deliberately omitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Owners:
    """Ids that were copied before and by which further rows are read.

    Attributes:
        type: The type whose copied rows are meant.
        attribute: Their attribute that holds the ids.
    """

    type: str
    attribute: str = "id"


@dataclass(frozen=True)
class Step:
    """Rows of one type.

    Attributes:
        type: The type that is asked for; rows of its subtypes come with it when ``polymorphic``.
        by: The attribute that holds the owner's id; None to read every row there is.
        owners: Whose rows are read.
        polymorphic: Whether rows of subtypes are taken too.
        dated: The attribute that ``--since`` looks at, for what is history.
        projects: Whether the rows are the chosen projects themselves.
    """

    type: str
    by: str | None = None
    owners: tuple[Owners, ...] = ()
    polymorphic: bool = False
    dated: str | None = None
    projects: bool = False

    @property
    def name(self) -> str:
        """The key that identifies the step."""
        return self.type if self.by is None else f"{self.type} by {self.by} of {', '.join(o.type for o in self.owners)}"


_CONTEXTS: Final = (Owners("Context"),)
_VERSIONS: Final = (Owners("AssetVersion"),)
_NOTES: Final = (Owners("Note"),)
_COMPONENTS: Final = ("FileComponent", "SequenceComponent", "ContainerComponent")

#: The studio itself: everything of it is read.
_STUDIO: Final = tuple(
    Step(each)
    for each in (
        *("ObjectType", "State", "Status", "Type", "Priority", "TaskTypeSchema", "TaskTypeSchemaType"),
        *("WorkflowSchema", "WorkflowSchemaStatus", "ProjectSchema", "ProjectSchemaObjectType"),
        *("ProjectSchemaOverride", "Schema", "SchemaStatus", "SchemaType", "TaskTemplate", "TaskTemplateItem"),
        *("CustomAttributeType", "CustomAttributeGroup", "SecurityRole", "CustomAttributeConfiguration"),
        *("CustomAttributeLinkConfiguration", "UserType", "User", "Group", "Membership", "UserSecurityRole"),
        *("Disk", "Location", "ListCategory", "NoteCategory", "AssetType", "ManagerType", "Scope"),
    )
)

STEPS: Final = (
    *_STUDIO,
    Step("Project", projects=True),
    Step("UserSecurityRoleProject", "project_id", (Owners("Project"),)),
    Step("CalendarEvent", "project_id", (Owners("Project"),)),
    Step("CalendarEventResource", "calendar_event_id", (Owners("CalendarEvent"),)),
    Step("TypedContext", "project_id", (Owners("Project"),), polymorphic=True),
    Step("TypedContextLink", "from_id", (Owners("TypedContext"),)),
    Step("Appointment", "context_id", _CONTEXTS),
    Step("Manager", "context_id", _CONTEXTS),
    Step("Timelog", "context_id", _CONTEXTS, dated="start"),
    Step("Asset", "context_id", _CONTEXTS),
    Step("AssetVersion", "asset_id", (Owners("Asset"),)),
    Step("AssetVersionLink", "from_id", _VERSIONS),
    Step("List", "project_id", (Owners("Project"),), polymorphic=True),
    Step("ListObject", "list_id", (Owners("List"),)),
    Step("ReviewSession", "project_id", (Owners("Project"),)),
    Step("ReviewSessionInvitee", "review_session_id", (Owners("ReviewSession"),)),
    Step("ReviewSessionObject", "review_session_id", (Owners("ReviewSession"),)),
    Step("ReviewSessionObjectStatus", "review_session_object_id", (Owners("ReviewSessionObject"),)),
    Step("Note", "parent_id", (*_CONTEXTS, *_VERSIONS, Owners("ReviewSessionObject"), Owners("Asset"), Owners("List"))),
    Step("Note", "in_reply_to_id", _NOTES),
    Step("NoteComponent", "note_id", _NOTES),
    Step("NoteLabelLink", "note_id", _NOTES),
    Step("Recipient", "note_id", _NOTES),
    *(Step(each, "version_id", _VERSIONS) for each in _COMPONENTS),
    *(
        # Thumbnails, and what is attached to notes: components of no version.
        Step(
            each,
            "id",
            (
                Owners("Context", "thumbnail_id"),
                Owners("AssetVersion", "thumbnail_id"),
                Owners("User", "thumbnail_id"),
                Owners("NoteComponent", "component_id"),
            ),
        )
        for each in _COMPONENTS
    ),
    Step("FileComponent", "container_id", (Owners("ContainerComponent"),)),
    Step("ComponentLocation", "component_id", (Owners("Component"),)),
    Step("StatusChange", "parent_id", (*_CONTEXTS, *_VERSIONS), polymorphic=True, dated="date"),
    Step(
        "Metadata",
        "parent_id",
        (
            *(*_CONTEXTS, Owners("Asset"), *_VERSIONS, Owners("Component"), *_NOTES, Owners("User")),
            *(Owners("TypedContextLink"), Owners("AssetVersionLink"), Owners("CalendarEvent")),
        ),
    ),
    Step(
        "CustomAttributeValue",
        "entity_id",
        (*_CONTEXTS, Owners("Asset"), *_VERSIONS, Owners("List"), Owners("ListObject"), Owners("User")),
        polymorphic=True,
    ),
    Step(
        "CustomAttributeLinkFrom",
        "from_id",
        (*_CONTEXTS, Owners("Asset"), *_VERSIONS, Owners("List"), Owners("User"), Owners("Group")),
    ),
)

#: Types that hold secrets, people's private words, or what a server makes for itself.
NOT_READ: Final[Mapping[str, str]] = {
    "Setting": "may hold secrets",
    "SettingComponent": "may hold secrets",
    "EntitySetting": "may hold secrets",
    "Conversation": "private",
    "Message": "private",
    "Participant": "private",
    "UserApplicationState": "private",
    "Timer": "runs only while somebody works",
    "Job": "belongs to the server's own work",
    "JobComponent": "belongs to the server's own work",
    "Event": "the part of ftrack's activity feed that the status changes do not cover",
    "Feed": "the part of ftrack's activity feed that the status changes do not cover",
    "Dashboard": "has no pages here",
    "DashboardResource": "has no pages here",
    "DashboardWidget": "has no pages here",
}

#: Attributes that open doors: never asked for.
SECRET_ATTRIBUTES: Final = frozenset({"api_key", "password", "passphrase", "token", "secret", "otp_secret"})
