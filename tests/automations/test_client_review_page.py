"""A client reviews in a browser, and Client Feedback Sync brings it to the studio."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import ftrack_api.symbol
import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests import media
from tests.automations.reviews import Client, Review
from tests.browser import assert_readable, browsing, page_of
from tests.sandbox.pages.conftest import Visitor

from ftrack_sandbox.testing import SandboxServer


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture
def review(ftrack_sandbox_session: SandboxServer, ftrack_sandbox: SandboxServer, work: Path) -> Review:
    """A review of two shots that is with the clients: a movie, and a picture."""
    review = Review(ftrack_sandbox_session, ftrack_sandbox, work)
    review.add("SH010", path=media.movie(work / "SH010.mov", frames=12))
    review.add("SH020", path=media.still(work / "SH020.png", size=(64, 36)))
    review.carry_out("client_review_sync")
    return review


def address(review: Review, client: Client) -> str:
    """The link that the review's page in the clients' ftrack has for an invitee."""
    visitor = Visitor(review.clients.url)
    text = visitor.get(f"/review/{client.invitee['review_session_id']}").text
    [link] = [part.partition('"')[0] for part in text.split('href="') if f"/client/{client.invitee['id']}/" in part]
    return link


def feedback(review: Review, place: int = 0) -> Any:
    """The version in the studio, after the clients' feedback was imported."""
    review.carry_out("client_feedback_sync")
    return review.read(review.sandbox).get("AssetVersion", review.objects()[place]["version_id"])


