from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.dashboard.site import Site

from callboard.dashboard import Dashboard
from callboard.demo.slack_stub import SlackStub
from ftrack_sandbox.testing import SandboxServer

Command = Callable[..., Any]
Write = Callable[..., None]


@pytest.fixture
def write(here: Path, ftrack_sandbox_session: SandboxServer) -> Write:
    """Write a configuration for the sandbox; tables are given as text."""

    def write(more: str = "", **ftrack: str) -> None:
        values = {
            "server": ftrack_sandbox_session.url,
            "api_user": ftrack_sandbox_session.api_user,
            "api_key": ftrack_sandbox_session.api_key,
        } | ftrack
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        dashboard = "" if "[dashboard]" in more else "[dashboard]\nport = 0\n"
        file = here / "callboard.toml"
        file.write_text("[ftrack]\n" + "\n".join(lines) + "\n" + dashboard + more)
        file.chmod(0o600)

    return write


def found(answer: Any) -> dict[str, tuple[str, str]]:
    """Subject -> level and sentence."""
    lines = [line.split(maxsplit=2) for line in answer.out.splitlines() if line.startswith(("ok ", "note ", "wrong "))]
    return {subject: (level, sentence.strip()) for level, subject, sentence in lines}


def test_all_is_well(callboard: Command, write: Write, here: Path) -> None:
    (here / "templates").mkdir()
    (here / "templates" / "compositing.nk").touch()
    with SlackStub() as slack:
        write(
            f'[studio]\nproject_root = "{here}"\ntemplate_files = "{here}/templates"\nmedia_roots = ["{here}"]\n'
            f'[slack]\ntoken = "xoxb"\napi_url = "{slack.url}"\ndefault_channel = "#production"\n'
        )
        answer = callboard("check")
    assert answer.code == 0, answer.out
    assert answer.out.endswith("Everything is fine.\n")
    levels = {subject: level for subject, (level, _) in found(answer).items()}
    assert levels["slack"] == levels["studio.project_root"] == levels["ftrack"] == levels["automations"] == "ok"
    assert not list(here.glob("*.db")), "check leaves nothing behind"


def test_what_is_off_is_a_note(callboard: Command, write: Write) -> None:
    write("[automations.assign_task_status]\nenabled = false\n")
    answer = callboard("check")
    assert answer.code == 0
    notes = found(answer)
    assert notes["automations.status_handler"] == (
        "note",
        "status_handler is off, because the configuration has no [slack].",
    )
    assert notes["automations.client_review_sync"][0] == "note"
    assert "is turned off in [automations.assign_task_status]" in notes["automations.assign_task_status"][1]


