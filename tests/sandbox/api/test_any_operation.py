"""Whatever is sent, the answer is a response or a refusal, never a defect."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sandbox.api.door import Door, open_door

from ftrack_sandbox.errors import SandboxError
from ftrack_sandbox.schema import standard_catalogue

CATALOGUE = standard_catalogue()
TYPES = sorted(name for name, each in CATALOGUE.types.items() if not each.hidden)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
values = st.recursive(
    scalars
    | st.sampled_from(["t1", "admin", "Task", {"__type__": "datetime", "value": "2026-01-31"}])
    | st.fixed_dictionaries({"__entity_type__": st.sampled_from(TYPES) | scalars, "id": scalars | st.just("t1")}),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


#: What each action reads, besides the key and the data of an entity.
FIELDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "query_server_information": {"values": values},
    "query_schemas": {},
    "query": {"expression": values},
    "search": {
        "expression": st.just("select id from Shot") | values,
        "entity_type": st.just("Shot") | values,
        "terms": st.just(["010"]) | values,
        "context_id": values,
        "object_type_ids": values,
    },
    "compute_rollups": {"context_ids": st.just(["t1"]) | values},
    "generate_signed_url": {"component_id": values},
    "permissions": {},
    "reset_remote": {"reset_type": st.just("api_key") | values, "entity_key": values},
    "send_user_invite": {"user_id": values},
    "send_review_session_invite": {"review_session_invitee_id": values},
    "_track_usage": {"data": values},
    "_authorize_operation": {
        "data": st.fixed_dictionaries(
            {"action": st.sampled_from(["create", "update"]) | values},
            optional={
                "data": st.fixed_dictionaries(
                    {"entity_type": st.sampled_from(TYPES) | values}, optional={"entity_key": st.just("t1") | values}
                ),
                "context": st.fixed_dictionaries({}, optional={"entity_key": st.just("t1") | values}) | values,
            },
        )
        | values
    },
    **{
        f"{verb}_user_security_role": {"user_id": values, "role_id": values, "new_role_id": values}
        for verb in ("add", "remove", "update")
    },
    "grant_user_security_role_project": {"user_id": values, "role_id": values, "project_id": values},
    "delayed_job": {"job_type": st.just("SYNC_USERS_LDAP") | values},
}


@st.composite
def writes(draw: st.DrawFn) -> dict[str, Any]:
    """Return a create, update or delete that looks right at first, with any values in any place."""
    type_name = draw(st.sampled_from(TYPES))
    attributes = sorted(CATALOGUE.types[type_name].attributes)
    data = st.dictionaries(st.sampled_from(attributes), values, max_size=4)
    return {
        "action": draw(st.sampled_from(["create", "update", "delete"])),
        "entity_type": draw(st.just(type_name) | values),
        "entity_key": draw(st.sampled_from([None, "t1", ["t1"], ["t1", "t1"]]) | values),
        "entity_data": draw(data | values),
    }


others = st.sampled_from(sorted(FIELDS)).flatmap(
    lambda action: st.fixed_dictionaries({"action": st.just(action)}, optional=FIELDS[action])
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Door]:
    with tempfile.TemporaryDirectory() as folder:
        door = open_door(Path(folder))
        door.create("Task", id="t1", name="anim", parent_id=door.project())
        yield door
        door.api.store.close()


@settings(max_examples=200)
@given(batch=st.lists(writes() | others, min_size=1, max_size=2))
def test_any_operation_is_answered_or_refused(shared: Door, batch: list[dict[str, Any]]) -> None:
    try:
        answers = shared.send(*batch)
    except SandboxError as refusal:
        answers, refused = [], refusal.message
    else:
        refused = ""
    assert len(answers) == (0 if refused else len(batch))
    assert len(refused) < 500
