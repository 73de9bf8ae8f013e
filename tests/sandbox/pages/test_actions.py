"""The actions menu in a browser, with actions that listen at the hub by the official client."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ftrack_api.event.base import Event
from playwright.sync_api import Page, expect
from tests.browser import assert_readable
from tests.sandbox.pages.conftest import Open, Visitor
from tests.waiting import until

from ftrack_sandbox.testing import SandboxServer

#: Every type of item that ftrack's forms have.
ALL_ITEMS = [
    {
        "type": "label",
        "value": "# Deliver\n**Bold** [docs](https://docs.example) [bad](javascript:alert(1)) <b>raw</b>",
    },
    {"type": "text", "name": "title", "label": "Title", "value": "Reel", "empty_text": "Name it"},
    {"type": "textarea", "name": "notes", "label": "Notes", "value": "one\ntwo"},
    {"type": "number", "name": "count", "label": "Count", "value": 3},
    {"type": "number", "name": "scale", "label": "Scale", "value": 1.5},
    {"type": "number", "name": "nothing", "label": "Nothing", "value": None},
    {"type": "boolean", "name": "burn", "label": "Burn in", "value": True},
    {"type": "boolean", "name": "zip", "label": "Zip", "value": False},
    {"type": "date", "name": "due", "label": "Due", "value": "2026-03-01T00:00:00"},
    {
        "type": "enumerator",
        "name": "codec",
        "label": "Codec",
        "value": 264,
        "data": [{"label": "H.265", "value": 265}, {"label": "H.264", "value": 264}],
    },
    {
        "type": "enumerator",
        "name": "who",
        "label": "Who",
        "multi_select": True,
        "value": ["a"],
        "data": [{"label": "Ada", "value": "a"}, {"label": "Bo", "value": "b"}, {"label": "Cy", "value": "c"}],
    },
    {"type": "hidden", "name": "state", "value": {"step": 1, "ids": ["x"]}},
]

#: Sends a form of the page's own.
SEND = """([address, fields, ...on]) => {
  const form = Object.assign(document.createElement("form"), {method: "post", action: address});
  fields.csrf = document.querySelector("input[name=csrf]").value;
  for (const [name, value] of [...Object.entries(fields), ...on.map(each => ["on", each])]) {
    form.append(Object.assign(document.createElement("input"), {type: "hidden", name, value}));
  }
  document.body.append(form);
  form.submit();
}"""


class Listener:
    """Somebody who offers actions at the hub."""

    def __init__(self, server: SandboxServer, answer: Callable[[Any], Any], **item: Any) -> None:
        self.launched: list[Any] = []
        self.discovered: list[Any] = []
        self.item = {"label": "Deliver", "actionIdentifier": "studio.deliver", "colour": "kept", **item}
        self.session = server.session()
        self.hub = self.session.event_hub
        self.hub.connect()
        self.hub.subscribe("topic=ftrack.action.discover", self._discover)
        self.hub.subscribe("topic=ftrack.action.launch and data.actionIdentifier=studio.deliver", self._launch)
        self._answer = answer
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def show(self, user_id: str, **data: Any) -> None:
        """Show something to a person who did not ask."""
        target = f'applicationId=ftrack.client.web and user.id="{user_id}"'
        event = Event(topic="ftrack.action.trigger-user-interface", data=data, target=target)
        self.hub.publish(event)

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._ended.is_set():
            self.hub.wait(duration=0.05)

    def _discover(self, event: Any) -> Any:
        self.discovered.append(event)
        return {"items": [self.item]}

    def _launch(self, event: Any) -> Any:
        self.launched.append(event)
        return self._answer(event)


@contextmanager
def listening(server: SandboxServer, answer: Callable[[Any], Any], **item: Any) -> Iterator[Listener]:
    listener = Listener(server, answer, **item)
    try:
        yield listener
    finally:
        listener.close()


def open_menu(page: Page, *on: str) -> None:
    """Ask for the actions of a selection, by a form like those of the entities' pages."""
    page.goto("/actions")
    with page.expect_navigation():
        page.evaluate(SEND, ["/actions", {"do": "offer"}, *on])


def launch_deliver(page: Page, task: Any) -> None:
    """Open the menu of a task, and choose Deliver."""
    open_menu(page, f"task:{task['id']}")
    page.get_by_role("button", name="Deliver").click()


@pytest.fixture
def task(ftrack_sandbox: SandboxServer) -> Any:
    return ftrack_sandbox.session().query("Task where parent.name is PIER_0010").first()


