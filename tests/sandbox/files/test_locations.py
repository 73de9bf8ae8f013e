"""Files in the location ftrack.server, as the official client puts and gets them."""

from __future__ import annotations

import uuid
from contextlib import closing
from io import BytesIO
from typing import TYPE_CHECKING, Any

import ftrack_api.exception
import ftrack_api.symbol
import pytest
import requests
from PIL import Image
from tests.media_files import image

if TYPE_CHECKING:
    from pathlib import Path

    from ftrack_sandbox.testing import SandboxServer


@pytest.fixture
def location(session: Any) -> Any:
    return session.get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)


def bytes_of(component: Any, location: Any) -> bytes:
    content: bytes = requests.get(location.get_url(component), timeout=10).content
    return content


def test_a_file_goes_up_and_comes_back(session: Any, location: Any, tmp_path: Path) -> None:
    source = tmp_path / "Grüße, Zoë.bin"
    source.write_bytes(bytes(range(256)) * 5000)
    component = session.create_component(str(source), location=location)
    session.commit()
    assert bytes_of(component, location) == source.read_bytes()
    reader = session.query(f"Component where id is {component['id']}").one()
    assert reader["component_locations"][0]["location_id"] == location["id"]
    with closing(location.accessor.open(component["id"], "rb")) as data:
        assert data.read() == source.read_bytes()


def test_an_empty_file_goes_up(session: Any, location: Any, tmp_path: Path) -> None:
    source = tmp_path / "empty.txt"
    source.touch()
    component = session.create_component(str(source), location=location)
    assert bytes_of(component, location) == b""


def test_a_download_has_the_components_name(session: Any, location: Any, tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text("x")
    component = session.create_component(str(source), data={"name": "main plate"}, location=location)
    session.commit()
    response = requests.get(location.get_url(component), timeout=10)
    assert "main%20plate.txt" in response.headers["content-disposition"]


def test_a_removed_file_is_gone(session: Any, location: Any, tmp_path: Path) -> None:
    component = session.create_component(str(image(tmp_path / "a.png")), location=location)
    session.commit()
    thumbnail = location.get_thumbnail_url(component)
    assert requests.get(thumbnail, timeout=10).ok
    location.remove_component(component)
    assert requests.get(location.accessor.get_url(component["id"]), timeout=10).status_code == 404
    assert requests.get(thumbnail, timeout=10).status_code == 404
    with (
        closing(location.accessor.open(component["id"], "rb")) as data,
        pytest.raises(ftrack_api.exception.AccessorOperationFailedError),
    ):
        data.read()


def test_a_thumbnail_is_bounded_by_a_square(session: Any, location: Any, tmp_path: Path) -> None:
    path = image(tmp_path / "wide.jpg", size=(800, 400))
    component = session.create_component(str(path), location=location)
    session.commit()
    sizes = []
    for size in (None, 100, 100):
        response = requests.get(location.get_thumbnail_url(component, size), timeout=10)
        assert response.headers["content-type"] == "image/png"
        with Image.open(BytesIO(response.content)) as thumbnail:
            sizes.append(thumbnail.size)
    assert sizes == [(300, 150), (100, 50), (100, 50)]


def test_an_entity_shows_its_thumbnail(session: Any, tmp_path: Path) -> None:
    name = f"p_{uuid.uuid4().hex[:8]}"
    schema = session.query("ProjectSchema").first()
    project = session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
    session.commit()
    project.create_thumbnail(str(image(tmp_path / "a.png")))
    found = session.query(f"select thumbnail_url from Project where name is {name}").one()
    assert requests.get(found["thumbnail_url"]["url"], timeout=10).headers["content-type"] == "image/png"


def test_a_new_file_has_a_new_thumbnail(session: Any, location: Any, tmp_path: Path) -> None:
    component = session.create_component(str(image(tmp_path / "a.png", color="red")), location=location)
    session.commit()
    colors = []
    for color in ("red", "blue"):
        data = location.accessor.open(component["id"], "wb")
        data.write(image(tmp_path / f"{color}.png", color=color).read_bytes())
        data.close()
        response = requests.get(location.get_thumbnail_url(component), timeout=10)
        with Image.open(BytesIO(response.content)) as thumbnail:
            colors.append(thumbnail.convert("RGB").getpixel((0, 0)))
    assert colors == [(255, 0, 0), (0, 0, 255)]


@pytest.mark.parametrize("size", ["0", "-1", "100000", "9" * 5000, "x", "1.5", ""])
def test_a_wrong_size_is_refused(session: Any, location: Any, tmp_path: Path, size: str) -> None:
    component = session.create_component(str(image(tmp_path / "a.png")), location=location)
    session.commit()
    response = requests.get(location.get_thumbnail_url(component, 1).replace("size=1", f"size={size}"), timeout=10)
    assert (response.status_code, response.json()["exception"]) == (400, "ValidationError")


def test_what_is_no_image_has_no_thumbnail(session: Any, location: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("no image")
    component = session.create_component(str(path), location=location)
    session.commit()
    response = requests.get(location.get_thumbnail_url(component), timeout=10)
    assert response.status_code == 400
    assert "is not an image" in response.json()["content"]


@pytest.mark.parametrize("path", ["get", "thumbnail", "remove"])
def test_files_need_credentials_and_ids_stay_in_the_folder(ftrack_sandbox_session: SandboxServer, path: str) -> None:
    server = ftrack_sandbox_session
    url = f"{server.url}/component/{path}"
    wrong = {"id": "x", "username": server.api_user, "apiKey": "wrong"}
    assert requests.get(url, params=wrong, timeout=10).status_code == 401
    for outside in ("../../api_key", "/etc/passwd", "..", "", "a/b", "a\0b"):
        query = {"id": outside, "username": server.api_user, "apiKey": server.api_key}
        assert requests.get(url, params=query, timeout=10).status_code == 400


def test_a_thumbnail_is_written_as_a_real_server_writes_it(session: Any, location: Any, tmp_path: Path) -> None:
    component = session.create_component(str(image(tmp_path / "a.png")), location=location)
    session.commit()
    content = requests.get(location.get_thumbnail_url(component), timeout=10).content
    depth, color_type = content[24], content[25]
    assert (depth, color_type) == (8, 3)
    palette = content.index(b"PLTE")
    assert int.from_bytes(content[palette - 4 : palette]) == 768


def test_the_placeholder_that_clients_ask_for_is_a_picture(ftrack_sandbox_session: SandboxServer) -> None:
    response = requests.get(f"{ftrack_sandbox_session.url}/img/thumbnail2.png", timeout=10)
    assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
    with Image.open(BytesIO(response.content)) as picture:
        picture.load()
        assert picture.format == "PNG"
        assert len(picture.getcolors() or []) > 1
    assert len(response.content) < 2000
