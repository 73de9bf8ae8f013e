"""Components in locations, as pipelines keep them: on a disk of the studio's own, unmanaged, on the server."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import ftrack_api.accessor.disk
import ftrack_api.exception
import ftrack_api.structure.standard
import ftrack_api.symbol
import pytest
from tests.waiting import until


@pytest.fixture
def disk(session: Any, tmp_path: Path) -> Any:
    """A location with its own folder and ftrack's standard structure."""
    location = session.ensure("Location", {"name": f"studio.{uuid.uuid4().hex[:8]}"}, identifying_keys=["name"])
    (tmp_path / "disk").mkdir()
    location.accessor = ftrack_api.accessor.disk.DiskAccessor(prefix=str(tmp_path / "disk"))
    location.structure = ftrack_api.structure.standard.StandardStructure()
    location.priority = 1
    return location


@pytest.fixture
def unmanaged(session: Any) -> Any:
    return session.get("Location", ftrack_api.symbol.UNMANAGED_LOCATION_ID)


def frames(folder: Path) -> str:
    for number in (1001, 1002, 1003):
        (folder / f"plate.{number}.exr").write_text(str(number))
    return str(folder / "plate.%04d.exr [1001-1003]")


def test_a_file_goes_to_its_place_in_the_structure(
    session: Any, another: Any, version: Any, disk: Any, tmp_path: Path
) -> None:
    movie = tmp_path / "comp.mov"
    movie.write_text("movie")
    component = version.create_component(str(movie), data={"name": "main"}, location=disk)
    session.commit()
    place = Path(version["asset"]["parent"]["project"]["name"], "010", "010_0010", "comp", "v001", "main.mov")
    assert disk.get_resource_identifier(component) == str(place)
    assert Path(disk.get_filesystem_path(component)) == tmp_path / "disk" / place
    assert (tmp_path / "disk" / place).read_text() == "movie"
    kept = another.query(f"ComponentLocation where component_id is {component['id']}").one()
    assert (kept["resource_identifier"], kept["location_id"]) == (str(place), disk["id"])
    assert [each["name"] for each in another.get("AssetVersion", version["id"])["components"]] == ["main"]


def test_a_sequence_is_a_component_with_members(
    session: Any, another: Any, version: Any, disk: Any, tmp_path: Path
) -> None:
    made = version.create_component(frames(tmp_path), data={"name": "plate"}, location=disk)
    session.commit()
    found = another.get("SequenceComponent", made["id"])
    assert (found["padding"], found["file_type"], found["system_type"]) == (4, ".exr", "sequence")
    assert sorted(each["name"] for each in found["members"]) == ["1001", "1002", "1003"]
    paths = disk.get_filesystem_paths(made["members"])
    assert sorted(Path(path).read_text() for path in paths) == ["1001", "1002", "1003"]
    assert disk.get_component_availability(made) == 100.0
    disk.remove_component(made["members"][0])
    session.reset()
    partly = session.get("SequenceComponent", made["id"])
    assert session.get_component_availability(partly)[disk["id"]] == pytest.approx(200 / 3)


def test_the_version_may_come_later_and_from_the_container(
    session: Any, version: Any, disk: Any, tmp_path: Path
) -> None:
    sequence = session.create_component(str(tmp_path / "%04d.jpg [1-10]"), location=None, data={"name": "plate"})
    container = session.create("ContainerComponent", {"name": "package"})
    inside = session.create("FileComponent", {"name": "look", "file_type": ".xml", "container": container})
    for each in (sequence, container):
        each["version"] = version
    session.commit()
    places = [
        disk.structure.get_resource_identifier(each).rpartition("v001/")[2]
        for each in (sequence, sequence["members"][3], container, inside)
    ]
    assert places == ["plate.%04d.jpg", "plate.0004.jpg", "package", "package/look.xml"]