def test_a_decision_and_a_drawing_on_a_frame_reach_the_studio(review: Review, browser: Browser) -> None:
    marta = Client(review, "Marta Ruiz")
    with page_of(browser, viewport={"width": 1280, "height": 1000}) as page:
        page.goto(address(review, marta))
        expect(page.get_by_role("heading", name="SH010")).to_be_visible()
        wait_for_movie(page)
        for _ in range(3):
            page.get_by_role("button", name="Next frame").click()
        frame = page.locator("[data-frame]")
        expect(frame).not_to_have_text("0")
        number = int(frame.inner_text())
        page.get_by_role("button", name="Draw on this frame").click()
        canvas = page.locator("canvas.drawing")
        box = canvas.bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2, steps=5)
        page.mouse.up()
        page.get_by_role("button", name="Use drawing").click()
        expect(page.get_by_alt_text("Your drawing")).to_be_visible()
        expect(page.get_by_label("Frame")).to_have_value(str(number))
        page.get_by_label("Note", exact=True).fill("Move <b>this</b>.")
        page.get_by_role("button", name="Send note").click()
        expect(page.locator("article").get_by_text("Move <b>this</b>.")).to_be_visible()
        expect(page.locator("article").get_by_text(f"frame {number}", exact=True)).to_be_visible()
        page.get_by_role("button", name="Require changes").click()
        expect(page.get_by_text("requires changes").first).to_be_visible()
    version = feedback(review)
    assert version["status"]["name"] == "Review Changes"
    [note] = version["notes"]
    assert note["content"] == f"Marta Ruiz, frame {number}: Move <b>this</b>."
    assert json.loads(note["metadata"]["reviewFrame"]) == {"number": number}
    [attached] = note["note_components"]
    assert json.loads(note["metadata"]["annotation"]) == {"component": attached["component_id"]}
    location = version.session.get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)
    picture = Image.open(
        BytesIO(requests.get(location.accessor.get_url(attached["component_id"]), timeout=10).content)
    ).convert("RGB")
    red, green, _blue = picture.getpixel((picture.width // 2, picture.height // 2))  # type: ignore[misc]
    assert red > 200, "the stroke is in the picture"
    assert green < 100


def test_approving_and_a_plain_note_without_scripts(review: Review, browser: Browser, tmp_path: Path) -> None:
    jon = Client(review, "Jon Abel")
    with page_of(browser, java_script_enabled=False) as page:
        page.goto(address(review, jon))
        page.get_by_role("link", name="Next").click()
        expect(page.get_by_role("heading", name="SH020")).to_be_visible()
        expect(page.get_by_role("button", name="Draw on this frame")).to_be_hidden()
        page.get_by_label("Note", exact=True).fill("Lovely.")
        page.get_by_label("Frame").fill("-1")
        page.get_by_label("Drawing").set_input_files(media.still(tmp_path / "circle.png"))
        page.get_by_role("button", name="Send note").click()
        expect(page.locator("article").get_by_text("Lovely.")).to_be_visible()
        page.locator("summary").filter(has_text="Reply").click()
        page.get_by_role("textbox", name="Reply").fill("Really.")
        page.get_by_role("button", name="Send reply").click()
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_text("You said: approved")).to_be_visible()
    version = feedback(review, 1)
    assert version["status"]["name"] == "Approved"
    [note] = version["notes"]
    # The frame before the first is the slate's.
    assert note["content"] == "Jon Abel, frame -1: Lovely."
    assert [reply["content"] for reply in note["replies"]] == ["Jon Abel: Really."]


def test_drawing_by_finger(review: Review, browser: Browser) -> None:
    marta = Client(review, "Marta Ruiz")
    with page_of(browser, viewport={"width": 360, "height": 780}, has_touch=True, is_mobile=True) as page:
        page.goto(address(review, marta))
        wait_for_movie(page)
        page.get_by_role("button", name="Draw on this frame").tap()
        page.locator("canvas.drawing").tap()
        page.get_by_role("button", name="Use drawing").tap()
        expect(page.get_by_alt_text("Your drawing")).to_be_visible()
        page.get_by_role("button", name="Send note").tap()
        expect(page.locator("article img")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_nobody_sees_a_review_without_its_link(review: Review) -> None:
    marta, jon = Client(review, "Marta Ruiz"), Client(review, "Jon Abel")
    link, other = address(review, marta), address(review, jon)
    wrong = [link[:-1] + ("0" if link[-1] != "0" else "1"), link.replace(marta.invitee["id"], jon.invitee["id"])]
    for each in wrong:
        assert requests.get(each, timeout=10).status_code == 404
    assert requests.get(link, timeout=10).status_code == 200
    # A file that is not part of the review is not given out, also to an invitee.
    session = review.clients_session
    stranger = session.query("Component where version.asset.parent.project.name is harbour").first()
    version = session.create(
        "AssetVersion", {"asset": session.query("AssetVersion").first()["asset"], "task": session.query("Task").first()}
    )
    hidden = session.create("FileComponent", {"name": "secret", "version": version}) if stranger is None else stranger
    session.commit()
    assert requests.get(f"{link}/file/{hidden['id']}", timeout=10).status_code == 404
    assert requests.get(f"{link}/file/..%2f..%2fapi_key", timeout=10).status_code == 404
    session.delete(marta.invitee)
    session.commit()
    assert requests.get(link, timeout=10).status_code == 404
    assert requests.get(other, timeout=10).status_code == 200


def test_notes_of_the_studio_are_not_the_clients_to_read(review: Review) -> None:
    marta = Client(review, "Marta Ruiz")
    session = review.clients_session
    shown = review.shown()[0]
    version = session.get("AssetVersion", shown["version_id"])
    version.create_note("They will hate it.", session.query("User").first())
    session.commit()
    marta.write(shown, "I like it.")
    text = requests.get(address(review, marta), timeout=10).text
    assert "I like it." in text
    assert "They will hate it." not in text


def test_a_review_that_has_ended_can_be_seen_only(review: Review) -> None:
    marta = Client(review, "Marta Ruiz")
    link = address(review, marta)
    with requests.Session() as browser:
        before = browser.get(link, timeout=10)
        secret = before.text.partition('name="csrf" value="')[2].partition('"')[0]
        session = review.clients_session
        session.get("ReviewSession", marta.invitee["review_session_id"])["end_date"] = "2020-01-01"
        session.commit()
        after = browser.get(link, timeout=10).text
        assert "This review has ended." in after
        assert "Approve" not in after
        here = f"{link}/{review.shown()[0]['id']}"
        refused = browser.post(here, data={"do": "decide", "decision": "approved", "csrf": secret}, timeout=10)
        assert "This review has ended; ask the studio to open it again." in refused.text
        assert not session.query("ReviewSessionObjectStatus").all()
        assert browser.post(here, data={"do": "decide", "decision": "approved"}, timeout=10).status_code == 403


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_read_it(review: Review, browser: Browser, scheme: str, width: int) -> None:
    marta = Client(review, "Marta <b>Ruiz</b>")
    for shown in review.shown():
        marta.write(shown, "x" * 300, frame=3)
        marta.decide(shown, "approved")
    link = address(review, marta)
    with page_of(browser, color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
        page.goto(link)
        wait_for_movie(page)
        page.get_by_role("button", name="Draw on this frame").click()
        assert_readable(page)
        studio = Visitor(review.clients.url).session.cookies
        for each in studio:
            page.context.add_cookies([{"name": each.name, "value": str(each.value), "url": review.clients.url}])
        for place in ("/reviews", f"/review/{marta.invitee['review_session_id']}"):
            page.goto(review.clients.url + place)
            assert_readable(page)


def wait_for_movie(page: Page) -> None:
    """Wait until there is a picture."""
    page.wait_for_function("document.querySelector('video')?.readyState >= 2 || document.querySelector('.player img')")
