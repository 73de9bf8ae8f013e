"""Who is let in, where links lead, and that clients' requests are what they were."""

from __future__ import annotations

import re
from http.client import HTTPConnection
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect
from tests.browser import page_of
from tests.sandbox.pages.conftest import Open, Visitor

from ftrack_sandbox.testing import SandboxFactory, SandboxServer


def test_nobody_sees_a_page_before_they_sign_in(ftrack_sandbox: SandboxServer) -> None:
    answer = requests.get(f"{ftrack_sandbox.url}/", timeout=10)
    assert answer.url == f"{ftrack_sandbox.url}/sign-in?next=/"
    assert "Yuki Tanaka" in answer.text
    assert "Harbour Lights" not in answer.text
    assert requests.get(f"{ftrack_sandbox.url}/live", timeout=10).url.endswith("/sign-in?next=/live")


def test_a_user_signs_in_and_out(browser: Browser, ftrack_sandbox: SandboxServer) -> None:
    with page_of(browser, base_url=ftrack_sandbox.url) as page:
        page.goto("/")
        page.get_by_role("button", name="Yuki Tanaka").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Projects")
        expect(page.locator("header")).to_contain_text("yuki.tanaka")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        page.goto("/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.parametrize("next_page", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:1"])
def test_a_sign_in_leads_nowhere_else(ftrack_sandbox: SandboxServer, next_page: str) -> None:
    visitor = Visitor(ftrack_sandbox.url)
    answer = visitor.post("/sign-in", user="admin", next=next_page)
    assert answer.url == f"{ftrack_sandbox.url}/"


def test_under_another_name_the_key_is_asked_for(ftrack_sandbox: SandboxServer) -> None:
    def post(session: requests.Session, **fields: str) -> requests.Response:
        page = session.get(f"{ftrack_sandbox.url}/sign-in", headers=rebound, timeout=10).text
        assert "Yuki" not in page
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        assert found
        data = {**fields, "csrf": found[1]}
        return session.post(
            f"{ftrack_sandbox.url}/sign-in", data=data, headers=rebound, timeout=10, allow_redirects=False
        )

    rebound = {"Host": "attacker.example"}
    session = requests.Session()
    assert post(session, user="admin").status_code == 401
    wrong = post(session, user="admin", key="wrong")
    assert (wrong.status_code, "API key does not belong" in wrong.text) == (401, True)
    right = post(session, user="admin", key=ftrack_sandbox.api_key)
    assert (right.status_code, right.headers["Location"]) == (303, "/")


def test_a_user_who_is_no_longer_active_is_signed_out(ftrack_sandbox: SandboxServer) -> None:
    visitor = Visitor(ftrack_sandbox.url, "yuki.tanaka")
    session = ftrack_sandbox.session()
    session.query('User where username is "yuki.tanaka"').one()["is_active"] = False
    session.commit()
    assert "/sign-in" in visitor.get("/").url
    assert "/sign-in" in visitor.get("/").url


def test_a_form_without_the_secret_of_the_session_is_refused(visitor: Visitor) -> None:
    answer = visitor.session.post(f"{visitor.url}/sign-out", data={}, timeout=10)
    assert (answer.status_code, "too old" in answer.text) == (403, True)
    assert "Projects" in visitor.get("/").text


def test_two_servers_on_one_host_keep_their_people_apart(ftrack_sandbox_factory: SandboxFactory) -> None:
    one, other = ftrack_sandbox_factory(), ftrack_sandbox_factory()
    cookie, other_cookie = (
        requests.get(f"{each.url}/sign-in", timeout=10).headers["Set-Cookie"] for each in (one, other)
    )
    assert cookie.partition("=")[0] != other_cookie.partition("=")[0]
    assert {"httponly", "samesite=lax"} <= set(cookie.split("; "))


def test_pages_have_rules_of_their_own_and_clients_keep_theirs(visitor: Visitor) -> None:
    away = {"Origin": "https://elsewhere.example"}
    page = visitor.session.get(f"{visitor.url}/", headers=away, timeout=10)
    assert "Access-Control-Allow-Origin" not in page.headers
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "ftrack-user"}
    asked = requests.options(f"{visitor.url}/api", headers={**away, **wanted}, timeout=10)
    assert asked.headers["Access-Control-Allow-Origin"] == away["Origin"]
    called = requests.post(f"{visitor.url}/api", json=[], headers=away, timeout=10)
    assert called.headers["Access-Control-Allow-Origin"] == away["Origin"]
    assert "Content-Security-Policy" not in called.headers
    assert "Set-Cookie" not in called.headers


@pytest.mark.parametrize("host", ["[", "a b", "x" * 3000, "localhost:99999999", ""])
def test_a_strange_host_is_no_trouble(ftrack_sandbox: SandboxServer, host: str) -> None:
    connection = HTTPConnection(ftrack_sandbox.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/sign-in", headers={"Host": host})
    answer = connection.getresponse()
    assert answer.status in {200, 400}
    assert b"Yuki" not in answer.read() or host.startswith("localhost")
    connection.close()


@pytest.mark.parametrize("cookie", ["", "x", "e30=.x.y", "\xff" * 20, "a" * 4000])
def test_a_strange_cookie_is_nobody(ftrack_sandbox: SandboxServer, visitor: Visitor, cookie: str) -> None:
    [name] = visitor.session.cookies.keys()
    headers = {"Cookie": f"{name}={cookie}".encode("latin-1")}
    answer = requests.get(f"{ftrack_sandbox.url}/", headers=headers, timeout=10)
    assert answer.url.endswith("/sign-in?next=/")


def test_a_page_follows_what_clients_change(page: Page, ftrack_sandbox: SandboxServer) -> None:
    page.goto("/")
    expect(page.locator("#projects")).to_contain_text("Harbour Lights")
    session: Any = ftrack_sandbox.session()
    session.query("Project").one()["full_name"] = "Harbour by Night"
    session.commit()
    expect(page.locator("#projects")).to_contain_text("Harbour by Night")


def test_a_server_ends_while_pages_are_open(opened: Open, ftrack_sandbox: SandboxServer) -> None:
    with opened(problems=False) as page:
        page.goto("/")
        ftrack_sandbox.stop()
        expect(page.locator("body.offline")).to_be_visible()
