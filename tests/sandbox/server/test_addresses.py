"""URLs among the answers lead to where the client found the server."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

from ftrack_sandbox.sandbox import Sandbox
from ftrack_sandbox.server import ServerThread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ftrack_sandbox.testing import SandboxServer


def call(url: str, user: str, key: str, *operations: dict[str, Any], **headers: str) -> Any:
    given = {"ftrack-user": user, "ftrack-api-key": key, "ftrack-strict-api": "true", **headers}
    response = requests.post(f"{url}/api", json=list(operations), headers=given, timeout=10)
    assert response.status_code == 200, response.text
    return response.json()


def asked(component_id: str) -> list[dict[str, Any]]:
    """Everything whose answer has a URL."""
    return [
        {"action": "create", "entity_type": "FileComponent", "entity_data": {"id": component_id, "name": "plate"}},
        {
            "action": "create",
            "entity_type": "ComponentLocation",
            "entity_data": {
                "component_id": component_id,
                "location_id": "3a372bde-05bc-11e4-8908-20c9d081909b",
                "resource_identifier": component_id,
            },
        },
        {
            "action": "update",
            "entity_type": "User",
            "entity_key": ["admin-id"],
            "entity_data": {"thumbnail_id": component_id},
        },
        {"action": "query", "expression": "select thumbnail_url from User where thumbnail_id is_not none"},
        {"action": "query", "expression": f"select url from ComponentLocation where component_id is {component_id}"},
        {"action": "get_upload_metadata", "component_id": component_id, "file_name": "a", "file_size": 1},
        {"action": "get_upload_metadata", "component_id": component_id, "file_name": "a", "file_size": 2, "parts": 2},
        {"action": "get_widget_url", "name": "info"},
        {"action": "generate_signed_url", "component_id": component_id},
    ]


def urls(server: SandboxServer, **headers: str) -> list[str]:
    operations = asked(str(uuid.uuid4()))
    found = call(
        server.url,
        server.api_user,
        server.api_key,
        {"action": "query", "expression": f'select id from User where username is "{server.api_user}"'},
    )
    operations[2]["entity_key"] = [found[0]["data"][0]["id"]]
    answers = call(server.url, server.api_user, server.api_key, *operations, **headers)[3:]
    return [
        answers[0]["data"][0]["thumbnail_url"]["url"],
        answers[1]["data"][0]["url"]["value"],
        answers[2]["url"],
        *(part["signed_url"] for part in answers[3]["urls"]),
        answers[4]["widget_url"],
        answers[5]["signed_url"],
    ]


@pytest.mark.parametrize("host", ["ftrack.example.com", "ftrack.example.com:8443", "192.168.1.7:8090", "[fe80::1]:80"])
def test_urls_have_the_host_that_the_client_asked(ftrack_sandbox_session: SandboxServer, host: str) -> None:
    found = urls(ftrack_sandbox_session, Host=host)
    assert len(found) == 7
    assert {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in found} == {f"http://{host}"}


def test_urls_have_the_scheme_that_a_proxy_on_this_machine_tells(ftrack_sandbox_session: SandboxServer) -> None:
    found = urls(ftrack_sandbox_session, Host="ftrack.example.com", **{"X-Forwarded-Proto": "https"})
    assert all(url.startswith("https://ftrack.example.com/") for url in found)


@pytest.mark.parametrize("host", ["", "evil.example.com/path", "user@evil.example.com", "a b", "[x"])
def test_urls_have_the_listening_address_where_the_host_is_no_name(
    ftrack_sandbox_session: SandboxServer, host: str
) -> None:
    found = urls(ftrack_sandbox_session, Host=host)
    assert all(url.startswith(f"{ftrack_sandbox_session.url}/") for url in found)


@pytest.fixture
def everywhere(tmp_path: Path) -> Iterator[tuple[str, Sandbox]]:
    """A server that listens on all addresses."""
    sandbox = Sandbox(tmp_path, seed="empty", api_key="key")
    thread = ServerThread(sandbox, host="0.0.0.0")  # noqa: S104 - what is tested
    thread.start()
    yield f"http://127.0.0.1:{thread.port}", sandbox
    thread.stop()


def test_a_server_on_all_addresses_takes_uploads(everywhere: tuple[str, Sandbox]) -> None:
    url, sandbox = everywhere
    component_id = str(uuid.uuid4())
    operation = {"action": "get_upload_metadata", "component_id": component_id, "file_name": "a", "file_size": 3}
    address = call(url, "admin", "key", operation)[0]["url"]
    assert address.startswith(f"{url}/")
    assert requests.put(address, data=b"abc", timeout=10).status_code == 200
    assert sandbox.files.existing(component_id).read_bytes() == b"abc"
