"""What a person may try by hand while the demo runs: a status in one window, the run and the message in the others."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from playwright.sync_api import expect
from rich.console import Console
from tests.browser import browsing, page_of

from callboard.demo import cast
from callboard.demo.stage import Stage, open_stage
from callboard.demo.teller import Teller


def create_shot(stage: Stage) -> str:
    """Create a shot with two tasks, of which the second is the lighter's; return the address of the first."""
    session = stage.person(cast.PRODUCER).session
    schema = session.query('ProjectSchema where name is "VFX Scheme"').one()
    project = session.create("Project", {"name": "heron", "full_name": "Heron", "project_schema": schema})
    shot = session.create("Shot", {"name": "SH010", "parent": project})
    tasks = [
        session.create(
            "Task", {"name": name, "parent": shot, "type": session.query(f'Type where name is "{name}"').one()}
        )
        for name in ("Animation", "Lighting")
    ]
    lighter = session.query(f'User where username is "{cast.LIGHTER}"').one()
    session.create("Appointment", {"context": tasks[1], "resource": lighter, "type": "assignment"})
    session.commit()
    return f"{stage.studio.url}/entity/Task/{tasks[0]['id']}"


@pytest.mark.timeout(180)
def test_a_status_in_one_window_is_a_run_and_a_message_in_the_others(tmp_path: Path) -> None:
    teller = Teller(Console(file=io.StringIO()))
    with open_stage(tmp_path, teller, 0) as stage, browsing() as browser:
        stage.start_callboard()
        address = create_shot(stage)
        with page_of(browser) as ftrack, page_of(browser) as dashboard, page_of(browser) as slack:
            dashboard.goto(f"{stage.dashboard}/automations/status_handler")
            slack.goto(stage.slack.page)
            ftrack.goto(address)
            ftrack.get_by_role("button", name="Nadia Okoro").click()
            expect(ftrack.get_by_role("heading", name="Animation")).to_be_visible()
            ftrack.get_by_label("New status").select_option("Ready for Lighting")
            ftrack.get_by_role("button", name="Set status").click()
            expect(slack.locator(".message")).to_contain_text("Animation (Animation) is now Ready for Lighting")
            expect(slack.locator(".message")).to_contain_text("set by Nadia Okoro")
            expect(dashboard.get_by_text(f"Sent a Slack message to {cast.LIGHTER}.")).to_be_visible()
            # The link in the message leads to the page that shows it.
            slack.get_by_role("link", name="Open in ftrack").click()
            slack.wait_for_url(f"{stage.studio.url}/sign-in**")
