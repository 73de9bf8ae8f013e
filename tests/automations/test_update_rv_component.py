"""Update RV Component, on real files and a real server."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import ftrack_api.symbol
import pytest
from tests import media
from tests.automations.carried import CarriedJob, entered, mistake

from callboard.automations.update_rv_component import set_movies, update_rv_component
from callboard.errors import Cancelled, Refused
from callboard.forms import Form, Message, StartJob
from callboard.ftrack import Ftrack
from callboard.studio.media import Source
from callboard.studio.media.locate import Frame
from callboard.studio.versions import movies
from callboard.studio.versions.movies import replace_movies
from ftrack_sandbox.testing import SandboxServer

NAME = update_rv_component.__name__


@pytest.fixture
def versions(compositing: Any) -> list[Any]:
    """Three versions of an asset of the test's own."""
    session, shot = compositing.session, compositing["parent"]
    asset = session.create("Asset", {"name": "comp", "parent": shot, "type": session.query("AssetType").first()})
    made = [session.create("AssetVersion", {"asset": asset}) for _ in range(3)]
    session.commit()
    return made


@pytest.fixture
def job(ftrack_sandbox_session: SandboxServer, work: Path) -> CarriedJob:
    return CarriedJob(NAME, ftrack_sandbox_session, media_roots=[work])


def values(paths: dict[str, object]) -> dict[str, Any]:
    return {f"file_path_{version_id}": str(path) for version_id, path in paths.items()}


def paths(job: CarriedJob, version: Any) -> list[str]:
    """Where the components `movie` of a version lie, as the official client tells."""
    session = job.sandbox.session()
    unmanaged = session.get("Location", ftrack_api.symbol.UNMANAGED_LOCATION_ID)
    movies = session.query(f'Component where version_id is {version["id"]} and name is "movie"')
    return [unmanaged.get_filesystem_path(movie) for movie in movies]


def source_file(job: CarriedJob, version: Any) -> str | None:
    found: dict[str, str] = dict(job.sandbox.session().get("AssetVersion", version["id"])["metadata"])
    return found.get("source_file")


def test_the_form_has_a_path_for_each_version_filled_in(job: CarriedJob, versions: list[Any]) -> None:
    session = versions[0].session
    versions[0]["metadata"]["source_file"] = "/production/old.mov"
    session.commit()
    form = job.launch(*versions[:2])
    assert isinstance(form, Form)
    assert [item["value"] for item in form.items if item["type"] == "label"] == [
        "**SH010 comp v1**",
        "**SH010 comp v2**",
    ]
    assert list(entered(form).values()) == ["/production/old.mov", ""]
    assert all(item["label"] == "File path" for item in form.items if item["type"] == "text")


def test_the_movie_and_the_source_file_are_set(job: CarriedJob, versions: list[Any], work: Path) -> None:
    first, second = media.movie(work / "a.mov"), media.movie(work / "b.mov")
    sentence = job.carry_out(*versions[:2], values=values({versions[0]["id"]: first, versions[1]["id"]: second}))
    assert sentence == "Set the movie of 2 versions."
    assert [paths(job, version) for version in versions] == [[str(first)], [str(second)], []]
    assert [source_file(job, version) for version in versions] == [str(first), str(second), None]


def test_a_path_from_a_windows_desk_is_found_here(
    ftrack_sandbox_session: SandboxServer, versions: list[Any], work: Path
) -> None:
    movie = media.movie(work / "a.mov")
    job = CarriedJob(NAME, ftrack_sandbox_session, media_roots=[work], path_map={"P:": str(work)})
    job.carry_out(versions[0], values=values({versions[0]["id"]: Path("P:\\a.mov")}))
    assert paths(job, versions[0]) == [str(movie)]
    assert source_file(job, versions[0]) == str(movie)


