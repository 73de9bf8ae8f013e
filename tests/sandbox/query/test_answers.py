"""What is sent about the entities that a query finds."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.query.project import OBJECT_TYPES, Ask

from ftrack_sandbox.errors import ParseError, UnknownAttributeError
from ftrack_sandbox.query import entities
from ftrack_sandbox.store import Store

SHOT = {"__entity_type__": "Shot", "context_type": "task", "object_type_id": OBJECT_TYPES["Shot"], "project_id": "show"}
TASK = {**SHOT, "__entity_type__": "Task", "object_type_id": OBJECT_TYPES["Task"]}


def one(ask: Ask, text: str) -> dict[str, Any]:
    [entity] = ask(text).data
    return entity


def test_without_select_the_default_projections_are_sent(ask: Ask) -> None:
    assert one(ask, "Task where id is t1") == {**TASK, "id": "t1", "name": "animation"}


def test_the_id_of_what_has_none_is_its_key(ask: Ask) -> None:
    """ftrack Connect asks for the id of a setting, which has none."""
    found = one(ask, "select id from Setting where name is logo and group is studio")
    assert found == {"__entity_type__": "Setting", "name": "logo", "group": "studio"}
    with pytest.raises(UnknownAttributeError):
        ask("select id from Setting where id is logo")


def test_only_what_is_selected_is_sent_besides_what_tells_the_type(ask: Ask) -> None:
    assert one(ask, "select bid from Task where id is t1") == {**TASK, "id": "t1", "bid": 7200}


def test_values_are_sent_in_ftracks_forms(ask: Ask) -> None:
    entity = one(ask, "select created_at, description, status_id from Task where id is t1")
    assert entity["created_at"] == {"__type__": "datetime", "value": "2024-05-01T10:00:00"}
    assert entity["description"] is None
    assert one(ask, "select is_active from User where id is bob")["is_active"] is False


def test_rows_are_of_their_most_special_type(ask: Ask) -> None:
    found = ask("select name from Context where id in (show, sq1, sh1, t1)").data
    assert [entity["__entity_type__"] for entity in found] == ["Project", "Sequence", "Shot", "Task"]
    found = ask("Component").data
    assert [entity["__entity_type__"] for entity in found] == ["FileComponent", "SequenceComponent", "FileComponent"]
    assert [entity["__entity_type__"] for entity in ask("Resource").data] == ["User", "User", "Group", "Group"]
    assert one(ask, "StatusChange")["__entity_type__"] == "TypedContextStatusChange"
    assert {entity["__entity_type__"] for entity in ask("CustomAttributeValue").data} == {"ContextCustomAttributeValue"}
    # A list of "tasks" holds any typed context.
    assert one(ask, "select items.name from TypedContextList")["items"] == [{**SHOT, "id": "sh2", "name": "sh2"}]


def test_a_project_has_no_object_type(ask: Ask) -> None:
    assert one(ask, "select parent.name from Sequence")["parent"] == {
        "__entity_type__": "Project",
        "id": "show",
        "context_type": "show",
        "name": "demo",
    }


def test_relations_are_followed(ask: Ask) -> None:
    entity = one(
        ask,
        "select parent.parent.name, status.state.short, type, assignments.resource.username, notes.replies.author.id "
        "from Task where id is t1",
    )
    assert entity["parent"]["parent"]["name"] == "sq1"
    assert entity["status"]["state"] == {"__entity_type__": "State", "id": "open", "short": "NOT_STARTED"}
    assert entity["type"] == {"__entity_type__": "Type", "id": "anim"}
    [assignment] = entity["assignments"]
    assert assignment["resource"] == {
        "__entity_type__": "User",
        "id": "ann",
        "resource_type": "user",
        "username": "ann@example.org",
    }
    assert entity["notes"][0]["replies"][0]["author"]["id"] == "bob"


def test_what_is_missing_is_null_or_empty(ask: Ask) -> None:
    entity = one(ask, "select status.name, notes.content, assignments, thumbnail from Task where id is t4")
    assert (entity["status"], entity["notes"], entity["assignments"], entity["thumbnail"]) == (None, [], [], None)


def test_attributes_of_subtypes_are_sent_where_they_exist(ask: Ask) -> None:
    shot, project = (
        one(ask, f"select parent.status.name, parent.full_name from Task where id is {key}")["parent"]
        for key in ("t1", "t4")
    )
    assert shot["status"]["name"] == "Not Started"
    assert "full_name" not in shot
    assert project["full_name"] == "The Demo"
    assert "status" not in project


def test_members_come_in_the_order_of_their_links(ask: Ask) -> None:
    assert [item["id"] for item in one(ask, "select items from AssetVersionList")["items"]] == ["v3", "v1"]
    statuses = one(ask, "select statuses.name from WorkflowSchema")["statuses"]
    assert [status["name"] for status in statuses] == ["Final", "Not Started"]


def test_assignments_and_allocations_are_told_apart(ask: Ask) -> None:
    project = one(ask, "select assignments, allocations, appointments from Project")
    assert project["assignments"] == []
    assert project["allocations"] == project["appointments"] == [{"__entity_type__": "Appointment", "id": "a3"}]


def test_ancestors_and_descendants_are_typed_contexts(ask: Ask) -> None:
    task = one(ask, "select ancestors.name from Task where id is t1")
    assert [each["name"] for each in task["ancestors"]] == ["sq1", "sh1"]
    assert one(ask, "select ancestors from Task where id is t4")["ancestors"] == []
    project = one(ask, "select descendants from Project")
    assert [each["id"] for each in project["descendants"]] == ["sq1", "sh1", "sh2", "t1", "t2", "t3", "t4"]
    shot = one(ask, "select descendants.name from Shot where id is sh2")
    assert [each["id"] for each in shot["descendants"]] == ["t3"]


def test_links_name_the_way_from_the_project(ask: Ask) -> None:
    way = [
        {"id": "show", "name": "The Demo", "type": "Project"},
        {"id": "sq1", "name": "sq1", "type": "TypedContext"},
        {"id": "sh1", "name": "sh1", "type": "TypedContext"},
    ]
    assert one(ask, "select link from Shot where id is sh1")["link"] == way
    assert one(ask, "select link from Project")["link"] == way[:1]
    version = one(ask, "select link from AssetVersion where id is v2")
    assert version["link"] == [*way, {"id": "v2", "name": "review v2", "type": "AssetVersion"}]
    group = one(ask, "select link from Group where id is animators")
    assert [step["name"] for step in group["link"]] == ["Artists", "Animators"]


def test_time_is_added_up(ask: Ask) -> None:
    task = one(ask, "select time_logged, bid_time_logged_difference from Task where id is t1")
    assert (task["time_logged"], task["bid_time_logged_difference"]) == (1800, 5400)


def test_the_latest_version_is_known(ask: Ask) -> None:
    assert one(ask, "select latest_version.version from Asset")["latest_version"]["version"] == 3
    found = ask("select is_latest_version from AssetVersion").data
    assert [version["is_latest_version"] for version in found] == [False, False, True]
    assert one(ask, "select uses_versions.version from AssetVersion where id is v3")["uses_versions"][0]["version"] == 1


def test_urls_carry_the_credentials_of_who_asks(ask: Ask) -> None:
    location = one(ask, "select url from ComponentLocation")
    query = "id=png&username=ann%40example.org&apiKey=secret%26key"
    assert location["url"] == {"value": f"http://ftrack/component/get?{query}"}
    version = one(ask, "select thumbnail_url from AssetVersion where id is v1")
    assert version["thumbnail_url"] == {"url": f"http://ftrack/component/thumbnail?{query}"}
    assert one(ask, "select thumbnail_url from Shot where id is sh1")["thumbnail_url"] == {"url": None}


def test_a_reference_may_lead_to_a_key_of_several_parts(ask: Ask) -> None:
    setting = one(ask, "select setting.value from SettingComponent where setting.value is on")["setting"]
    assert setting == {"__entity_type__": "Setting", "name": "logo", "group": "studio", "value": "on"}


def test_a_review_session_shows_its_first_picture(ask: Ask) -> None:
    session = one(ask, "select thumbnail, thumbnail_id, thumbnail_url, is_open from ReviewSession")
    assert session["thumbnail"]["id"] == session["thumbnail_id"] == "png"
    assert "id=png" in session["thumbnail_url"]["url"]
    assert session["is_open"] is False


def test_metadata_travels_as_a_list_of_pairs(ask: Ask) -> None:
    pairs = one(ask, "select metadata from Task where id is t1")["metadata"]
    assert [(pair["key"], pair["value"]) for pair in pairs] == [("one", "ONE"), ("two", "TWO")]


def values(entity: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in entity["custom_attributes"]}


def test_custom_attributes_are_dense(ask: Ask) -> None:
    first, second = ask("select custom_attributes from Task where id in (t1, t2)").data
    assert values(first) == {
        "frames": 48,
        "keen": True,
        "tags": ["a", "b"],
        "due": {"__type__": "datetime", "value": "2024-06-01T08:00:00"},
        "unit": "A",
    }
    assert values(second) == {"frames": 100, "keen": False, "tags": [], "due": None, "unit": "A"}
    assert second["custom_attributes"][0] == {
        "__entity_type__": "ContextCustomAttributeValue",
        "configuration_id": "c-frames",
        "entity_id": "t2",
        "key": "frames",
        "value": 100,
    }


def test_hierarchical_custom_attributes_are_not_taken_from_above(ask: Ask) -> None:
    assert values(one(ask, "select custom_attributes from Sequence")) == {"unit": "B"}
    assert values(one(ask, "select custom_attributes from Shot where id is sh1")) == {"unit": "A"}
    assert values(one(ask, "select custom_attributes from Project")) == {"unit": "A"}
    assert values(one(ask, "select custom_attributes from Asset")) == {"unit": "A"}
    assert values(one(ask, "select custom_attributes from AssetVersion where id is v1")) == {"unit": "A"}
    assert values(one(ask, "select custom_attributes from User where id is ann")) == {"desk": ""}
    assert values(one(ask, "select custom_attributes from AssetVersionList")) == {}


def test_links_of_custom_attributes_know_both_ends(ask: Ask) -> None:
    link = one(ask, "UserCustomAttributeLink")
    assert (link["from_id"], link["to_id"], link["to_entity_type"]) == ("show", "ann", "user")
    project = one(ask, "select custom_attribute_links.user.username from Project")
    assert project["custom_attribute_links"][0]["__entity_type__"] == "UserCustomAttributeLink"
    assert project["custom_attribute_links"][0]["user"]["username"] == "ann@example.org"
    user = one(ask, "select custom_attribute_links_from.context.name from User where id is ann")
    assert user["custom_attribute_links_from"][0]["__entity_type__"] == "ContextCustomAttributeLinkFrom"
    assert user["custom_attribute_links_from"][0]["context"]["name"] == "demo"
    assert one(ask, "Project where custom_attribute_links any (user.username like ann%)")["id"] == "show"


def test_defaults_are_sent_in_the_form_of_their_type(ask: Ask) -> None:
    found = ask("select key, default from CustomAttributeConfiguration where object_type_id is_not none").data
    assert {each["key"]: each["default"] for each in found} == {
        "frames": 100,
        "keen": False,
        "tags": [],
        "due": None,
        "other": "",
    }


def test_order_is_by_several_then_by_creation(ask: Ask) -> None:
    found = ask("select id from Task order by status.sort descending, bid").data
    assert [entity["id"] for entity in found] == ["t2", "t3", "t1", "t4"]
    found = ask("select id from Task order by status.name").data
    assert [entity["id"] for entity in found] == ["t4", "t2", "t1", "t3"]


@pytest.mark.parametrize(
    ("clause", "count", "following"),
    [
        ("", 4, None),
        ("limit 3", 3, 3),
        ("limit 4", 4, None),
        ("offset 3 limit 1", 1, None),
        ("limit 2 offset 1", 2, 3),
        ("offset 9 limit 2", 0, None),
        ("offset 1", 3, None),
        ("limit 0", 0, None),
    ],
)
def test_pages_say_where_the_next_begins(ask: Ask, clause: str, count: int, following: int | None) -> None:
    result = ask(f"Task {clause}")
    assert (len(result.data), result.next_offset) == (count, following)


def test_groups_are_counted_and_summed(ask: Ask) -> None:
    rows = ask("select count(id), sum(bid), status_id from Task group by status_id, project_id").data
    assert rows == [
        {"status_id": "todo", "project_id": "show", "count_id": 2, "sum_bid": 9000.5},
        {"status_id": "final", "project_id": "show", "count_id": 1, "sum_bid": 3600},
        {"status_id": None, "project_id": "show", "count_id": 1, "sum_bid": None},
    ]


def test_groups_may_be_related_values_filtered_ordered_and_paged(ask: Ask) -> None:
    result = ask(
        "select max(created_at), min(bid), avg(bid) from Task where bid is_not none "
        "group by status.name order by status.name desc limit 1"
    )
    assert result.data == [
        {
            "status.name": "Not Started",
            "max_created_at": {"__type__": "datetime", "value": "2024-05-02T00:00:00"},
            "min_bid": 1800.5,
            "avg_bid": 4500.25,
        }
    ]
    assert result.next_offset == 1
    counted = ask("select count(id) from Task group by status.name order by count(id) desc").data
    assert [row["count_id"] for row in counted] == [2, 1, 1]


def test_aggregates_of_everything_are_one_row(ask: Ask) -> None:
    assert ask("select count(id), sum(bid) from Shot").data == [{"count_id": 2, "sum_bid": None}]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select name, count(id) from Task group by status_id", "'name' is selected, but not grouped by"),
        ("select count(id) from Task group by status_id order by name", "'name' is neither grouped by nor selected"),
        ("select sum(name) from Task", "'sum' is for numbers"),
        ("select count(notes.id) from Task", "Task.notes is a collection"),
    ],
)
def test_wrong_groups_are_refused(ask: Ask, query: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        ask(query)


def test_entities_come_in_the_order_of_their_keys(project_store: Store) -> None:
    with project_store.reading() as connection:
        catalogue = connection.catalogue
        found = entities(connection, catalogue, "Task", ["t3", "nobody", ["t1"]], ["name", "status.name"])
        assert [(each["id"], each["status"]["name"]) for each in found] == [
            ("t3", "Not Started"),
            ("t1", "Not Started"),
        ]
        [pair] = entities(connection, catalogue, "Metadata", [("t1", "two")], ["value"])
        assert (pair["parent_id"], pair["key"], pair["value"]) == ("t1", "two", "TWO")
        assert entities(connection, catalogue, "Task", [], ["name"]) == []


def test_every_attribute_of_every_type_can_be_selected(ask: Ask, project_store: Store) -> None:
    for schema in project_store.catalogue.as_json():
        ask(f"select {', '.join(schema['properties'])} from {schema['id']}")
        # As the official client asks.
        ask(f"select {', '.join(schema['default_projections'])} from {schema['id']}")
