"""Callboard: what the author of an automation imports.

Larger tools lie in modules of their own: ``from callboard import forms``, ``paths``, ``media``, ``versions``,
``reviews`` or ``batches``; ``callboard.testing`` is for tests. Everything else is internal and may change.
"""

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
from callboard.ftrack import Ftrack, Operation, quote
from callboard.jobs import Job
from callboard.mrkdwn import escape
from callboard.registry import Related, action, on_created, on_status
from callboard.settings.models import ActionSettings, AutomationSettings, OnLate, StudioSettings, late_default
from callboard.studio.icons import ICONS, icon_component_id
from callboard.studio.workflow import read_workflow

__all__ = [
    "ICONS",
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
    "Ftrack",
    "Job",
    "Launch",
    "MakeFolders",
    "Message",
    "OnLate",
    "Operation",
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
    "escape",
    "forms",
    "icon_component_id",
    "late_default",
    "on_created",
    "on_status",
    "quote",
    "read_workflow",
]