@pytest.mark.parametrize(
    ("platform", "folder"), [("windows", "P:"), ("macos", "/Volumes/production"), ("linux", "/net/production")]
)
def test_components_have_the_paths_of_the_players(
    ftrack_sandbox_session: SandboxServer,
    versions: list[Any],
    work: Path,
    platform: str,
    folder: str,
) -> None:
    separator = "\\" if platform == "windows" else "/"
    path_map = {"P:": str(work), "/Volumes/production": str(work), "/net/production": str(work)}
    job = CarriedJob(NAME, ftrack_sandbox_session, media_roots=[work], path_map=path_map, component_paths=platform)
    media.sequence(work / "plates", "shot.%04d.png", frames=3)
    typed = "P:\\plates\\shot.%04d.png 1001-1003"
    form_values = values({versions[0]["id"]: Path(typed)})
    assert job.carry_out(versions[0], values=form_values) == "Set the movie of 1 version."
    written = separator.join([folder, "plates", "shot.%04d.png"])
    assert paths(job, versions[0]) == [written]
    assert source_file(job, versions[0]) == f"{work}/plates/shot.%04d.png 1001-1003"
    session = job.sandbox.session()
    members = session.query(f"FileComponent where container.version_id is {versions[0]['id']}").all()
    location = session.query('Location where name is "ftrack.unmanaged"').one()
    assert sorted(location.get_resource_identifiers(members)) == [
        separator.join([folder, "plates", f"shot.{number}.png"]) for number in (1001, 1002, 1003)
    ]
    assert job.carry_out(versions[0], values=form_values) == "1 version already had that movie."


def test_it_replaces_whatever_was_there(job: CarriedJob, versions: list[Any], work: Path) -> None:
    version = versions[0]
    pattern = media.sequence(work, "shot.%04d.png", frames=3)
    movie = media.movie(work / "a.mov")
    for path in (pattern, movie, pattern, movie):
        job.carry_out(version, values=values({version["id"]: path}))
        assert paths(job, version) == [str(path)]
    session = job.sandbox.session()
    members = session.query(
        f'FileComponent where file_type is ".png" and container.version_id is {version["id"]}'
    ).all()
    assert list(members) == []


def test_two_movies_become_one(job: CarriedJob, versions: list[Any], work: Path) -> None:
    session, version = versions[0].session, versions[0]
    for _ in range(2):
        session.create("FileComponent", {"name": "movie", "version": version})
    session.commit()
    job.carry_out(version, values=values({version["id"]: media.movie(work / "a.mov")}))
    assert paths(job, version) == [str(work / "a.mov")]


def test_a_repeat_changes_nothing(job: CarriedJob, versions: list[Any], work: Path) -> None:
    given = values(
        {versions[0]["id"]: media.movie(work / "a.mov"), versions[1]["id"]: media.sequence(work, "s.%04d.png")}
    )
    job.carry_out(*versions[:2], values=given)

    def there() -> set[str]:
        ids = " ".join(version["id"] for version in versions)
        found = job.sandbox.session().query(f"Component where version_id in ({ids.replace(' ', ', ')})")
        return {component["id"] for component in found}

    before = there()
    assert job.carry_out(*versions[:2], values=given) == "2 versions already had that movie."
    assert there() == before


def test_every_mistake_is_named_and_the_values_are_kept(
    job: CarriedJob, versions: list[Any], work: Path, tmp_path: Path
) -> None:
    (work / "text.mov").write_text("no movie at all")
    outside = media.movie(tmp_path / "outside.mov")
    given = values(
        {versions[0]["id"]: work / "none.mov", versions[1]["id"]: work / "text.mov", versions[2]["id"]: outside}
    )
    answer = job.launch(*versions, values=given)
    said = mistake(answer)
    assert "SH010 comp v1: There is no file" in said
    assert "SH010 comp v2: " in said
    assert "is not a movie that can be read" in said
    assert "SH010 comp v3: " in said
    assert "lies outside" in said
    assert entered(answer) == given


def test_one_mistake_changes_none(job: CarriedJob, versions: list[Any], work: Path) -> None:
    given = values({versions[0]["id"]: media.movie(work / "a.mov"), versions[1]["id"]: work / "none.mov"})
    assert isinstance(job.launch(*versions[:2], values=given), Form)
    assert [paths(job, version) for version in versions] == [[], [], []]


