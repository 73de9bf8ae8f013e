"""Callboard: what the author of an automation imports."""

from callboard import forms
from callboard.changes import Change, Entity, Person, Reference, Workflow
from callboard.effects import (
    AddToList,
    CopyFiles,
    CopyTemplate,
    Effect,
    Ensure,
    MakeFolders,
    SendSlack,
    SetMetadata,
    SetStatus,
    SetThumbnail,
    Skip,
)
from callboard.errors import Cancelled, Refused, TryAgain
from callboard.forms import Answer, Form, Launch, Message, StartJob
from callboard.jobs import Job
from callboard.registry import Related, action, on_created, on_status
from callboard.settings.models import ActionSettings, AutomationSettings, StudioSettings

__all__ = [
    "ActionSettings",
    "AddToList",
    "Answer",
    "AutomationSettings",
    "Cancelled",
    "Change",
    "CopyFiles",
    "CopyTemplate",
    "Effect",
    "Ensure",
    "Entity",
    "Form",
    "Job",
    "Launch",
    "MakeFolders",
    "Message",
    "Person",
    "Reference",
    "Refused",
    "Related",
    "SendSlack",
    "SetMetadata",
    "SetStatus",
    "SetThumbnail",
    "Skip",
    "StartJob",
    "StudioSettings",
    "TryAgain",
    "Workflow",
    "action",
    "forms",
    "on_created",
    "on_status",
]
