"""Upload addresses: whole files, parts, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import TYPE_CHECKING, Any

import ftrack_api.exception
import pytest
import requests

from ftrack_sandbox.media.files import FileStore
from ftrack_sandbox.media.uploads import Permit, Uploads

if TYPE_CHECKING:
    from pathlib import Path

    from ftrack_sandbox.testing import SandboxServer

CONTENT = b"what is uploaded"


def metadata(session: Any, **more: Any) -> Any:
    operation = {
        "action": "get_upload_metadata",
        "component_id": str(uuid.uuid4()),
        "file_name": "a.bin",
        "file_size": len(CONTENT),
        "checksum": None,
        **more,
    }
    return session.call([operation])[0]


def download(server: SandboxServer, component_id: str) -> requests.Response:
    query = {"id": component_id, "username": server.api_user, "apiKey": server.api_key}
    return requests.get(f"{server.url}/component/get", params=query, timeout=10)


def put(address: str, content: bytes = CONTENT, **headers: str) -> requests.Response:
    return requests.put(address, data=content, headers=headers, timeout=10)


def test_the_address_authorises_itself(session: Any, ftrack_sandbox_session: SandboxServer) -> None:
    checksum = base64.b64encode(hashlib.md5(CONTENT, usedforsecurity=False).digest()).decode()
    answer = metadata(session, checksum=checksum)
    assert answer["headers"]["Content-MD5"] == checksum
    assert put(answer["url"], **answer["headers"]).status_code == 200
    assert download(ftrack_sandbox_session, answer["component_id"]).content == CONTENT


def test_parts_become_one_file(session: Any, ftrack_sandbox_session: SandboxServer) -> None:
    answer = metadata(session, parts=3)
    assert "url" not in answer
    parts: list[dict[str, Any]] = []
    for each in reversed(answer["urls"]):
        response = put(each["signed_url"], f"part {each['part_number']} ".encode())
        parts.insert(0, {"part_number": each["part_number"], "e_tag": response.headers["ETag"].strip('"')})
    done = session.call(
        [
            {
                "action": "complete_multipart_upload",
                "upload_id": answer["upload_id"],
                "component_id": answer["component_id"],
                "parts": parts,
            }
        ]
    )[0]
    assert done["component_id"] == answer["component_id"]
    assert download(ftrack_sandbox_session, answer["component_id"]).content == b"part 1 part 2 part 3 "


@pytest.mark.parametrize(
    "mistake", ["a part is missing", "a wrong e_tag", "out of order", "no parts", "another upload"]
)
def test_parts_that_do_not_fit_are_refused(session: Any, ftrack_sandbox_session: SandboxServer, mistake: str) -> None:
    answer = metadata(session, parts=2)
    urls = answer["urls"][:1] if mistake == "a part is missing" else answer["urls"]
    e_tag = put(urls[0]["signed_url"]).headers["ETag"]
    for each in urls[1:]:
        put(each["signed_url"])
    parts = [{"part_number": number, "e_tag": e_tag} for number in (1, 2)]
    if mistake == "a wrong e_tag":
        parts[1]["e_tag"] = "0" * 32
    if mistake == "out of order":
        parts.reverse()
    operation = {
        "action": "complete_multipart_upload",
        "upload_id": "0" * 32 if mistake == "another upload" else answer["upload_id"],
        "component_id": answer["component_id"],
        "parts": [] if mistake == "no parts" else parts,
    }
    with pytest.raises(ftrack_api.exception.ServerError, match="ValidationError"):
        session.call([operation])
    assert download(ftrack_sandbox_session, answer["component_id"]).status_code == 404


@pytest.mark.parametrize(
    ("content", "named"),
    [(CONTENT + b"more", "bytes were announced"), (CONTENT[:-1] + b"?", "MD5"), (b"", "announced")],
)
def test_other_content_than_announced_is_refused(
    session: Any, ftrack_sandbox_session: SandboxServer, content: bytes, named: str
) -> None:
    checksum = base64.b64encode(hashlib.md5(CONTENT, usedforsecurity=False).digest()).decode()
    answer = metadata(session, checksum=checksum)
    response = put(answer["url"], content)
    assert response.status_code == 400
    assert named in response.json()["content"]
    assert download(ftrack_sandbox_session, answer["component_id"]).status_code == 404


def test_more_than_was_announced_is_read_and_not_kept(session: Any) -> None:
    response = put(metadata(session, file_size=10)["url"], b"x" * 5_000_000)
    assert response.status_code == 400
    assert response.json()["content"] == "10 bytes were announced, 5000000 came."


def test_an_address_is_good_for_one_component_only(session: Any, ftrack_sandbox_session: SandboxServer) -> None:
    answer = metadata(session)
    changed = answer["url"].replace(answer["component_id"], str(uuid.uuid4()))
    assert put(changed).status_code == 403
    assert put(f"{ftrack_sandbox_session.url}/component/upload").status_code == 403


def test_a_signature_of_odd_characters_is_refused(session: Any) -> None:
    response = put(f"{metadata(session)['url'].partition('&signature=')[0]}&signature=é")
    assert (response.status_code, response.json()["exception"]) == (403, "PermissionError")


@pytest.mark.parametrize(
    "wrong",
    [
        {"component_id": "../api_key"},
        {"component_id": None},
        {"file_size": -1},
        {"file_size": "many"},
        {"file_size": True},
        {"parts": 0},
        {"parts": 10_001},
        {"parts": "x"},
        {"checksum": 7},
    ],
)
def test_wrong_requests_for_an_address_are_refused(session: Any, wrong: Any) -> None:
    with pytest.raises(ftrack_api.exception.ServerError, match="ValidationError"):
        metadata(session, **wrong)


def test_a_file_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    incoming = files.receive()
    incoming.write(b"half")
    incoming._file.close()
    assert list((tmp_path / "incoming").iterdir())
    FileStore(tmp_path)
    assert not list((tmp_path / "incoming").iterdir())


def test_an_address_outlives_a_restart_but_not_its_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = FileStore(tmp_path)
    query = {"id": "x", "expires": "1000", "size": "3"}
    signature = Uploads(files, "secret")._sign(query)
    monkeypatch.setattr("ftrack_sandbox.media.uploads.time.time", lambda: 999.0)
    assert Uploads(files, "secret").permit({**query, "signature": signature}) == Permit("x", size=3)
    monkeypatch.setattr("ftrack_sandbox.media.uploads.time.time", lambda: 1001.0)
    with pytest.raises(Exception, match="expired"):
        Uploads(files, "secret").permit({**query, "signature": signature})
