"""Who may not see a project finds nothing of what is in it, by whatever way."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
import requests
from tests.sandbox.api.door import Door

from ftrack_sandbox.errors import EntityNotFoundError, ValidationError
from ftrack_sandbox.operations.layout import layout_of
from ftrack_sandbox.operations.ownership import hierarchy_of
from ftrack_sandbox.schema import standard_catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from ftrack_sandbox.testing import SandboxServer

ARTIST = "ines.marques"


@pytest.fixture
def artist(door: Door) -> Door:
    return door.sign_in(ARTIST)


class Secret:
    """A private project with something of every kind in it."""

    def __init__(self, door: Door) -> None:
        self.ids: dict[str, str] = {}
        me = door.id("User", ARTIST)
        project = self.ids["Project"] = door.project("secret", is_private=True)

        def make(entity_type: str, **data: Any) -> str:
            made = door.create(entity_type, **data)
            key = str(made.get("id", ""))
            if key:
                self.ids[entity_type] = key
            return key

        shot = make("Shot", name="010", parent_id=project)
        task = make("Task", name="anim", parent_id=shot)
        folder = make("Folder", name="other", parent_id=project)
        make("TypedContextLink", from_id=shot, to_id=folder)
        asset = make("Asset", name="plate", context_id=shot)
        older = door.create("AssetVersion", asset_id=asset)["id"]
        version = make("AssetVersion", asset_id=asset)
        make("AssetVersionLink", from_id=older, to_id=version)
        sequence = make("SequenceComponent", name="frames", version_id=version)
        component = make("FileComponent", name="0001", container_id=sequence)
        make("ComponentLocation", component_id=component, location_id=door.id("Location", "ftrack.server"))
        make("Metadata", parent_id=component, key="codec", value="the secret codec")
        note = make("Note", content="the secret note", parent_id=version, user_id=me)
        self.ids["reply"] = door.create("Note", content="the secret reply", in_reply_to_id=note)["id"]
        attachment = self.ids["attachment"] = door.create("FileComponent", name="the secret attachment")["id"]
        make("NoteComponent", note_id=self.ids["reply"], component_id=attachment)
        thumbnail = self.ids["thumbnail"] = door.create("FileComponent", name="the secret thumbnail")["id"]
        door.update("Shot", [shot], thumbnail_id=thumbnail)
        make("NoteLabelLink", note_id=note, label_id=door.query("select id from NoteLabel")[0]["id"])
        category = door.query("select id from ListCategory")[0]["id"]
        versions = make("AssetVersionList", name="dailies", project_id=project, category_id=category)
        make("ListObject", list_id=versions, entity_id=version)
        session = make("ReviewSession", name="the secret review", project_id=project)
        shown = make("ReviewSessionObject", review_session_id=session, version_id=version)
        invitee = make("ReviewSessionInvitee", review_session_id=session, email="client@example.com", name="Client")
        make(
            "ReviewSessionObjectStatus",
            review_session_object_id=shown,
            review_session_invitee_id=invitee,
            status="approved",
        )
        make("Appointment", context_id=task, resource_id=me, type="assignment")
        make("Timelog", context_id=task, user_id=me, duration=60)
        make("Timer", context_id=task, user_id=me)
        frames = door.query('select id from CustomAttributeConfiguration where key is "fstart"')[0]["id"]
        door.update("ContextCustomAttributeValue", [frames, shot], value=424242)
        # Defaults of hierarchical attributes are values of every context, asset and version.
        text = door.id("CustomAttributeType", "text")
        deep: dict[str, Any] = {"key": "deep", "type_id": text, "entity_type": "show", "is_hierarchical": True}
        door.create("CustomAttributeConfiguration", default="deep down", **deep)
        make(
            "EntitySetting", parent_id=session, parent_type="ReviewSession", name="look", group="x", value="the secret"
        )


@pytest.fixture
def secret(door: Door) -> Secret:
    return Secret(door)


def told(door: Door, expression: str) -> str:
    return json.dumps(door.query(expression))


QUERYABLE = sorted(name for name, each in standard_catalogue().types.items() if not each.hidden)


def test_no_type_tells_of_a_private_project(door: Door, artist: Door, secret: Secret) -> None:
    marks = [*secret.ids.values(), "the secret", "424242"]
    everything = "".join(told(door, name) for name in QUERYABLE)
    found = {mark for mark in marks if mark in everything}
    assert set(secret.ids.values()) <= found
    for name in QUERYABLE:
        answer = told(artist, name)
        assert [mark for mark in marks if mark in answer] == [], name


WAYS = [
    "select assignments.context.name, timelogs.context.name from User",
    "select context.name, context.project.name from Appointment",
    "select value, entity_id from CustomAttributeValue",
    "select custom_attributes from Shot",
    "select notes.content from AssetVersion",
    "select ancestors.name, link from Task",
    "select items.id from AssetVersionList",
    "select component.name from ComponentLocation",
    "select count(id) from Note where content like '%secret%' group by user_id",
    'select username from User where assignments any (context.project.name is "secret")',
    'select username from User where id in (select user_id from Note where content like "%secret%")',
    'select username from User where timelogs any (context.parent.name is "010")',
]


@pytest.mark.parametrize("expression", WAYS)
def test_no_relation_leads_into_a_private_project(
    door: Door, artist: Door, expression: str, request: pytest.FixtureRequest
) -> None:
    before = artist.query(expression)
    request.getfixturevalue("secret")
    assert artist.query(expression) == before
    assert door.query(expression) != before


def test_a_page_is_full_although_something_is_hidden(door: Door, artist: Door, secret: Secret) -> None:
    shot = door.create("Shot", name="open", parent_id=door.project("open"))["id"]
    assert [each["id"] for each in artist.query("select id from Shot order by created_at limit 1")] == [shot]


def test_a_role_in_the_project_opens_it(door: Door, artist: Door, secret: Secret) -> None:
    role = door.query(f'select id from UserSecurityRole where user.username is "{ARTIST}"')[0]["id"]
    door.create("UserSecurityRoleProject", user_security_role_id=role, project_id=secret.ids["Project"])
    assert artist.query("select id from AssetVersion") == door.query("select id from AssetVersion")
    assert artist.query("Metadata") == door.query("Metadata")


def test_a_batch_that_writes_sees_no_more_than_one_that_reads(door: Door, artist: Door, secret: Secret) -> None:
    project = door.project("open")
    task = {"name": "mine", "parent_id": project}
    answers = artist.send(
        {"action": "query", "expression": "select name from Task"},
        {"action": "create", "entity_type": "Task", "entity_data": task},
        {"action": "query", "expression": "select name from Task"},
    )
    assert answers[0]["data"] == []
    assert [each["name"] for each in answers[2]["data"]] == ["mine"]
    assert {each["name"] for each in door.query("select name from Task")} == {"anim", "mine"}


def test_helpers_tell_no_more_than_queries(artist: Door, secret: Secret) -> None:
    with pytest.raises(EntityNotFoundError):
        artist.send({"action": "compute_rollups", "context_ids": [secret.ids["Shot"]]})
    with pytest.raises(ValidationError, match="There is no Component"):
        artist.send({"action": "generate_signed_url", "component_id": secret.ids["FileComponent"]})


def test_a_table_that_names_something_in_a_project_is_covered() -> None:
    """A new type must not become a hole; columns that only point somewhere else are named here."""
    catalogue = standard_catalogue()
    hierarchy = hierarchy_of(layout_of(catalogue))
    pointing = {("AssetVersion", "task_id")}
    missing = set()
    for entity_type in catalogue.types.values():
        for column, target in layout_of(catalogue).of(entity_type.name).targets.items():
            place = (entity_type.table, column)
            if catalogue.types[target].table not in hierarchy.holders or column == "thumbnail_id" or place in pointing:
                continue
            if column not in hierarchy.belongings.get(entity_type.table, ()):
                missing.add(place)
    assert missing == set()


def test_files_of_a_private_project_are_not_given_out(ftrack_sandbox: SandboxServer, tmp_path: Path) -> None:
    admin = ftrack_sandbox.session()
    name = f"p_{uuid.uuid4().hex[:8]}"
    schema = admin.query("ProjectSchema").first()
    project = admin.create("Project", {"name": name, "full_name": name, "project_schema": schema, "is_private": True})
    asset = admin.create("Asset", {"name": "plate", "parent": project, "type": admin.query("AssetType").first()})
    version = admin.create("AssetVersion", {"asset": asset})
    admin.commit()
    source = tmp_path / "plate.txt"
    source.write_text("a plate")
    location = admin.query('Location where name is "ftrack.server"').one()
    component = version.create_component(str(source), location=location)
    user = admin.query(f'User where username is "{ARTIST}"').one()
    key = admin.reset_remote("api_key", entity=user)["api_key"]
    mine = {"id": component["id"], "username": ARTIST, "apiKey": key}
    for path in ("get", "thumbnail", "remove"):
        response = requests.get(f"{ftrack_sandbox.url}/component/{path}", params=mine, timeout=10)
        assert (response.status_code, response.json()["exception"]) == (404, "EntityNotFoundError")
    theirs = {"id": component["id"], "username": ftrack_sandbox.api_user, "apiKey": ftrack_sandbox.api_key}
    assert requests.get(f"{ftrack_sandbox.url}/component/get", params=theirs, timeout=10).text == "a plate"


def test_nobody_replaces_a_file_out_of_reach(ftrack_sandbox: SandboxServer) -> None:
    admin = ftrack_sandbox.session()
    user = admin.query(f'User where username is "{ARTIST}"').one()
    artist = ftrack_sandbox.session(api_user=ARTIST, api_key=admin.reset_remote("api_key", entity=user)["api_key"])
    name = f"p_{uuid.uuid4().hex[:8]}"
    project = admin.create(
        "Project",
        {"name": name, "full_name": name, "project_schema": admin.query("ProjectSchema").first(), "is_private": True},
    )
    asset = admin.create("Asset", {"name": "plate", "parent": project, "type": admin.query("AssetType").first()})
    version = admin.create("AssetVersion", {"asset": asset})
    component = admin.create("FileComponent", {"name": "plate", "version": version})
    admin.commit()
    operation = {
        "action": "get_upload_metadata",
        "component_id": component["id"],
        "file_name": "a",
        "file_size": 1,
        "checksum": None,
    }
    with pytest.raises(Exception, match="PermissionError"):
        artist.call([operation])
    assert admin.call([operation])[0]["url"]
