"""The operations that are no create, update, delete or query."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.sandbox.api.door import Door

from ftrack_sandbox.errors import PermissionDeniedError, UnknownTypeError, ValidationError


def ask(door: Door, action: str, **fields: Any) -> Any:
    return door.send({"action": action, **fields})[0]


def test_server_information_is_what_clients_look_for(door: Door) -> None:
    information = ask(door, "query_server_information")
    assert information["schema_hash"] == door.api.store.catalogue.hash
    assert tuple(map(int, information["version"].split("."))) >= (3, 3, 11)
    assert information["storage_scenario"]["scenario"] == "ftrack.automatic"
    assert ask(door, "query_server_information", values=["version"]) == {"version": information["version"]}


def test_a_new_object_type_is_a_new_schema_at_once(door: Door) -> None:
    before = ask(door, "query_server_information")["schema_hash"]
    response = door.send(
        {"action": "create", "entity_type": "ObjectType", "entity_data": {"name": "Sound Cue", "sort": 9}},
        {"action": "query_schemas"},
        {"action": "query", "expression": "select id from SoundCue"},
    )
    assert "SoundCue" in {each["id"] for each in response[1]}
    assert ask(door, "query_server_information")["schema_hash"] != before


@pytest.mark.parametrize(("name", "new", "entity_type"), [("Shot", "Plate", "Plate"), ("Task", "Job Card", "JobCard")])
def test_a_renamed_object_type_is_a_renamed_type(door: Door, name: str, new: str, entity_type: str) -> None:
    project = door.project()
    made = door.create(name, name="010", parent_id=project)["id"]
    version = door.version(made, **({"task_id": made} if name == "Task" else {}))
    door.update("ObjectType", [door.id("ObjectType", name)], name=new)
    assert [each["__entity_type__"] for each in door.query(f"select id from Context where id is {made}")] == [
        entity_type
    ]
    assert len(door.query(f"select assets.versions from {entity_type}")[0]["assets"][0]["versions"]) == 1
    assert [each["id"] for each in door.query(f"AssetVersion where asset.parent.id is {made}")] == [version]
    door.create(entity_type, name="020", parent_id=project)
    door.update(entity_type, [made], name="011")
    tasks = door.query("select task from AssetVersion")[0]["task"]
    assert (tasks is not None) is (name == "Task")
    with pytest.raises(UnknownTypeError, match=name):
        door.query(f"select id from {name}")


def test_an_api_key_is_reset_by_its_user_and_by_administrators(door: Door) -> None:
    artist = door.sign_in("ines.marques")
    mine, others = door.id("User", "ines.marques"), door.id("User", "kofi.badu")
    fields = {"reset_type": "api_key", "entity_type": "User"}
    with pytest.raises(PermissionDeniedError):
        ask(artist, "reset_remote", entity_key=others, **fields)
    key = ask(artist, "reset_remote", entity_key=mine, **fields)["data"]["api_key"]
    assert door.api.authenticate("ines.marques", key).id == mine


@pytest.mark.parametrize(
    "fields", [{"reset_type": "password"}, {"reset_type": "api_key", "entity_key": "nobody"}, {"reset_type": "api_key"}]
)
def test_nothing_else_can_be_reset(door: Door, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ask(door, "reset_remote", entity_type="User", **fields)


def test_users_are_invited_by_administrators(door: Door) -> None:
    user = door.id("User", "kofi.badu")
    assert ask(door, "send_user_invite", user_id=user)["sent"] is True
    with pytest.raises(PermissionDeniedError):
        ask(door.sign_in("ines.marques"), "send_user_invite", user_id=user)
    with pytest.raises(ValidationError, match="no e-mail address"):
        ask(door, "send_user_invite", user_id=door.create("User", username="new")["id"])


def test_an_invitation_to_a_review_is_dated(door: Door) -> None:
    door.clock.set(datetime(2026, 5, 4, 10, tzinfo=UTC), stopped=True)
    session = door.create("ReviewSession", name="First look", project_id=door.project())["id"]
    invitee = door.create("ReviewSessionInvitee", review_session_id=session, name="Jon", email="jon@example.com")["id"]
    assert ask(door, "send_review_session_invite", review_session_invitee_id=invitee)["sent"] is True
    [kept] = door.query(f"select last_sent_at from ReviewSessionInvitee where id is {invitee}")
    assert kept["last_sent_at"]["value"] == "2026-05-04T10:00:00"
    with pytest.raises(ValidationError, match="There is no ReviewSessionInvitee nobody"):
        ask(door, "send_review_session_invite", review_session_invitee_id="nobody")


def test_a_review_session_keeps_its_order_and_names(door: Door) -> None:
    project = door.project()
    session = door.create("ReviewSession", name="First look", project_id=project)
    assert {"start_date", "end_date", "created_at", "created_by_id"} <= set(session)
    objects = [
        door.create("ReviewSessionObject", review_session_id=session["id"], version_id=door.version(project))
        for _ in range(3)
    ]
    assert [each["sort_order"] for each in objects] == [0, 1, 2]
    assert objects[0]["version"] == "Version 1"
    invitee = door.create("ReviewSessionInvitee", review_session_id=session["id"], name="Jon", email="jon@example.com")
    status = door.create(
        "ReviewSessionObjectStatus",
        review_session_object_id=objects[0]["id"],
        review_session_invitee_id=invitee["id"],
        status="approved",
    )
    assert "created_at" in status
    door.update("ReviewSessionObjectStatus", [status["id"]], status="require_changes")


def test_a_delayed_job_can_be_read(door: Door) -> None:
    job = ask(door, "delayed_job", job_type="SYNC_USERS_LDAP")["data"]
    assert door.query(f"select status from Job where id is {job['id']}")[0]["status"] == "done"
    with pytest.raises(ValidationError, match="job_type must be one of"):
        ask(door, "delayed_job", job_type="MAKE_COFFEE")


def test_a_search_wants_all_terms(door: Door) -> None:
    project = door.project()
    for name in ("pier_010", "pier_020", 'storm "50%"'):
        door.create("Shot", name=name, parent_id=project)

    def names(*terms: str, **fields: Any) -> list[str]:
        expression = fields.pop("expression", "select name from Shot order by name descending limit 5")
        found = ask(door, "search", expression=expression, entity_type="Shot", terms=list(terms), **fields)
        return [each["name"] for each in found["data"]]

    assert names("pier") == ["pier_020", "pier_010"]
    assert names("pier", "20") == ["pier_020"]
    assert names("p_er") == []
    assert names('"50%"') == ['storm "50%"']
    assert names(expression='select name from Shot where name is "pier_010"') == ["pier_010"]
    assert names("pier", context_id=project, object_type_ids=[door.id("ObjectType", "Shot")]) == [
        "pier_020",
        "pier_010",
    ]
    assert names("pier", context_id="elsewhere") == []


@pytest.mark.parametrize("fields", [{}, {"expression": "Task", "entity_type": "Task", "terms": "x"}])
def test_a_search_is_complete(door: Door, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ask(door, "search", **fields)


def test_rollups_add_up_what_is_below(door: Door) -> None:
    shot = door.create("Shot", name="010", parent_id=door.project())["id"]
    tasks = [door.task(shot, name, bid=3600) for name in ("anim", "comp")]
    door.create("Timelog", context_id=tasks[0], duration=600)
    [rollup] = ask(door, "compute_rollups", context_ids=[shot])["data"]
    assert rollup == {"context_id": shot, "bid": 7200, "time_logged": 600, "contexts": 3}


def test_a_signed_address_names_the_file(door: Door) -> None:
    component = door.create("FileComponent", name="main")["id"]
    assert ask(door, "generate_signed_url", component_id=component)["signed_url"].startswith(
        f"http://ftrack/component/get?id={component}&"
    )
    with pytest.raises(ValidationError):
        ask(door, "generate_signed_url", component_id="nowhere")


def test_users_learn_their_roles(door: Door) -> None:
    assert ask(door, "permissions")["data"] == {"is_administrator": True, "security_roles": ["Administrator"]}
    artist = door.sign_in("ines.marques")
    assert ask(artist, "permissions")["data"] == {"is_administrator": False, "security_roles": ["User"]}


@pytest.mark.parametrize("expression", [None, 5, [], {}])
def test_a_query_is_a_text(door: Door, expression: Any) -> None:
    with pytest.raises(ValidationError, match="expression must be the text"):
        ask(door, "query", expression=expression)
