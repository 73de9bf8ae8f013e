"""The studio's side of client reviews; texts of people stay texts on both sides."""

from __future__ import annotations

import json
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from tests.browser import tags
from tests.sandbox.pages.conftest import Visitor

from ftrack_sandbox.testing import SandboxServer

TEXTS = st.text(min_size=1, max_size=30) | st.sampled_from(
    ["<script>alert(1)</script>", "\"' onload=x", "{{ 7*7 }}", "</textarea></select><b>", "javascript:alert(1)"]
)


def test_a_review_is_made_by_hand(page: Page, ftrack_sandbox: SandboxServer) -> None:
    page.goto("/reviews")
    page.get_by_label("Name").fill("Second look")
    page.get_by_label("Project").select_option("Harbour Lights")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Second look")).to_be_visible()
    for _ in range(2):
        page.get_by_role("button", name="Add version").click()
        expect(page.get_by_role("table")).to_be_visible()
    page.get_by_role("button", name="Take").first.click()
    expect(page.get_by_role("button", name="Take")).to_have_count(1)
    page.get_by_text("Invite somebody").click()
    page.get_by_label("Name").fill("Marta")
    page.get_by_label("E-mail").fill("marta@client.example")
    page.get_by_role("button", name="Invite").click()
    page.get_by_role("link", name="Open as Marta").click()
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    expect(page.get_by_role("link", name="Inspector")).to_have_count(0)
    session = ftrack_sandbox.session()
    review = session.query('ReviewSession where name is "Second look"').one()
    assert len(review["review_session_objects"]) == 1
    assert review["review_session_invitees"][0]["email"] == "marta@client.example"


def test_what_is_missing_is_named(visitor: Visitor, ftrack_sandbox: SandboxServer) -> None:
    review = ftrack_sandbox.session().query("ReviewSession").first()
    assert "A review needs a name and a project." in visitor.post("/reviews", do="create", name=" ").text
    for fields, sentence in (
        ({"do": "invite", "name": "Marta", "email": "nowhere"}, "An invitee needs a name and an e-mail address."),
        ({"do": "add"}, "Choose a version to add."),
    ):
        assert sentence in visitor.post(f"/review/{review['id']}", **fields).text


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS.filter(lambda text: text.strip() and "\x00" not in text))
def test_texts_of_people_stay_texts(ftrack_sandbox_session: SandboxServer, text: str) -> None:
    with ftrack_sandbox_session.snapshot():
        session = ftrack_sandbox_session.session()
        review = session.query("ReviewSession").first()
        shown, invitee = review["review_session_objects"][0], review["review_session_invitees"][0]
        admin = session.query("User where username is admin").one()
        note = session.create("Note", {"content": "plain", "author": admin, "parent_id": shown["version_id"]})
        note["metadata"] = {"inviteeId": invitee["id"], "reviewSessionObjectId": shown["id"]}
        job = session.create("Job", {"data": json.dumps({"description": "plain"}), "user": admin})
        session.commit()
        visitor = Visitor(ftrack_sandbox_session.url)
        pages = ["/reviews", f"/review/{review['id']}", "/jobs"]
        found = re.search(rf'href="([^"]*/client/{invitee["id"]}/\w+)"', visitor.get(pages[1]).text)
        assert found
        pages.append(f"{found[1].removeprefix(visitor.url)}/{shown['id']}")
        plain = {address: tags(visitor.get(address).text) for address in pages}
        for entity, names in {
            review: ("name", "description"),
            shown: ("name", "description", "version"),
            invitee: ("name", "email"),
            note: ("content",),
        }.items():
            for name in names:
                entity[name] = text
        job["data"] = json.dumps({"description": text})
        session.commit()
        for address in pages:
            assert tags(visitor.get(address).text) >= plain[address] - {"<br ", "</br "}, address
            extra = tags(visitor.get(address).text) - plain[address]
            assert not any("script" in each or "onload" in each for each in extra), extra
        session.close()
