"""status_handler at work: people set statuses, messages arrive at what stands in for Slack."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.automations.conftest import MakeStudio
from tests.automations.studio import Studio
from tests.waiting import until

from callboard import seams
from callboard.demo.slack_stub import Fault
from callboard.engine.server import Server
from callboard.engine.store.lanes import LaneLostError
from callboard.registry import registry

NAME = "status_handler"


class Department:
    """A shot with an animation and a lighting task, the latter assigned to somebody."""

    def __init__(self, studio: Studio) -> None:
        self.project = studio.project()
        self.shot = studio.shot(self.project)
        self.animation = studio.task(self.shot, "Animation")
        self.lighting = studio.task(self.shot, "Lighting")
        self.ann = studio.user("ann")
        studio.assign(self.lighting, self.ann)


def sent(studio: Studio, project: Any) -> list[tuple[str, str]]:
    """To whom what was sent about a project."""
    return [(each["to"], each["text"]) for each in studio.slack.messages if project["name"] in each["text"]]


def receivers(studio: Studio, project: Any) -> list[str]:
    return sorted(to for to, _ in sent(studio, project))


def hand_over(studio: Studio, task: Any, status: str = "Ready for Lighting", count: int = 2) -> dict[str, Any]:
    studio.set_status(task, status)
    return studio.run(NAME, task, count)


def test_everybody_in_the_next_department_is_told_once(studio: Studio) -> None:
    shot = Department(studio)
    other, group, member = studio.task(shot.shot, "Lighting", name="Lighting 2"), *_group(studio)
    studio.assign(other, group)
    studio.assign(other, shot.ann)
    run = hand_over(studio, shot.animation)
    assert run["state"] == "done"
    assert run["summary"].startswith("Sent a Slack message to ")
    assert receivers(studio, shot.project) == sorted([shot.ann["email"], member["email"]])
    _, text = sent(studio, shot.project)[0]
    assert text.startswith(f"*{shot.project['name']} / SH010*: Animation (Animation) is now *Ready for Lighting*")
    assert f"slideEntityId={shot.animation['id']}" in text
    assert f"entityId={shot.project['id']}" in text


def _group(studio: Studio) -> tuple[Any, Any]:
    member = studio.user("ben")
    group = studio.create("Group", name=f"lighters {member['id'][:6]}")
    studio.create("Membership", group=group, user=member)
    return group, member


def test_lighting_hands_over_to_compositing_and_says_who_did_it(studio: Studio) -> None:
    shot = Department(studio)
    compositing, cleo = studio.task(shot.shot, "Compositing"), studio.user("cleo")
    studio.assign(compositing, cleo)
    hand_over(studio, shot.lighting, "Ready for Comp")
    [(to, text)] = sent(studio, shot.project)
    assert to == cleo["email"]
    assert ", set by " in text


def test_a_status_that_came_from_the_version_sends_one_message_too(studio: Studio) -> None:
    shot = Department(studio)
    version = studio.version(shot.animation, "In Progress")
    studio.finished("assign_task_status", version)
    studio.set_status(version, "Ready for Lighting")
    studio.finished("assign_task_status", version, 2)
    until(lambda: _handled(studio, shot.animation, "Ready for Lighting"), 20)
    assert receivers(studio, shot.project) == [shot.ann["email"]]


def _handled(studio: Studio, task: Any, status: str) -> bool:
    runs = [run for run in studio.runs(NAME, task) if run["change"]["status"] == status]
    return [run["state"] for run in runs] == ["done"]


def test_nobody_assigned_and_no_such_task_go_to_the_channel(studio: Studio) -> None:
    project = studio.project()
    shot = studio.shot(project)
    animation = studio.task(shot, "Animation")
    hand_over(studio, animation)
    [(to, text)] = sent(studio, project)
    assert (to, "there is no Lighting task in SH010" in text) == ("#production", True)
    lighting = studio.task(shot, "Lighting")
    hand_over(studio, lighting, "Ready for Comp")
    studio.task(shot, "Compositing")
    studio.set_status(lighting, "In Progress")
    hand_over(studio, lighting, "Ready for Comp", 4)
    assert "nobody is assigned to Compositing in SH010" in sent(studio, project)[-1][1]


def test_the_projects_channel_comes_before_the_default_one(make_studio: MakeStudio) -> None:
    studio = make_studio({"slack": {"projects": {"heron_slack": "#heron"}}})
    project = studio.project("heron_slack")
    hand_over(studio, studio.task(studio.shot(project), "Animation"))
    assert receivers(studio, project) == ["#heron"]


def test_people_whom_slack_does_not_know_fall_back_to_the_channel(make_studio: MakeStudio) -> None:
    studio = make_studio()
    shot = Department(studio)
    studio.slack.deactivated.add(shot.ann["email"])
    run = hand_over(studio, shot.animation)
    assert f"Slack does not know {shot.ann['username']}" in run["summary"]
    assert receivers(studio, shot.project) == ["#production"]


def test_slack_away_delays_the_message_and_nothing_else(make_studio: MakeStudio) -> None:
    studio = make_studio()
    shot = Department(studio)
    ben = studio.user("ben")
    studio.assign(shot.lighting, ben)
    studio.finished(NAME, shot.animation)
    studio.slack.fail([Fault("chat.postMessage", status=503)])
    studio.set_status(shot.animation, "Ready for Lighting")
    assert studio.waiting(NAME, shot.animation)["error"] == "Slack is out of order (503)."
    task = studio.task(shot.shot, "Compositing")
    assert studio.run("create_task_folder", task)["state"] == "done"
    studio.hurry()
    assert studio.run(NAME, shot.animation, 2)["state"] == "done"
    assert receivers(studio, shot.project) == sorted([shot.ann["email"], ben["email"]])


def test_slack_is_left_in_peace_as_long_as_it_asks_to_wait(make_studio: MakeStudio) -> None:
    studio = make_studio()
    one, other = Department(studio), Department(studio)
    for shot in (one, other):
        studio.finished(NAME, shot.animation)
    studio.slack.fail([Fault("users.lookupByEmail", status=429, retry_after=600)])
    studio.set_status(one.animation, "Ready for Lighting")
    waiting = studio.waiting(NAME, one.animation)
    assert waiting["error"] == "Slack asks to wait."
    # Of itself a run waits a minute at most.
    assert datetime.fromisoformat(waiting["next_try"]) > datetime.now(UTC) + timedelta(minutes=5)
    studio.set_status(other.animation, "Ready for Lighting")
    assert studio.waiting(NAME, other.animation)["error"] == "Slack asks to wait."
    assert studio.slack.calls == ["users.lookupByEmail"]
    studio.start_again()
    studio.hurry()
    for shot in (one, other):
        assert studio.run(NAME, shot.animation, 2)["state"] == "done"
        assert receivers(studio, shot.project) == [shot.ann["email"]]


def test_a_replay_after_a_crash_sends_nothing_twice(make_studio: MakeStudio) -> None:
    studio = make_studio()
    shot = Department(studio)
    ben = studio.user("ben")
    studio.assign(shot.lighting, ben)
    studio.finished(NAME, shot.animation)
    first, second = sorted([shot.ann["email"], ben["email"]])
    # The second message meets a Slack that does not answer; then the server is gone.
    studio.slack.fail([Fault("chat.postMessage", status=500)])
    studio.slack.unknown.add("nobody")
    studio.set_status(shot.animation, "Ready for Lighting")
    studio.waiting(NAME, shot.animation)
    studio.start_again()
    studio.hurry()
    assert studio.run(NAME, shot.animation, 2)["state"] == "done"
    assert receivers(studio, shot.project) == [first, second]


@pytest.mark.parametrize("sent_before", [1, 2])
def test_a_crash_after_a_message_sends_the_rest_and_none_twice(
    make_studio: MakeStudio, monkeypatch: pytest.MonkeyPatch, sent_before: int
) -> None:
    studio = make_studio()
    shot = Department(studio)
    ben = studio.user("ben")
    studio.assign(shot.lighting, ben)
    studio.finished(NAME, shot.animation)
    noted = itertools.count(1)

    def crash(seam: str) -> None:
        if seam == "slack: noted" and next(noted) == sent_before:
            raise LaneLostError("what a process that is gone leaves behind: nothing more")

    monkeypatch.setattr(seams, "on_reach", crash)
    studio.set_status(shot.animation, "Ready for Lighting")
    assert studio.run(NAME, shot.animation, 2)["state"] == "done"
    assert receivers(studio, shot.project) == sorted([shot.ann["email"], ben["email"]])


def test_two_servers_of_one_database_send_one_message(make_studio: MakeStudio) -> None:
    studio = make_studio()
    second = Server(studio.server.settings, registry)
    second.start()
    try:
        assert second.ready.wait(20)
        shots = [Department(studio) for _ in range(3)]
        for shot in shots:
            hand_over(studio, shot.animation)
        # A second message would be on its way before the status that comes next is looked at.
        for shot in shots:
            hand_over(studio, shot.animation, "In Progress", 3)
            assert receivers(studio, shot.project) == [shot.ann["email"]]
    finally:
        second.stop()


def test_two_changes_of_one_task_are_two_messages(studio: Studio) -> None:
    shot = Department(studio)
    hand_over(studio, shot.animation)
    studio.set_status(shot.animation, "In Progress")
    hand_over(studio, shot.animation, "Ready for Lighting", 4)
    assert receivers(studio, shot.project) == [shot.ann["email"]] * 2


def test_other_types_and_statuses_are_explained(studio: Studio) -> None:
    shot = Department(studio)
    run = hand_over(studio, shot.animation, "Ready for Comp")
    assert run["summary"] == "No handoff is set for Animation tasks at Ready for Comp."
    run = hand_over(studio, shot.animation, "Approved", 3)
    assert "is not one of Ready for Lighting, Ready for Comp" in run["summary"]


def test_without_slack_it_is_off(make_studio: MakeStudio) -> None:
    studio = make_studio({"slack": None})
    shot = Department(studio)
    studio.set_status(shot.animation, "Ready for Lighting")
    studio.finished("create_task_folder", studio.task(shot.shot, "Compositing"))
    assert studio.runs(NAME) == []