def test_a_location_is_emptied_and_deleted(
    session: Any, another: Any, disk: Any, unmanaged: Any, tmp_path: Path
) -> None:
    origin = session.get("Location", ftrack_api.symbol.ORIGIN_LOCATION_ID)
    container = session.create("ContainerComponent")
    origin.add_component(container, str(tmp_path), recursive=False)
    held = session.create_component(str(tmp_path / "movie.mov"), location=unmanaged)
    session.create("ComponentLocation", {"location": disk, "component": held, "resource_identifier": "movie.mov"})
    session.commit()
    session.delete(disk)
    with pytest.raises(ftrack_api.exception.ServerError, match="cannot be deleted"):
        session.commit()
    session.rollback()
    for each in disk["location_components"]:
        session.delete(each)
    session.delete(disk)
    session.commit()
    assert another.query(f"Location where id is {disk['id']}").all() == []


def test_components_move_from_location_to_location(
    session: Any, version: Any, disk: Any, unmanaged: Any, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(name)
    made = [
        version.create_component(str(tmp_path / f"{name}.txt"), data={"name": name}, location=unmanaged)
        for name in ("a", "b")
    ]
    session.commit()
    server = session.get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)
    disk.add_components(made, unmanaged)
    server.add_component(made[0], disk)
    with pytest.raises(ftrack_api.exception.ComponentInLocationError):
        disk.add_component(made[0], unmanaged)
    where = session.get_component_availabilities(made, locations=[disk, unmanaged, server])
    assert [[each[location["id"]] for location in (disk, unmanaged, server)] for each in where] == [
        [100.0, 100.0, 100.0],
        [100.0, 100.0, 0.0],
    ]
    assert session.pick_location(made[0]) is disk
    assert session.pick_locations(made) == [disk, disk]
    assert server.get_url(made[0])
    disk.remove_components(made)
    assert session.pick_location(made[1]) is unmanaged
    with pytest.raises(ftrack_api.exception.ComponentNotInLocationError):
        disk.get_resource_identifiers(made)


def test_a_container_holds_components_of_any_kind(session: Any, another: Any, version: Any, tmp_path: Path) -> None:
    container = session.create("ContainerComponent", {"name": "package", "version": version})
    for name in ("geometry.abc", "look.xml"):
        session.create_component(str(tmp_path / name), data={"name": name, "container": container}, location=None)
    session.commit()
    found = another.get("ContainerComponent", container["id"])
    assert sorted(each["name"] for each in found["members"]) == ["geometry.abc", "look.xml"]
    session.delete(container)
    session.commit()
    ids = ", ".join(each["id"] for each in found["members"])
    assert another.query(f"Component where id in ({ids}, {container['id']})").all() == []


def test_what_is_in_no_place_is_left_out(session: Any, another: Any, unmanaged: Any, tmp_path: Path) -> None:
    loose = session.create_component(str(tmp_path / "nowhere.mov"), location=None)
    held = session.create_component(str(tmp_path / "movie.mov"), location=unmanaged)
    session.commit()
    assert len(another.get("FileComponent", loose["id"])["component_locations"]) == 0
    assert session.pick_location(held) is unmanaged
    unmanaged.remove_component(held)
    session.delete(held)
    session.commit()
    assert another.query(f"Component where id is {held['id']}").all() == []


def test_who_is_connected_hears_of_components(
    ftrack_sandbox_session: Any, session: Any, unmanaged: Any, tmp_path: Path
) -> None:
    heard: list[tuple[str, str]] = []

    def listen(event: Any) -> None:
        if event["data"]["location_id"] == unmanaged["id"]:
            heard.append((event["topic"], event["data"]["component_id"]))

    with ftrack_sandbox_session.session() as listener:
        listener.event_hub.connect()
        listener.event_hub.subscribe("topic=ftrack.location.component-*", listen)
        session.event_hub.connect()
        component = session.create_component(str(tmp_path / "movie.mov"), location=unmanaged)
        unmanaged.remove_component(component)
        until(lambda: listener.event_hub.wait(duration=0.02) or len(heard) == 2, what="both events")
    assert heard == [
        ("ftrack.location.component-added", component["id"]),
        ("ftrack.location.component-removed", component["id"]),
    ]