def test_a_menu_and_a_form_of_all_item_types(page: Page, ftrack_sandbox: SandboxServer, task: Any) -> None:
    answers = [
        {"items": ALL_ITEMS, "title": "Deliver it", "submit_button_label": "Go on"},
        {"success": True, "message": "Delivered <b>PIER</b>."},
    ]
    with listening(
        ftrack_sandbox, lambda _: answers.pop(0), variant="v2", description="Sends it <i>away</i>"
    ) as deliver:
        open_menu(page, f"task:{task['id']}")
        expect(page.locator("h1 + p")).to_have_text("for PIER / PIER_0010 / " + task["name"])
        offer = page.get_by_role("button", name="Deliver")
        expect(offer).to_contain_text("v2")
        expect(offer).to_contain_text("Sends it <i>away</i>")
        [asked] = deliver.discovered
        assert asked["data"] == {"selection": [{"entityId": task["id"], "entityType": "task"}]}
        assert asked["source"]["user"]["username"] == "admin"
        assert asked["source"]["user"]["id"]
        offer.click()
        expect(page.get_by_role("heading", name="Deliver it")).to_be_visible()
        [launched] = deliver.launched
        assert launched["data"] == {**deliver.item, **asked["data"]}
        expect(page.get_by_role("link", name="docs")).to_have_attribute("href", "https://docs.example")
        expect(page.locator(".label-item")).to_contain_text("<b>raw</b>")
        expect(page.get_by_text("javascript:alert(1)")).to_be_visible()
        expect(page.get_by_label("Title")).to_have_attribute("placeholder", "Name it")
        page.get_by_label("Count").fill("7")
        page.get_by_label("Scale").fill("2.25")
        page.get_by_label("Burn in").uncheck()
        page.get_by_label("Due").fill("2026-04-05")
        page.get_by_label("Codec").select_option("H.265")
        expect(page.get_by_label("Ada")).to_be_checked()
        page.get_by_label("Ada").uncheck()
        page.get_by_label("Bo").check()
        page.get_by_label("Cy").check()
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_text("Delivered <b>PIER</b>.")).to_be_visible()
        assert deliver.launched[1]["data"] == {
            **deliver.item,
            **asked["data"],
            "values": {
                "title": "Reel",
                "notes": "one\ntwo",
                "count": 7,
                "scale": 2.25,
                "nothing": None,
                "burn": False,
                "zip": False,
                "due": "2026-04-05T00:00:00",
                "codec": 265,
                "who": ["b", "c"],
                "state": {"step": 1, "ids": ["x"]},
            },
        }


def test_a_wrong_number_is_named_and_what_was_typed_stays(
    opened: Open, ftrack_sandbox: SandboxServer, task: Any
) -> None:
    with (
        listening(ftrack_sandbox, lambda _: {"items": ALL_ITEMS}) as deliver,
        opened(problems=False) as page,
    ):
        open_menu(page, f"task:{task['id']}")
        page.get_by_role("button", name="Deliver").click()
        page.get_by_label("Title").fill("Mine")
        # What no browser lets people type, but others may send.
        page.get_by_label("Count").evaluate("field => { field.type = 'text'; field.value = 'many'; }")
        page.get_by_role("button", name="Submit").click()
        expect(page.get_by_text("Count is not a number: 'many'.").first).to_be_visible()
        expect(page.get_by_label("Title")).to_have_value("Mine")
        assert len(deliver.launched) == 1


def test_nobody_answers(page: Page, task: Any) -> None:
    open_menu(page, f"task:{task['id']}")
    expect(page.get_by_text("Nobody answered within 2 s")).to_be_visible()


def test_a_late_answer_comes_into_the_page(page: Page, ftrack_sandbox: SandboxServer, task: Any) -> None:
    held = threading.Event()

    def answer(_event: Any) -> Any:
        held.wait(20)
        return {"success": False, "message": "It is too late."}

    with listening(ftrack_sandbox, answer):
        open_menu(page, f"task:{task['id']}")
        page.get_by_role("button", name="Deliver").click()
        expect(page.get_by_text("its answer is awaited")).to_be_visible()
        held.set()
        expect(page.get_by_text("It is too late.")).to_be_visible()


def test_several_listeners_offer_and_answer(page: Page, ftrack_sandbox: SandboxServer, task: Any) -> None:
    with (
        listening(ftrack_sandbox, lambda _: {"success": True, "message": "First."}),
        listening(ftrack_sandbox, lambda _: {"success": True, "message": "Second."}, label="Archive"),
    ):
        open_menu(page, f"task:{task['id']}")
        expect(page.get_by_role("button", name="Archive")).to_be_visible()
        page.get_by_role("button", name="Deliver").click()
        expect(page.get_by_text("First.")).to_be_visible()
        expect(page.get_by_text("Second.")).to_be_visible()


