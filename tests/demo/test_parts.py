from __future__ import annotations

import io
import logging
from fractions import Fraction
from pathlib import Path

import av
import pytest
from rich.console import Console

from callboard.demo import story
from callboard.demo.media import make_movie
from callboard.demo.people import Person, fill_form, labels
from callboard.demo.processes import Process
from callboard.demo.stage import Stage
from callboard.demo.story import tell
from callboard.demo.teller import Teller
from callboard.errors import CallboardError
from ftrack_sandbox.testing import SandboxServer


@pytest.fixture
def teller() -> Teller:
    return Teller(Console(file=io.StringIO(), width=200))


def told(teller: Teller) -> str:
    assert isinstance(teller.console.file, io.StringIO)
    return teller.console.file.getvalue()


def test_a_claim_that_holds_is_counted_and_its_proof_handed_back(teller: Teller) -> None:
    answers = iter([None, None, "proof"])
    assert teller.verify("the [moon] is up", lambda: next(answers)) == "proof"
    assert (teller.verified, teller.broken) == (1, [])
    assert "✓ the [moon] is up" in told(teller)


def test_a_claim_that_does_not_hold_is_broken_and_says_why(teller: Teller) -> None:
    def look() -> bool:
        raise AssertionError("there are clouds")

    assert teller.verify("the moon is up", look, seconds=0) is None
    assert (teller.verified, teller.broken) == (0, ["the moon is up (there are clouds)"])
    assert "✗ the moon is up (there are clouds)" in told(teller)


def test_a_story_for_a_room_waits_between_two_scenes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    waits: list[str] = []

    def scene(stage: Stage) -> None:
        stage.teller.act("A scene")

    def press(prompt: str) -> str:
        waits.append(prompt)
        raise EOFError

    monkeypatch.setattr(story, "CHAPTERS", (scene, scene))
    monkeypatch.setattr("builtins.input", press)
    assert tell(Console(file=io.StringIO()), root=tmp_path, port=0, once=True, slowly=True)
    # Between the two, and before the end of the day.
    assert len(waits) == 2


def test_a_form_is_filled_in_by_its_labels() -> None:
    form = {
        "items": [
            {"type": "label", "value": "**Hello**"},
            {"type": "hidden", "name": "step", "value": "1"},
            {"type": "text", "name": "path", "label": "File path", "value": ""},
            {"type": "enumerator", "name": "slate", "label": "Add slate", "value": "no"}
            | {"data": [{"label": "No", "value": "no"}, {"label": "Yes", "value": "yes"}]},
        ]
    }
    values = fill_form(form, {"File path": "/a", "Add slate": "Yes"})
    assert values == {"step": "1", "path": "/a", "slate": "yes"}
    assert labels(form) == ["Hello"]
    with pytest.raises(CallboardError, match="no field Colour, only File path, Add slate"):
        fill_form(form, {"Colour": "red"})


def test_a_movie_is_a_movie(tmp_path: Path) -> None:
    file = tmp_path / "new" / "a.mov"
    make_movie(file, "comet", seconds=0.5, rate=Fraction(24000, 1001))
    with av.open(str(file), "r") as container:
        assert len(list(container.decode(video=0))) == 12
        assert container.streams.video[0].average_rate == Fraction(24000, 1001)


def test_a_command_that_does_not_start_is_named_with_its_reason(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(CallboardError, match=r"`callboard run` did not start; see .*/log: .*does not exist"):
        Process(["callboard", "run", "-c", str(tmp_path / "none.toml")], log)


def test_the_story_begins_in_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(CallboardError, match="is not empty"):
        tell(Console(file=io.StringIO()), root=tmp_path, port=0, once=True)


def test_a_story_that_stops_is_not_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(_stage: object) -> None:
        raise ZeroDivisionError("no moon")

    def never(_stage: object) -> None:
        raise AssertionError("the story went on")

    monkeypatch.setattr(story, "CHAPTERS", (stops, never))
    console = Console(file=io.StringIO(), width=200)
    assert not tell(console, root=tmp_path, port=0, once=True)
    assert isinstance(console.file, io.StringIO)
    assert "the story stopped: ZeroDivisionError: no moon" in console.file.getvalue()
    assert "1 of 1 claims did not hold" in console.file.getvalue()


def test_a_person_who_is_interrupted_leaves_without_a_warning(
    ftrack_sandbox_session: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    server = ftrack_sandbox_session
    person = Person(server.url, server.api_user, server.api_key)
    person.session.create("Job", {"user": person.user, "type": "api_job", "status": "queued"})
    with caplog.at_level(logging.WARNING, logger="ftrack_api"):
        person.close()
    assert person.session.closed
    assert caplog.records == []
