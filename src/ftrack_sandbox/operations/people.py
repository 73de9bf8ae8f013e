"""Operations about people: new API keys, invitations, and permissions."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ftrack_sandbox.errors import PermissionDeniedError, ValidationError
from ftrack_sandbox.operations.accounts import set_key
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.incoming import describe, find_named, read_key, read_type
from ftrack_sandbox.operations.ownership import hierarchy_of
from ftrack_sandbox.schema.model import EntityType
from ftrack_sandbox.store import Transaction

_log = logging.getLogger(__name__)


def reset_remote(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Give a user a new API key; only administrators may do so for others."""
    if operation.get("reset_type") != "api_key":
        raise ValidationError(f"Only api_key can be reset, not {describe(operation.get('reset_type'))}.")
    user = find_named(call, "User", operation.get("entity_key"))
    if user.id != call.user.id:
        call.permissions.check_administrator("reset the API key of another user")
    assert isinstance(call.connection, Transaction)
    return {"action": "reset_remote", "data": {"api_key": set_key(call.connection, user.id)}}


def send_user_invite(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Invite a user; the sandbox sends no mail, its log says what it would have sent."""
    call.permissions.check_administrator("invite users")
    user = find_named(call, "User", operation.get("user_id"))
    if not user.row["email"]:
        raise ValidationError(f"The user {user.row['username']!r} has no e-mail address to send an invitation to.")
    call.after_commit(lambda: _log.info("Would invite %s to ftrack.", user.row["email"]))
    return {"action": "send_user_invite", "sent": True}


def send_review_session_invite(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Invite to a review session; no mail is sent, ``last_sent_at`` keeps when it would have been."""
    invitee = find_named(call, "ReviewSessionInvitee", operation.get("review_session_invitee_id"))
    if not invitee.row["email"]:
        raise PermissionDeniedError("The invitee has no e-mail address.")
    call.permissions.check_update(invitee, {})
    call.records.change(invitee, {"last_sent_at": call.timestamp})
    call.after_commit(lambda: _log.info("Would invite %s to a review session.", invitee.row["email"]))
    return {"action": "send_review_session_invite", "sent": True}


def permissions(call: Call, operation: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - handlers get both
    """Return the user's roles. What a real server answers is not known; this is our choice."""
    rows = call.connection.find("UserSecurityRole", user_id=call.user.id)
    roles = call.connection.find("SecurityRole", id=[row["security_role_id"] for row in rows])
    return {
        "action": "permissions",
        "data": {
            "is_administrator": call.permissions.is_administrator,
            "security_roles": [role["name"] for role in roles],
        },
    }


def authorize_operation(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Return whether the user may do something, as ftrack Connect asks before it offers it.

    ``data`` is an operation; a create names in ``context`` where the new entity would be.
    """
    asked = operation.get("data")
    wanted = asked.get("data") if isinstance(asked, Mapping) else None
    if not isinstance(asked, Mapping) or not isinstance(wanted, Mapping):
        raise ValidationError(f"data must be an operation with data of its own, not {describe(asked)}.")
    entity_type = call.catalogue.type(read_type(wanted))
    try:
        if asked.get("action") == "create":
            call.permissions.check_create(entity_type, _row_in(call, entity_type, asked.get("context")))
        else:
            record = call.records.get(entity_type.name, read_key(call, entity_type.name, wanted.get("entity_key")))
            call.permissions.check_update(record, {})
    except PermissionDeniedError:
        return {"action": "_authorize_operation", "result": False}
    return {"action": "_authorize_operation", "result": True}


def _row_in(call: Call, entity_type: EntityType, context: object) -> dict[str, Any]:
    """Return what is known of an entity that would be created in a context."""
    owners = hierarchy_of(call.layout).owners[entity_type.table]
    if not isinstance(context, Mapping) or not owners:
        return {"created_by_id": call.user.id}
    key = context.get("entity_key")
    if isinstance(key, list) and len(key) == 1:
        key = key[0]
    if not isinstance(key, str):
        raise ValidationError(f"entity_key of the context must be an id, not {describe(key)}.")
    return {owners[0]: key}
