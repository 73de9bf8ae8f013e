"""Upload Media and Update RV Component through a whole event server, launched as from ftrack's web client."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests import media
from tests.automations.studio import Studio
from tests.waiting import until

from callboard.demo.people import Person, fill_form
from callboard.studio.media import apart


@pytest.fixture
def studio(make_studio: Callable[..., Studio], tmp_path: Path) -> Studio:
    work = tmp_path / "production"
    work.mkdir()
    return make_studio({"studio": {"media_roots": [str(work)]}})


@pytest.fixture
def person(studio: Studio) -> Person:
    return Person(studio.sandbox.url, studio.sandbox.api_user, studio.sandbox.api_key)


def job_of(person: Person, word: str) -> tuple[str, str]:
    """Status and description of the person's newest Job that speaks of *word*."""
    person.session.reset()
    jobs = person.session.query(f"Job where user_id is {person.user['id']} order by created_at descending").all()
    said = ((job["status"], str(json.loads(job["data"])["description"])) for job in jobs)
    return next((each for each in said if word in each[1]), ("", ""))


def test_an_upload_goes_to_dailies_and_its_movie_is_replaced(studio: Studio, person: Person, tmp_path: Path) -> None:
    work = tmp_path / "production"
    task = studio.task(studio.shot(studio.project()))
    movie = media.movie(work / "SH010_comp_v001.mov")
    form = person.launch("Upload Media", [task])
    again = person.launch("Upload Media", [task], fill_form(form, {"File path": str(work / "none.mov")}))
    assert "There is no file" in again["items"][0]["value"]
    started = person.launch("Upload Media", [task], fill_form(again, {"File path": str(movie), "Add slate": "Yes"}))
    assert started["success"]
    assert "SH010_comp_v001.mov" in started["message"]

    def made() -> Any:
        return person.session.query(f"AssetVersion where task_id is {task['id']}").first()

    version = until(made, 20, "the version")
    run = studio.run("add_version_to_dailies", version)
    assert run["state"] == "done", run
    assert until(lambda: job_of(person, "ReviewAsset")[0] == "done", 10, "the Job's end")

    other = media.movie(work / "SH010_comp_v002.mov")
    version = made()
    form = person.launch("Update RV Component", [version])
    values = fill_form(form)
    [(field, path)] = [(name, value) for name, value in values.items() if name.startswith("file_path")]
    assert path == str(movie)
    person.launch("Update RV Component", [version], {field: str(other)})
    assert until(lambda: studio.metadata(version).get("source_file") == str(other), 10, "the other movie")


def test_a_decoder_that_is_killed_fails_its_job_alone(
    studio: Studio, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[apart._Child] = []
    take = apart._take

    def spy() -> apart._Child:
        taken.append(take())
        return taken[-1]

    monkeypatch.setattr(apart, "_take", spy)
    task = studio.task(studio.shot(studio.project()))
    long = media.movie(tmp_path / "production" / "long.mov", frames=2000, size=(640, 480))
    person.launch("Upload Media", [task], fill_form(person.launch("Upload Media", [task]), {"File path": str(long)}))
    until(lambda: "Encoding long.mov" in job_of(person, "long.mov")[1], 20, "the encode")
    os.kill(taken[-1]._process.pid, signal.SIGSEGV)

    def failed() -> str:
        status, said = job_of(person, "long.mov")
        return said if status == "failed" else ""

    assert "long.mov cannot be read: it crashes the decoder (SIGSEGV)" in until(failed, 20, "the failed Job")
    short = media.movie(tmp_path / "production" / "short.mov")
    person.launch("Upload Media", [task], fill_form(person.launch("Upload Media", [task]), {"File path": str(short)}))
    assert until(lambda: job_of(person, "short.mov")[0] == "done", 20, "the next upload")


def test_a_job_that_fails_says_why(studio: Studio, person: Person, tmp_path: Path) -> None:
    work = tmp_path / "production"
    task = studio.task(studio.shot(studio.project()))
    whole = media.movie(work / "a.mov", frames=48, options={"movflags": "+faststart"}).read_bytes()
    (work / "cut.mov").write_bytes(whole[: len(whole) * 2 // 3])
    form = person.launch("Upload Media", [task])
    person.launch("Upload Media", [task], fill_form(form, {"File path": str(work / "cut.mov"), "Asset name": "Cut"}))

    def failed() -> str:
        status, said = job_of(person, "cut.mov is")
        return said if status == "failed" else ""

    assert "cut.mov is damaged or cut off" in until(failed, 20, "the failed Job")
