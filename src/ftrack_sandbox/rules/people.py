"""Users, groups, and their roles."""

from __future__ import annotations

from ftrack_sandbox.errors import DuplicateEntryError
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.hooks import Draft, Row, before_create, before_update
from ftrack_sandbox.operations.records import Record


@before_create("User")
def complete_user(call: Call, draft: Draft) -> None:
    """Name a user without a name after the e-mail address, or else the id."""
    row = draft.row
    row.setdefault("username", row.get("email") or row["id"])
    row.setdefault("is_active", True)
    _check_username(call, row["username"])


@before_update("User")
def check_username(call: Call, record: Record, new: Row) -> None:  # noqa: ARG001 - every rule gets all three
    """Refuse a name that another user has."""
    if new.get("username"):
        _check_username(call, new["username"])


@before_create("Group")
def complete_group(call: Call, draft: Draft) -> None:  # noqa: ARG001 - every rule gets the batch
    """Mark a group as ftrack's own, not from a directory service."""
    draft.row.setdefault("local", True)


@before_create("Membership")
def refuse_second_membership(call: Call, draft: Draft) -> None:
    """Refuse a second membership of a user in a group."""
    if call.records.select("Membership", group_id=draft.row.get("group_id"), user_id=draft.row.get("user_id")):
        raise DuplicateEntryError("The user is in that group already.")


@before_create("UserSecurityRole")
def complete_role(call: Call, draft: Draft) -> None:
    """Keep ``is_all_open_projects`` and its old name equal."""
    row = draft.row
    everywhere = bool(row.get("is_all_open_projects", row.get("is_all_projects", False)))
    row["is_all_open_projects"] = row["is_all_projects"] = everywhere
    if call.records.select(
        "UserSecurityRole", user_id=row.get("user_id"), security_role_id=row.get("security_role_id")
    ):
        raise DuplicateEntryError("The user has that role already.")


@before_update("UserSecurityRole")
def keep_both_names(call: Call, record: Record, new: Row) -> None:  # noqa: ARG001 - every rule gets all three
    """Change ``is_all_open_projects`` and its old name together."""
    for name in ("is_all_open_projects", "is_all_projects"):
        if name in new:
            new["is_all_open_projects"] = new["is_all_projects"] = new[name]
            return


def _check_username(call: Call, username: str) -> None:
    if call.records.select("User", username=username):
        raise DuplicateEntryError(f"There is already a user called {username!r}.")
