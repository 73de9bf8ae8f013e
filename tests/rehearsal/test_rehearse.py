"""``callboard rehearse``: the same as what the documented rules say, and nothing anywhere is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.rehearsal.conftest import configure
from tests.rehearsal.month import ZONE, Month, found
from tests.sandbox.importing.studio import rows
from tests.waiting import until

from callboard.demo.processes import Process
from ftrack_sandbox.testing import SandboxFactory

Command = Callable[..., Any]


def report(callboard: Command, *more: object) -> dict[str, Any]:
    answer = callboard("rehearse", "--since", "29d", "--json", *more)
    assert answer.code == 0, answer.err
    parsed: dict[str, Any] = json.loads(answer.out)
    return parsed


def test_it_agrees_with_the_books_to_the_entry(callboard: Command, here: Path, month: Month) -> None:
    configure(month, here)
    said = found(report(callboard))
    wrong = {key: (said.get(key), wanted) for key, wanted in month.expected.items() if said.get(key) != wanted}
    assert wrong == {}
    assert set(said) == set(month.expected)
    assert {verdict for verdict, _ in said.values()} == {"act", "nothing"}


def test_nothing_is_written_anywhere(callboard: Command, here: Path, month: Month) -> None:
    file = configure(month, here)
    before = rows(month.server.data)
    report(callboard)
    report(callboard, "--against", file)
    assert rows(month.server.data) == before
    assert sorted(path.name for path in here.rglob("*")) == ["callboard.toml", "production"]


def test_two_configurations_differ_where_they_should(callboard: Command, here: Path, month: Month) -> None:
    configure(month, here)
    other = configure(month, here, "other.toml", '[automations.add_version_to_dailies]\ncutoff = "14:00"\n')
    differences = report(callboard, "--against", other)["against"]
    late = {
        (entity, at)
        for (automation, entity, at, status) in month.expected
        if automation == "add_version_to_dailies"
        and status == "Pending Internal Review"
        and 10 <= datetime.fromisoformat(at).astimezone(ZONE).hour < 14
    }
    assert late, "a month without a version between 10 and 14 shows nothing"
    assert {(each["one"]["entity"]["id"], each["one"]["change"]["at"]) for each in differences} == late
    assert {each["one"]["automation"] for each in differences} == {"add_version_to_dailies"}


def test_people_read_what_differs(callboard: Command, here: Path, month: Month) -> None:
    configure(month, here)
    off = configure(month, here, "other.toml", "[automations.assign_task_status]\nenabled = false\n")
    answer = callboard("rehearse", "--since", "29d", "--against", off)
    assert answer.code == 0, answer.err
    assert "+ ignores it" in answer.out
    same = callboard("rehearse", "--since", "29d", "--against", "callboard.toml")
    assert "Both configurations do the same" in same.out


def test_the_report_counts_and_groups(callboard: Command, here: Path, month: Month) -> None:
    configure(month, here)
    answer = callboard("rehearse", "--since", "29d", "--html", here / "report.html")
    assert answer.code == 0, answer.err
    acts = sum(1 for key, (verdict, _) in month.expected.items() if key[0] == "assign_task_status" and verdict == "act")
    [line] = [line for line in answer.out.splitlines() if line.strip().startswith("assign_task_status  ")]
    assert str(acts) in line.split()
    page = (here / "report.html").read_text()
    for part in ("Slack messages", "Dailies_", "yuki.tanaka", "Nothing to do"):
        assert part in answer.out.replace("Lists", "Dailies_") or part in page
        assert part in page


def test_one_automation_and_one_project(callboard: Command, here: Path, month: Month) -> None:
    configure(month, here)
    said = report(callboard, "--automation", "add_version_to_dailies", "--project", "month")
    assert {entry["automation"] for entry in said["entries"]} == {"add_version_to_dailies"}
    assert (
        callboard("rehearse", "--since", "29d", "--project", "nowhere").err
        == "There is no project nowhere in ftrack.\n"
    )


def test_an_empty_time_and_mistakes_get_one_sentence(callboard: Command, here: Path, month: Month) -> None:
    configure(month, here)
    nothing = callboard("rehearse", "--since", "1s")
    assert (nothing.code, nothing.err.count("\n")) == (1, 1)
    assert "Nothing that an automation looks at happened since" in nothing.err
    wrong = configure(month, here, "wrong.toml", "[automations.add_version_to_dailies]\ncutof = 3\n")
    assert callboard("rehearse", "--since", "1d", "--against", wrong).code == 2
    assert callboard("rehearse", "--since", "soon").code == 2
    assert callboard("rehearse", "--since", "1d", "--automation", "nobody").code == 2


def test_it_says_what_callboard_did_then(callboard: Command, here: Path, factory: SandboxFactory) -> None:
    server = factory("demo")
    month = Month(server, seed=1, events=0)
    configure(month, here, more="[dashboard]\nport = 0\n")
    process = Process(["callboard", "run"], here / "log")
    try:
        assert process.ready == "ready"
        with server.session() as session:
            version = session.query("AssetVersion").first()
            version["status"] = session.query('Status where name is "Pending Internal Review"').one()
            session.commit()
        until(
            lambda: json.loads(
                callboard("runs", "--json", "--state", "done", "--automation", "add_version_to_dailies").out
            ),
            what="the run of the version",
        )
    finally:
        process.stop()
    other = configure(month, here, "other.toml", '[automations.add_version_to_dailies]\nstatus = "Approved"\n')
    [entry] = _of(report(callboard), "add_version_to_dailies", version["id"])
    assert (entry["verdict"], entry["actual"]["verdict"]) == ("act", "act")
    assert "Dailies_" in entry["actual"]["summary"]
    [entry] = report(callboard, "-c", other)["differences"]
    assert (entry["verdict"], entry["actual"]["verdict"]) == ("nothing", "act")


def _of(said: dict[str, Any], automation: str, entity: str) -> list[dict[str, Any]]:
    entries = [each for each in said["entries"] if (each["automation"], each["entity"]["id"]) == (automation, entity)]
    return entries[-1:]


def test_apply_does_it_on_a_sandbox(callboard: Command, here: Path, factory: SandboxFactory) -> None:
    month = Month(factory("studio"), seed=11, events=60)
    month.play()
    configure(month, here)
    answer = callboard("rehearse", "--since", "29d", "--apply")
    assert (answer.code, answer.err) == (0, "")
    with month.server.session() as session:
        lists = session.query("select name, items.id from AssetVersionList").all()
        there = {(item["id"], each["name"]) for each in lists for item in each["items"]}
    wanted = {
        (entity, what)
        for (automation, entity, _, _), (verdict, what) in month.expected.items()
        if automation == "add_version_to_dailies" and verdict == "act"
    }
    assert wanted <= there
    assert not any((here / "production").iterdir())


def test_apply_is_refused_by_anything_but_a_sandbox_of_ones_own(
    callboard: Command, here: Path, month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = configure(month, here)
    with month.server.session() as session:
        key = session.call(
            [
                {
                    "action": "reset_remote",
                    "reset_type": "api_key",
                    "entity_type": "User",
                    "entity_key": session.query('User where username is "yuki.tanaka"').one()["id"],
                }
            ]
        )[0]
    monkeypatch.setenv("FTRACK_API_USER", "yuki.tanaka")
    monkeypatch.setenv("FTRACK_API_KEY", key["data"]["api_key"])
    before = rows(month.server.data)
    answer = callboard("rehearse", "--since", "29d", "--apply", "-c", file)
    assert answer.code == 1
    assert "is not an ftrack-sandbox that yuki.tanaka administers" in answer.err
    assert rows(month.server.data) == before
