"""Requests that no client should send: refused in ftrack's error shape, and the server lives on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from ftrack_sandbox.testing import SandboxServer

WRONG_BODIES = {
    "nothing": b"",
    "no JSON": b"<xml/>",
    "half of a JSON": b'[{"action": "quer',
    "invalid UTF-8": b'[{"action": "query", "expression": "\xff\xfe"}]',
    "an unpaired surrogate": b'[{"action": "query", "expression": "\\ud800"}]',
    "an object": b'{"action": "query"}',
    "a number": b"7",
    "null": b"null",
    "an array of numbers": b"[1, 2]",
    "an array of arrays": b"[[]]",
    "no action": b"[{}]",
    "an unknown action": b'[{"action": "make_coffee"}]',
    "an action that is no text": b'[{"action": {"a": 1}}]',
    "a deep array": b"[" * 200_000,
    "a deep object": b'{"a":' * 200_000,
    "deep in an operation": b'[{"action": "query", "expression": ' + b"[" * 900 + b"]" * 900 + b"}]",
    "a deep expression": b'[{"action": "query", "expression": "Task where ' + b"(" * 20_000 + b'"}]',
    "a huge number": b'[{"action": "query", "expression": ' + b"9" * 5000 + b"}]",
    "50 MB of text": b'"' + b"x" * 50_000_000 + b'"',
    "50 MB of nothing": b" " * 50_000_000,
}


def call(server: SandboxServer, body: bytes, **headers: str) -> requests.Response:
    credentials = {"ftrack-user": server.api_user, "ftrack-api-key": server.api_key}
    return requests.post(f"{server.url}/api", data=body, headers={**credentials, **headers}, timeout=30)


def is_refusal(answer: Any) -> bool:
    return (
        set(answer) == {"exception", "content", "error_code"}
        and isinstance(answer["exception"], str)
        and isinstance(answer["content"], str)
        and "Traceback" not in answer["content"]
    )


@pytest.mark.parametrize("name", WRONG_BODIES)
def test_a_wrong_body_is_refused(ftrack_sandbox_session: SandboxServer, name: str) -> None:
    answer = call(ftrack_sandbox_session, WRONG_BODIES[name])
    assert answer.status_code == 200
    assert is_refusal(answer.json())
    strict = call(ftrack_sandbox_session, WRONG_BODIES[name], **{"ftrack-strict-api": "true"})
    assert 400 <= strict.status_code < 500
    assert strict.json() == answer.json()


def test_the_javascript_clients_way_to_ask_for_strictness(ftrack_sandbox_session: SandboxServer) -> None:
    answer = call(ftrack_sandbox_session, b"{}", **{"ftrack-api-options": "strict:1;denormalize:1"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "headers", [{"ftrack-api-key": "wrong"}, {"ftrack-user": "nobody"}, {"ftrack-user": "", "ftrack-api-key": ""}]
)
def test_wrong_credentials_are_refused(ftrack_sandbox_session: SandboxServer, headers: dict[str, str]) -> None:
    body = b'[{"action": "query_server_information"}]'
    answer = call(ftrack_sandbox_session, body, **headers)
    assert (answer.status_code, answer.json()["exception"]) == (200, "InvalidCredentialsError")
    assert call(ftrack_sandbox_session, body, **headers, **{"ftrack-strict-api": "true"}).status_code == 401


def test_the_keys_value_is_not_repeated(ftrack_sandbox_session: SandboxServer) -> None:
    answer = call(ftrack_sandbox_session, b"[]", **{"ftrack-api-key": "a-secret-typed-wrongly"})
    assert "a-secret-typed-wrongly" not in answer.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=15,
)
OPERATION = st.fixed_dictionaries(
    {
        "action": st.sampled_from(
            [
                *("query", "create", "update", "delete", "search", "encode_media", "get_upload_metadata"),
                *("complete_multipart_upload", "get_widget_url", "reset_remote", "delayed_job"),
            ]
        )
    },
    optional={
        "expression": JSON,
        "entity_type": st.sampled_from(["Task", "Project", "AssetVersion", "Metadata", "Nothing"]) | JSON,
        "entity_key": JSON,
        "entity_data": JSON,
        "component_id": JSON,
        "version_id": JSON,
        "file_name": JSON,
        "file_size": JSON,
        "checksum": JSON,
        "parts": JSON,
        "upload_id": JSON,
        "name": JSON,
    },
)


@settings(max_examples=60)
@given(operations=st.lists(OPERATION, max_size=3))
def test_any_operation_is_answered(ftrack_sandbox_session: SandboxServer, operations: list[Any]) -> None:
    answer = requests.post(
        f"{ftrack_sandbox_session.url}/api",
        json=operations,
        headers={
            "ftrack-user": ftrack_sandbox_session.api_user,
            "ftrack-api-key": ftrack_sandbox_session.api_key,
            "ftrack-strict-api": "true",
        },
        timeout=30,
    )
    assert answer.status_code < 500, answer.text
    assert is_refusal(answer.json()) if answer.status_code != 200 else len(answer.json()) == len(operations)


def test_other_paths_and_methods_do_no_harm(ftrack_sandbox_session: SandboxServer) -> None:
    url = ftrack_sandbox_session.url
    assert requests.get(f"{url}/healthz", timeout=10).text == "ok"
    assert requests.get(f"{url}/nothing", timeout=10).status_code == 404
    assert requests.get(f"{url}/api", timeout=10).status_code == 405
    assert requests.get(f"{url}/component/get?id=../../lock", timeout=10).status_code == 401


def test_web_pages_of_other_origins_may_call(ftrack_sandbox_session: SandboxServer) -> None:
    response = requests.options(
        f"{ftrack_sandbox_session.url}/api",
        headers={
            "Origin": "https://studio.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "ftrack-user,ftrack-api-key,ftrack-clienttoken",
        },
        timeout=10,
    )
    assert response.headers["access-control-allow-origin"] == "https://studio.example"
    assert response.headers["access-control-allow-credentials"] == "true"
    assert "ftrack-user" in response.headers["access-control-allow-headers"]