def test_an_empty_path_leaves_the_version_as_it_is(job: CarriedJob, versions: list[Any], work: Path) -> None:
    given = values({versions[0]["id"]: media.movie(work / "a.mov"), versions[1]["id"]: ""})
    assert job.carry_out(*versions[:2], values=given) == "Set the movie of 1 version."
    empty = values({versions[0]["id"]: "", versions[1]["id"]: " "})
    assert "Every File path is empty" in mistake(job.launch(*versions[:2], values=empty))


def test_a_deleted_version_stops_all_of_them(job: CarriedJob, versions: list[Any], work: Path) -> None:
    path = media.movie(work / "a.mov")
    answer = job.launch(*versions[:2], values=values({version["id"]: path for version in versions[:2]}))
    assert isinstance(answer, StartJob)
    assert isinstance(answer.reply, Message)
    versions[1].session.delete(versions[1])
    versions[1].session.commit()
    with pytest.raises(Refused, match="1 of 2 versions do not exist any more; nothing was changed"):
        answer.work(job, answer.arguments)
    assert paths(job, versions[0]) == []


def test_two_at_once_leave_one_movie(ftrack_sandbox_session: SandboxServer, versions: list[Any], work: Path) -> None:
    sandbox = ftrack_sandbox_session
    files = [media.movie(work / f"{name}.mov") for name in "abcd"]
    barrier = threading.Barrier(len(files))
    failures: list[BaseException] = []

    def update(path: Path) -> None:
        job = CarriedJob(NAME, sandbox, media_roots=[work])
        barrier.wait()
        try:
            set_movies(job, {"paths": {version["id"]: str(path) for version in versions}})
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=update, args=(path,)) for path in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    job = CarriedJob(NAME, sandbox, media_roots=[work])
    [[first], [second], [third]] = [paths(job, version) for version in versions]
    assert first == second == third
    assert {source_file(job, version) for version in versions} == {first}


def long_sequence(name: str, frames: int) -> Source:
    """A sequence as it is found on disk, without its files."""
    files = tuple(Frame(number, f"{number:04d}", f"{name}.{number:04d}.exr") for number in range(1001, 1001 + frames))
    path = f"/production/{name}.%04d.exr"
    return Source(path, path, 1001, 1000 + frames, 4, frames * 1000, 0, files)


def test_long_sequences_are_sent_in_parts_and_shown_when_they_are_whole(
    job: CarriedJob, versions: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {version["id"]: long_sequence(f"shot{number}", 400) for number, version in enumerate(versions)}
    sizes: list[int] = []
    commit = Ftrack.commit

    def count(ftrack: Ftrack, operations: Any) -> Any:
        sizes.append(len(operations))
        return commit(ftrack, operations)

    monkeypatch.setattr(Ftrack, "commit", count)
    job.cancel_at = 2
    with pytest.raises(Cancelled):
        replace_movies(job, sources)
    assert [paths(job, version) for version in versions] == [[], [], []]
    job.cancel_at = None
    assert replace_movies(job, sources) == 3
    assert [paths(job, version) for version in versions] == [[source.path] for source in sources.values()]
    assert max(sizes) <= 1000
    assert replace_movies(job, sources) == 0


def test_what_was_replaced_before_a_crash_is_deleted_after_it(
    job: CarriedJob, versions: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = versions[0]
    replace_movies(job, {version["id"]: long_sequence("old", 30)})
    monkeypatch.setattr(movies, "delete_components", _crash)
    with pytest.raises(KeyboardInterrupt):
        replace_movies(job, {version["id"]: long_sequence("new", 30)})
    monkeypatch.undo()
    assert replace_movies(job, {version["id"]: long_sequence("new", 30)}) == 0
    session = job.sandbox.session()
    assert session.query('SequenceComponent where name is "movie" and version_id is none').all() == []
    assert paths(job, version) == ["/production/new.%04d.exr"]


def _crash(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