@pytest.mark.parametrize(
    ("more", "subject", "sentence"),
    [
        (
            '[studio]\nproject_root = "/nowhere"\n',
            "studio.project_root",
            "The folder /nowhere does not exist; mount or create it",
        ),
        ('[studio]\ntemplate_files = "/nowhere"\n', "studio.template_files", "The folder /nowhere does not exist"),
        ('[studio]\nmedia_roots = ["/nowhere"]\n', "studio.media_roots", "The folder /nowhere does not exist"),
        ('[studio.path_map]\n"P:" = "/nowhere"\n', "studio.path_map", "The folder /nowhere does not exist"),
        (
            '[studio.path_map]\n"P:" = "/usr"\n"p:/" = "/etc"\n',
            "studio.path_map",
            "The prefix p:\\ is there twice; keep one of them.",
        ),
        (
            '[studio.path_map]\n"P:" = "/usr"\n"/usr/lib" = "/etc"\n',
            "studio.path_map",
            "The prefix /usr/lib overlaps /usr, a folder of this server",
        ),
        (
            '[studio]\ncomponent_paths = "windows"\n',
            "studio.path_map",
            "It has no prefix for Windows, which component_paths asks for; add one.",
        ),
        ('[studio]\nmounts = ["/usr/bin"]\n', "studio.mounts", "/usr/bin is not mounted; mount it"),
        (
            '[database]\nurl = "sqlite:////nowhere/x.db"\n',
            "database.url",
            "/nowhere is not a folder that this user can",
        ),
        ('[database]\nurl = "postgresql://u:geheim@127.0.0.1:9/x"\n', "database.url", "u:***@127.0.0.1:9/x cannot be"),
        ('[studio]\nocio = "/nowhere.ocio"\n', "studio.ocio", "cannot be read (No such file or directory)"),
        (
            '[automations.upload_media]\ncolour_spaces = {".exr" = "ACECg"}\n',
            "automations.upload_media.colour_spaces",
            "no colour space 'ACECg'; the nearest are ACEScg",
        ),
        (
            '[automations.upload_media]\ndisplay = "sRBG"\n',
            "automations.upload_media.display",
            "no display 'sRBG'; the nearest are sRGB - Display",
        ),
        ('[automations.upload_media]\nview = "ACES 2"\n', "automations.upload_media.view", "the nearest are ACES 2.0"),
        (
            '[automations.upload_media]\nslate_font = "/x.ttf"\n',
            "automations.upload_media.slate_font",
            "no font /x.ttf",
        ),
        ('[slack]\ntoken = "x"\napi_url = "http://127.0.0.1:9/"\n', "slack.api_url", "does not answer like Slack"),
        (
            '[automations.create_task_folder]\nprojects = ["nope"]\n',
            "automations.create_task_folder.projects",
            "'nope'",
        ),
        (
            '[automations.add_version_to_dailies]\nstatus = "Pending Internal Revue"\n',
            "automations.add_version_to_dailies.status",
            "ftrack has no Status named 'Pending Internal Revue'; did you mean Pending Internal Review?",
        ),
        (
            '[automations.batch_create]\nroles = ["Administrators"]\n',
            "automations.batch_create.roles",
            "did you mean Administrator?",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_fix(
    callboard: Command, write: Write, more: str, subject: str, sentence: str
) -> None:
    write(more)
    answer = callboard("check")
    assert answer.code == 2
    level, said = found(answer)[subject]
    assert level == "wrong"
    assert sentence in said
    assert "geheim" not in answer.out + answer.err
    assert "1 to fix." in answer.out


def test_the_path_map_is_shown_with_an_example_for_each_platform(callboard: Command, write: Write, here: Path) -> None:
    lines = [f'"{prefix}" = "{here}"' for prefix in ("P:", "/Volumes/production", "/net/production")]
    write('[studio]\ncomponent_paths = "windows"\n[studio.path_map]\n' + "\n".join(lines))
    answer = callboard("check")
    assert answer.code == 0, answer.out
    for said in (
        f"On Windows, P:\\shots is {here}/shots here, and components have P:\\shots.",
        f"On macOS, /Volumes/production/shots is {here}/shots here, and components have P:\\shots.",
        f"On Linux, /net/production/shots is {here}/shots here, and components have P:\\shots.",
    ):
        assert said in answer.out


@pytest.mark.parametrize("line", ['production = "/data"', '"P:" = "data"', '"P:" = "/data/../etc"'])
def test_a_path_map_that_cannot_be_meant_is_named(callboard: Command, write: Write, line: str) -> None:
    write(f"[studio.path_map]\n{line}\n")
    answer = callboard("check")
    assert answer.code == 2
    assert "path_map" in answer.err
    assert "absolute" in answer.err or "'..' in it" in answer.err


def test_a_server_that_is_away_is_wrong(callboard: Command, write: Write) -> None:
    write(server="http://127.0.0.1:9")
    answer = callboard("check")
    assert answer.code == 2
    assert "cannot be reached" in found(answer)["ftrack"][1]


def test_a_wrong_key_is_named_without_showing_it(callboard: Command, write: Write) -> None:
    write(api_key="a-wrong-secret")
    answer = callboard("check")
    assert answer.code == 2
    assert "does not accept the API key" in found(answer)["ftrack"][1]
    assert "a-wrong-secret" not in answer.out + answer.err


def test_a_token_that_slack_refuses_is_wrong(callboard: Command, write: Write) -> None:
    with SlackStub(token="xoxb-right") as slack:
        write(f'[slack]\ntoken = "xoxb-wrong"\napi_url = "{slack.url}"\n')
        answer = callboard("check")
    assert answer.code == 2
    assert found(answer)["slack.token"][1].startswith("Slack rejects it (invalid_auth)")
    assert "xoxb-wrong" not in answer.out


def test_a_taken_port_is_wrong_and_callboards_own_is_fine(callboard: Command, write: Write, here: Path) -> None:
    with SlackStub() as other:
        write(f"[dashboard]\nport = {other.port}\n")
        assert "another program uses it" in found(callboard("check"))["dashboard"][1]
    site = Site(f"sqlite:///{here / 'other.db'}")
    running = Dashboard(site.settings, site.registry)
    running.start()
    try:
        write(f"[dashboard]\nport = {running.address.rpartition(':')[2]}\n")
        assert found(callboard("check"))["dashboard"] == ("ok", f"Icons are served at {running.address}.")
    finally:
        running.stop()


def test_a_file_that_everybody_can_read_is_a_note(callboard: Command, write: Write, here: Path) -> None:
    write()
    (here / "callboard.toml").chmod(0o644)
    answer = callboard("check")
    assert found(answer)["callboard.toml"] == (
        "note",
        "Everyone on this machine can read it; `chmod 600 callboard.toml` protects its secrets.",
    )


def test_a_file_that_is_not_a_database_is_wrong(callboard: Command, write: Write, here: Path) -> None:
    notes = here / "notes.txt"
    notes.write_text("The rain is in. " * 100)
    write(f'[database]\nurl = "sqlite:///{notes}"\n')
    level, sentence = found(callboard("check"))["database.url"]
    assert level == "wrong"
    assert "notes.txt cannot be opened. The database cannot be used: file is not a database." in sentence
    assert notes.read_text() == "The rain is in. " * 100
