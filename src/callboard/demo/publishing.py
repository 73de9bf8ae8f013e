"""Before noon: artists publish their movies for review."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from pathlib import Path

import av
import requests

from callboard.changes import Entity
from callboard.demo import cast
from callboard.demo.media import make_movie, make_render
from callboard.demo.people import fill_form
from callboard.demo.stage import Stage

#: Shots whose animation is published, and the hue of its sky.
PUBLISHED = {"SH010": 140, "SH020": 20}


def play(stage: Stage) -> None:
    """Play two movies, their dailies list, and the movie that RV plays."""
    stage.teller.act("11:00  Movies for review")
    for shot, hue in PUBLISHED.items():
        _publish(stage, shot, hue)
    _re_render(stage)
    _publish_render(stage)


def _publish(stage: Stage, shot: str, hue: int) -> None:
    teller, artist = stage.teller, stage.person(cast.ANIMATOR)
    movie = stage.media / cast.PROJECT / f"{shot}_animation_v001.mov"
    make_movie(movie, f"{cast.PROJECT} {shot} animation", hue=hue)
    before = _fingerprint(movie)
    task = artist.session.query(task_of(shot, "Animation")).one()
    form = artist.launch("Upload Media", [task])
    answers = {"File path": str(movie), "Add slate": "Yes", "Note": "First pass, timing only."}
    artist.launch("Upload Media", [task], fill_form(form, answers))
    teller.person(artist.name, f"publishes {movie.name} on the animation of {shot} (Upload Media, with a slate).")
    version = teller.verify(
        "a version is pending internal review, with a thumbnail and the artist's note",
        lambda: _version(stage, shot, "Pending Internal Review"),
        seconds=60,
    )
    if version is None:
        return
    teller.verify("its review movie plays in a browser: H.264, 24 frames a second", lambda: _plays(stage, version))
    teller.verify("RV plays the original file", lambda: played_by_rv(stage, version.id) == str(movie))
    teller.verify("the original file is unchanged", lambda: _fingerprint(movie) == before)
    stage.tell_run("add_version_to_dailies", version.id, "Pending Internal Review")
    teller.verify(
        "the version is on the dailies list of its day, once",
        lambda: (
            len(
                stage.studio.ftrack.query(
                    f'ListObject where entity_id is "{version.id}" and list.name like "Dailies_%"'
                )
            )
            == 1
        ),
    )


def _re_render(stage: Stage) -> None:
    teller, artist = stage.teller, stage.person(cast.ANIMATOR)
    movie = stage.media / cast.PROJECT / "SH010_animation_v001_graded.mov"
    make_movie(movie, f"{cast.PROJECT} SH010 graded", hue=180)
    version = artist.session.query(f"AssetVersion where {VERSION_OF.format(shot='SH010')}").one()
    form = artist.launch("Update RV Component", [version])
    field = next(item for item in form["items"] if item["type"] == "text")
    artist.launch("Update RV Component", [version], {**fill_form(form), field["name"]: str(movie)})
    teller.person(artist.name, f"points RV to {movie.name} (Update RV Component).")
    teller.verify("RV plays the graded movie", lambda: played_by_rv(stage, version["id"]) == str(movie))


def _publish_render(stage: Stage) -> None:
    """Publish a comp as studios render them: frames in scene-linear light, which no browser can show."""
    teller, artist = stage.teller, stage.person(cast.LIGHTER)
    render = stage.media / cast.PROJECT / "SH020_comp_v002.%04d.exr"
    make_render(render)
    task = artist.session.query(task_of("SH020", "Compositing")).one()
    form = artist.launch("Upload Media", [task])
    answers = {"File path": str(render), "Add slate": "Yes", "Note": "Moon is at its final exposure."}
    answer = artist.launch("Upload Media", [task], fill_form(form, answers))
    teller.person(artist.name, f"publishes the EXR sequence {render.name} on the compositing of SH020.")
    teller.quote("Answer", answer["message"])
    teller.verify(
        "its review movie has a slate frame and twelve pictures, from 1000 to 1012",
        lambda: _has_rendered(stage),
        seconds=60,
    )


def _has_rendered(stage: Stage) -> bool:
    """Return whether the comp's movie is there, whole and with its numbers."""
    versions = stage.studio.ftrack.query(
        'select components.name, components.metadata from AssetVersion where task.parent.name is "SH020" '
        f'and task.type.name is "Compositing" and task.project.name is "{cast.PROJECT}"'
    )
    if not versions:
        return False
    component = next(each for each in versions[0]["components"] if each["name"] == "ftrackreview-mp4")
    meta = json.loads(next(row["value"] for row in component["metadata"] if row["key"] == "ftr_meta"))
    with av.open(BytesIO(_fetch(stage, component)), "r") as container:
        frames = sum(1 for _ in container.decode(video=0))
    return (meta["frameIn"], meta["frameOut"], frames) == (1000, 1012, 13)


#: Finds the published version of a shot's animation.
VERSION_OF = 'task.parent.name is "{shot}" and task.type.name is "Animation" and task.project.name is "' + (
    cast.PROJECT + '"'
)


def task_of(shot: str, task_type: str) -> str:
    """Return the query for a task of the day's project."""
    return f'Task where project.name is "{cast.PROJECT}" and parent.name is "{shot}" and type.name is "{task_type}"'


def played_by_rv(stage: Stage, version_id: str) -> str:
    """Return the path of the one component ``movie`` of a version."""
    component = stage.studio.one(
        "select component_locations.resource_identifier from Component "
        f'where version_id is "{version_id}" and name is "movie"'
    )
    assert len(component["component_locations"]) == 1, "it is in several locations"
    return str(component["component_locations"][0]["resource_identifier"])


def _version(stage: Stage, shot: str, status: str) -> Entity | None:
    version = stage.studio.one(
        "select status.name, thumbnail_id, components.name, notes.content from AssetVersion "
        f"where {VERSION_OF.format(shot=shot)}"
    )
    names = {component["name"] for component in version["components"]}
    complete = (
        version.at("status.name") == status
        and names >= {"ftrackreview-mp4", "movie"}
        and version["thumbnail_id"]
        and version["notes"]
    )
    return version if complete else None


def _plays(stage: Stage, version: Entity) -> bool:
    component = next(each for each in version["components"] if each["name"] == "ftrackreview-mp4")
    with av.open(BytesIO(_fetch(stage, component)), "r") as container:
        video = container.streams.video[0]
        frames = sum(1 for _ in container.decode(video))
        return video.codec_context.name == "h264" and video.average_rate == 24 and frames >= 48


def _fetch(stage: Stage, component: Entity) -> bytes:
    """Return a component's file, as a browser gets it."""
    login = {"username": stage.studio.ftrack.api_user, "apiKey": stage.studio.key}
    answer = requests.get(f"{stage.studio.url}/component/get", params={"id": component.id, **login}, timeout=30)
    answer.raise_for_status()
    return answer.content


def _fingerprint(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() + str(file.stat().st_mtime_ns)
