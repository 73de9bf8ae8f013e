"""What a person does on the pages of tasks, shots and versions, as every other client sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.media_files import image
from tests.sandbox.pages.conftest import Open, Visitor
from tests.waiting import until

from ftrack_sandbox.testing import SandboxServer


def task_of(session: Any, shot: str = "PIER_0010", name: str = "Lighting") -> Any:
    return session.query(f'Task where name is "{name}" and parent.name is "{shot}"').one()


def test_a_change_of_status_reaches_the_hub_and_the_history(page: Page, ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session(auto_connect_event_hub=True)
    task = task_of(session)
    heard: list[Any] = []
    session.event_hub.subscribe("topic=ftrack.update", heard.append)
    page.goto(f"/context/{task['id']}")
    page.get_by_label("New status").select_option("Approved")
    page.get_by_role("button", name="Set status").click()
    expect(page.locator(".set-status .badge")).to_have_text("Approved")
    expect(page.locator(".timeline li").first).to_contain_text("was In Progress")

    def changes() -> list[Any]:
        session.event_hub.wait(0.05)
        return [
            entity["changes"]["statusid"]
            for event in heard
            for entity in event["data"]["entities"]
            if entity["entityId"] == task["id"] and "statusid" in (entity.get("changes") or {})
        ]

    [change] = until(changes, what="the event about the status")
    assert change["new"] == session.query('Status where name is "Approved"').one()["id"]


def test_statuses_are_those_of_the_projects_schema(visitor: Visitor, ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    schema = session.query("Project").one()["project_schema"]
    for entity, object_type in ((task_of(session), "Task"), (session.query("Shot").first(), "Shot")):
        kind = {"type_id": entity["type_id"]} if object_type == "Task" else {}
        offered = [each["name"] for each in schema.get_statuses(object_type, **kind)]
        shown = visitor.get(f"/context/{entity['id']}").text
        choice = shown.partition('<select id="status"')[2].partition("</select>")[0]
        assert [each for each in offered if f">{each}</option>" not in choice] == []
        assert choice.count("<option") == len(offered)


def test_people_are_assigned_and_unassigned(page: Page, ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    page.goto(f"/context/{task_of(session)['id']}")
    page.get_by_label("Person or group").select_option("Hana Kovac")
    page.get_by_role("button", name="Assign", exact=True).click()
    page.get_by_role("button", name="Unassign Yuki Tanaka").click()
    expect(page.get_by_role("button", name="Unassign Yuki Tanaka")).to_have_count(0)
    expect(page.get_by_role("button", name="Unassign Hana Kovac")).to_be_visible()
    assert [each["resource"]["username"] for each in task_of(session)["assignments"]] == ["hana.kovac"]


def test_name_dates_bid_and_priority_are_changed(page: Page, ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    task = task_of(session)
    page.goto(f"/context/{task['id']}")
    page.get_by_text("Change name, type").click()
    page.get_by_label("Priority").select_option("High")
    page.get_by_label("Due").fill("2026-12-24")
    page.get_by_label("Bid in days").fill("1.5")
    page.locator("#edit").get_by_role("button", name="Save").click()
    expect(page.locator("#facts")).to_contain_text("24 Dec 2026")
    expect(page.locator("#facts")).to_contain_text("1.5 d")
    session.populate(task, "priority.name, end_date, bid, name")
    assert (task["priority"]["name"], task["bid"], task["name"]) == ("High", 43200, "Lighting")
    assert task["end_date"].format("YYYY-MM-DD") == "2026-12-24"


def test_custom_attributes_are_shown_and_changed(page: Page, ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    shot = session.query('Shot where name is "PIER_0010"').one()
    page.goto(f"/context/{shot['id']}")
    expect(page.locator("#attributes")).to_contain_text("1001")
    page.get_by_text("Change custom attributes").click()
    page.get_by_label("First frame").fill("993")
    page.locator("#edit-attributes").get_by_role("button", name="Save").click()
    expect(page.locator("#attributes")).to_contain_text("993")
    stored = session.query(f'CustomAttributeValue where entity_id is "{shot["id"]}"').all()
    assert [each["value"] for each in stored] == [993], "only what was changed is written"


def test_a_note_with_a_reply_and_attachments(page: Page, ftrack_sandbox: SandboxServer, tmp_path: Path) -> None:
    session = ftrack_sandbox.session()
    version = session.query("AssetVersion").first()
    page.goto(f"/version/{version['id']}")
    page.get_by_label("New note").fill("Too dark on the left.\nSee the picture.")
    page.get_by_label("Attach files").first.set_input_files(image(tmp_path / "look.png"))
    page.get_by_role("button", name="Write note").click()
    thread = page.locator("#notes article")
    expect(thread).to_contain_text("look.png")
    thread.get_by_text("Reply", exact=True).first.click()
    thread.get_by_label("Reply").fill("Fixed in the next one.")
    thread.get_by_role("button", name="Send reply").click()
    expect(page.locator("#notes .reply")).to_contain_text("Fixed in the next one.")
    [note] = session.query(f'Note where parent_id is "{version["id"]}"')
    assert (note["content"], note["author"]["username"]) == ("Too dark on the left.\nSee the picture.", "admin")
    assert [each["content"] for each in note["replies"]] == ["Fixed in the next one."]
    [attached] = note["note_components"]
    location = session.query('Location where name is "ftrack.server"').one()
    assert location.get_component_availability(attached["component"]) == 100
    with page.expect_download() as download:
        page.evaluate(f"location.href = '/file/{attached['component_id']}?download'")
    assert Path(download.value.path()).read_bytes() == (tmp_path / "look.png").read_bytes()


def test_what_a_user_may_not_do_is_said_in_a_sentence_and_keeps_what_was_typed(
    opened: Open, ftrack_sandbox: SandboxServer
) -> None:
    session = ftrack_sandbox.session()
    task = task_of(session)
    roles = session.query('UserSecurityRole where user.username is "yuki.tanaka"').all()
    for role in roles:
        session.delete(role)
    session.commit()
    with opened("yuki.tanaka", problems=False) as page:
        page.goto(f"/context/{task['id']}")
        page.get_by_label("New note").fill("May I?")
        page.get_by_role("button", name="Write note").click()
        expect(page.get_by_role("alert")).to_contain_text("yuki.tanaka may not")
        expect(page.get_by_label("New note")).to_have_value("May I?")
        assert page.url.endswith(f"/context/{task['id']}")
    assert session.query("Note").all() == []


def test_a_private_project_is_not_there_for_others(ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    project = session.query("Project").one()
    project["is_private"] = True
    session.commit()
    stranger = Visitor(ftrack_sandbox.url, "yuki.tanaka")
    version = session.query("AssetVersion").first()
    for path in (f"/project/{project['id']}", f"/version/{version['id']}", f"/context/{task_of(session)['id']}"):
        answer = stranger.get(path)
        assert (answer.status_code, "may not see it" in answer.text) == (404, True)
        assert "PIER" not in answer.text
    assert "Harbour" not in stranger.get("/").text


def test_a_tree_opens_branch_by_branch(page: Page, ftrack_sandbox: SandboxServer) -> None:
    project = ftrack_sandbox.session().query("Project").one()
    page.goto(f"/project/{project['id']}")
    expect(page.get_by_role("link", name="PIER_0010", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Open PIER", exact=True).press("Enter")
    page.get_by_role("link", name="Open PIER_0010").press("Enter")
    expect(page.get_by_role("link", name="Compositing")).to_be_visible()
    expect(page.locator(".branch", has_text="Compositing")).to_contain_text("Ready to Start")
    page.get_by_role("link", name="Close PIER", exact=True).press("Enter")
    expect(page.get_by_role("link", name="Compositing")).to_have_count(0)


def test_many_tasks_come_page_by_page(visitor: Visitor, ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    shot = session.query('Shot where name is "LAMP_0010"').one()
    for number in range(230):
        session.create("Task", {"name": f"t{number:03}", "parent": shot})
    session.commit()
    shown = [visitor.get(f"/context/{shot['id']}?children={offset}").text for offset in (0, 100, 200)]
    rows = [text.partition('id="children"')[2].partition("<h2>Versions")[0].count("<tr data-row") for text in shown]
    assert rows == [100, 100, 34]
    tree = f"/project/{shot['project_id']}?open={shot['parent']['id']}:100&open={shot['id']}:100"
    text = visitor.get(tree).text
    assert text.count("t0") >= 90
    assert "Show more of LAMP_0010" in text
    assert "t229" in visitor.get(f"{tree.removesuffix('100')}300").text


def test_a_page_works_by_keys_alone(page: Page, ftrack_sandbox: SandboxServer) -> None:
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.get_by_role("heading", level=1)).to_have_text("My tasks")
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", level=1)).to_have_text("Projects")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Harbour Lights")
    page.get_by_label("New note").focus()
    page.keyboard.type("By keys")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#notes article")).to_contain_text("By keys")


def test_my_tasks_are_those_to_do(ftrack_sandbox: SandboxServer) -> None:
    ines = Visitor(ftrack_sandbox.url, "ines.marques")
    to_do, everything = ines.get("/my-tasks").text, ines.get("/my-tasks?all").text
    assert (to_do.count("<tr data-row"), everything.count("<tr data-row")) == (4, 6)
    assert "Approved" not in to_do


def test_a_thumbnail_is_set(page: Page, ftrack_sandbox: SandboxServer, tmp_path: Path) -> None:
    session = ftrack_sandbox.session()
    task = task_of(session)
    page.goto(f"/context/{task['id']}")
    page.get_by_text("Set the thumbnail").click()
    page.get_by_label("Picture").set_input_files(image(tmp_path / "thumb.jpg"))
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#facts .thumb.large")).to_have_js_property("naturalWidth", 64)
    session.populate(task, "thumbnail.name")
    assert task["thumbnail"]["name"] == "thumb"


def test_rows_are_selected_for_actions(page: Page, ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    shot = session.query('Shot where name is "PIER_0010"').one()
    page.goto(f"/context/{shot['id']}")
    page.get_by_label("Select Lighting", exact=True).check()
    page.get_by_label("Select Compositing", exact=True).check()
    page.get_by_role("button", name="Actions for the selected").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Actions")
    expect(page.locator(".head")).to_contain_text("PIER_0010 / Lighting")
    expect(page.locator(".head")).to_contain_text("PIER_0010 / Compositing")


@pytest.mark.parametrize("kind", ["project", "context", "version", "asset", "list", "file", "thumbnail", "new/Task"])
@pytest.mark.parametrize("entity_id", ["nothing", '" or id like "%', "..%2F..%2Fetc", "\\", "ü" * 300])
def test_an_address_of_nothing_says_so(visitor_of_all: Visitor, kind: str, entity_id: str) -> None:
    answer = visitor_of_all.get(f"/{kind}/{entity_id}")
    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text


@pytest.mark.parametrize(
    "query",
    ["?children=-1", "?children=99999999999999999999", "?notes=x&children=²", "?open=x&open=:&open=%00:5", "?from=1e9"],
)
def test_a_strange_query_is_ignored(visitor_of_all: Visitor, ftrack_sandbox_session: SandboxServer, query: str) -> None:
    shot = ftrack_sandbox_session.session().query("Shot").first()
    for path in (f"/context/{shot['id']}", f"/project/{shot['project_id']}", "/lists", "/my-tasks"):
        assert visitor_of_all.get(path + query).status_code == 200


@pytest.fixture
def visitor_of_all(ftrack_sandbox_session: SandboxServer) -> Visitor:
    """The administrator of the sandbox that tests share."""
    return Visitor(ftrack_sandbox_session.url)