def test_widgets_of_this_server_are_framed_and_others_linked(
    page: Page, ftrack_sandbox: SandboxServer, task: Any
) -> None:
    answers = [
        {"type": "widget", "url": f"{ftrack_sandbox.url}/widget/info?theme=dark", "title": "Info"},
        {"type": "widget", "url": "https://elsewhere.example/page", "title": "Elsewhere"},
        {"type": "widget", "url": "javascript:alert(1)"},
    ]
    with listening(ftrack_sandbox, lambda _: answers.pop(0)):
        launch_deliver(page, task)
        expect(page.frame_locator("iframe").get_by_text("The widget info of ftrack.")).to_be_visible()
        launch_deliver(page, task)
        link = page.get_by_role("link", name="Open Elsewhere")
        expect(link).to_have_attribute("href", "https://elsewhere.example/page")
        launch_deliver(page, task)
        expect(page.get_by_text("gives it no address of the web")).to_be_visible()


def test_what_an_action_shows_by_itself_comes_to_the_open_page(
    page: Page, ftrack_sandbox: SandboxServer, task: Any
) -> None:
    user_id = ftrack_sandbox.session().query("User where username is admin").one()["id"]
    with listening(ftrack_sandbox, lambda _: {"success": True, "message": "Thanks."}) as deliver:
        page.goto("/")
        # The page is at the hub once it is asked for anything there.
        open_menu(page, f"task:{task['id']}")
        page.goto("/")
        deliver.show(user_id, type="message", success=False, message="The farm is full.")
        expect(page.get_by_text("The farm is full.")).to_be_visible()
        deliver.show("somebody else", type="message", success=True, message="Not for you.")
        deliver.show(
            user_id,
            type="form",
            title="How many?",
            items=[{"type": "number", "name": "count", "label": "Count", "value": 1}],
            actionIdentifier="studio.deliver",
            selection=[{"entityId": task["id"], "entityType": "task"}],
        )
        page.get_by_label("Count").fill("12")
        expect(page.get_by_text("Not for you.")).to_have_count(0)
        page.get_by_role("button", name="Submit").click()
        expect(page.get_by_text("Thanks.")).to_be_visible()
        assert deliver.launched[-1]["data"] == {
            "actionIdentifier": "studio.deliver",
            "selection": [{"entityId": task["id"], "entityType": "task"}],
            "values": {"count": 12},
        }
        page.get_by_role("button", name="Close", exact=True).first.click()
        expect(page.get_by_text("The farm is full.")).to_have_count(0)


def test_a_hub_that_is_down_is_named(opened: Open, ftrack_sandbox: SandboxServer, task: Any) -> None:
    ftrack_sandbox.faults.take_hub_down()
    with opened(problems=False) as page:
        open_menu(page, f"task:{task['id']}")
        expect(page.get_by_text("The event hub is down")).to_be_visible()


def test_somebody_who_is_no_longer_a_user_sees_pages_that_need_none(ftrack_sandbox: SandboxServer) -> None:
    visitor = Visitor(ftrack_sandbox.url, "sam.dlamini")
    session = ftrack_sandbox.session()
    session.query("User where username is sam.dlamini").one()["is_active"] = False
    session.commit()
    # A server that has just started knows nobody's pages.
    ftrack_sandbox.stop()
    ftrack_sandbox.start()
    assert visitor.get("/nowhere").status_code == 404
    assert visitor.get("/jobs").url.endswith("/sign-in?next=/jobs")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_read_it(opened: Open, ftrack_sandbox: SandboxServer, task: Any, scheme: str, width: int) -> None:
    answers = [{"items": ALL_ITEMS, "message": "Fill this in."}, {"success": False, "message": "x" * 500}]
    with (
        listening(ftrack_sandbox, lambda _: answers.pop(0), description="y" * 300),
        opened(color_scheme=scheme, viewport={"width": width, "height": 900}) as page,
    ):
        open_menu(page, f"task:{task['id']}")
        expect(page.get_by_role("button", name="Deliver")).to_be_visible()
        assert_readable(page)
        page.get_by_role("button", name="Deliver").click()
        expect(page.get_by_label("Title")).to_be_visible()
        assert_readable(page)
        page.get_by_role("button", name="Submit").click()
        expect(page.get_by_text("x" * 500)).to_be_visible()
        assert_readable(page)


def test_by_keyboard_alone(page: Page, ftrack_sandbox: SandboxServer, task: Any) -> None:
    answers = [{"items": [ALL_ITEMS[1]]}, {"success": True, "message": "Done."}]
    with listening(ftrack_sandbox, lambda _: answers.pop(0)) as deliver:
        open_menu(page, f"task:{task['id']}")
        page.get_by_role("button", name="Deliver").focus()
        page.keyboard.press("Enter")
        page.get_by_label("Title").focus()
        page.keyboard.type("!")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Done.")).to_be_visible()
        until(lambda: len(deliver.launched) == 2, 5, "the second launch")
