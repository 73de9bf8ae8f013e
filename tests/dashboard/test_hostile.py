"""Hostile input: texts that are markup, headers and cookies that are junk, and what no page may show."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update
from starlette.routing import Route
from starlette.testclient import TestClient
from tests.dashboard.site import PASSWORD, SECRETS, VIEWER_PASSWORD, Site, fill

from callboard.engine.store.log import Entry, add_entry
from callboard.engine.store.page_tables import log
from callboard.engine.store.servers import sign_in
from callboard.engine.store.tables import pauses, runs, servers

_MARKUP = st.sampled_from(
    [
        "<script>alert(1)</script>",
        "\"'><img src=x onerror=alert(1)>",
        "{{ 7*7 }}",
        "{% raw %}",
        "</textarea>",
        "javascript:alert(1)",
    ]
)
TEXTS = _MARKUP | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
_JUNK = st.binary(max_size=60).filter(lambda value: not re.search(rb"[\r\n\0]", value))
_HEADERS = ["Cookie", "Host", "Authorization", "X-Forwarded-For", "X-CSRF-Token", "Sec-Fetch-Site", "Content-Type"]
_TAG = re.compile(r"<([a-zA-Z/!][^\s>]*)[^>]*>")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A dashboard with both passwords."""
    database = f"sqlite:///{tmp_path_factory.mktemp('hostile')}/callboard.db"
    site = Site(database, password=PASSWORD, viewer_password=VIEWER_PASSWORD)
    site.store.prepare()
    fill(site.store)
    yield site
    site.store.close()


@pytest.fixture(scope="module")
def client(site: Site) -> TestClient:
    return site.signed_in()


def pages(client: TestClient) -> list[str]:
    """The addresses of all pages that take no parameter."""
    found = [route for route in client.app.routes if isinstance(route, Route)]  # type: ignore[attr-defined]  # Starlette
    return [
        route.path
        for route in found
        if "GET" in (route.methods or ()) and "{" not in route.path and route.path not in ("/live", "/metrics")
    ]


def skeleton(page: str) -> list[str]:
    """Return a page without its texts: the names of its tags."""
    return _TAG.findall(page)


def put(site: Site, text: str) -> None:
    """Write a text wherever people or other servers write one."""
    with site.store.writing() as connection:
        for table in (log, pauses, servers):
            connection.execute(delete(table))
        connection.execute(update(runs).where(runs.c.state != "done").values(error=text or None))
        connection.execute(pauses.insert().values(automation="status_handler", by=text, why=text, at=1.0))
    add_entry(site.store, Entry(text, "full", text, text))
    sign_in(site.store, "s1", "connected", [text], None)
    with site.store.writing() as connection:
        connection.execute(update(servers).values(host=text))


@given(TEXTS.filter(str.strip))
@settings(max_examples=40)
def test_texts_stay_texts_on_every_page(site: Site, client: TestClient, text: str) -> None:
    put(site, "plain")
    shown = {path: client.get(path) for path in pages(client)}
    # What is not a page is not read as one: every answer forbids browsers to guess.
    expected = {path: skeleton(each.text) for path, each in shown.items() if "html" in each.headers["Content-Type"]}
    put(site, text)
    for path, tags in expected.items():
        answer = client.get(path)
        assert answer.status_code == shown[path].status_code
        assert skeleton(answer.text) == tags, path


@given(TEXTS)
@settings(max_examples=40)
def test_any_name_and_any_address_are_answered(site: Site, text: str) -> None:
    client = site.client()
    page = client.get("/sign-in", params={"next": text}).text
    form = {
        "name": text,
        "password": PASSWORD,
        "next": text,
        "csrf": re.findall(r'name="csrf" value="([^"]+)', page)[0],
    }
    answer = client.post("/sign-in", data=form)
    assert answer.status_code in (303, 400)
    if answer.status_code == 303:
        assert answer.headers["Location"].startswith("/")
        assert not answer.headers["Location"].startswith(("//", "/\\"))
        assert client.get("/").status_code == 200
    for path in ("/", "/log", "/nothing"):
        assert client.get(path, params={"over": text, "before": text, text or "x": text}).status_code < 500


@given(_JUNK, st.sampled_from(_HEADERS))
@settings(max_examples=100)
def test_junk_in_headers_and_cookies_is_answered(site: Site, value: bytes, name: str) -> None:
    client = site.client()
    cookie = next(iter(client.get("/sign-in").cookies.keys()))
    client.cookies.clear()
    junk = f"{cookie}=".encode() + value if name == "Cookie" else value
    for path in ("/", "/healthz", "/metrics", "/sign-in", "/live", "/icons/x.png"):
        assert client.get(path, headers=[(name.encode(), junk)]).status_code < 500
    assert client.post("/sign-in", content=value, headers=[(name.encode(), junk)]).status_code < 500


def test_no_page_shows_a_secret(site: Site) -> None:
    put(site, "plain")
    for client in (site.signed_in(), site.signed_in(VIEWER_PASSWORD), site.client()):
        found = pages(client)
        assert {"/", "/log", "/healthz", "/sign-in"} <= set(found)
        for path in [*found, "/metrics"]:
            answer = client.get(path, follow_redirects=True)
            shown = answer.text + str(answer.headers)
            assert not [secret for secret in SECRETS if secret in shown], path


def test_a_defect_is_one_sentence_and_shows_nothing_of_the_code(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = site.signed_in()

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the-api-key-of-ftrack")

    monkeypatch.setattr("callboard.dashboard.log.read_entries", fail)
    answer = client.get("/log")
    assert answer.status_code == 500
    assert "This is a defect in Callboard; its log says more." in answer.text
    assert "ZeroDivision" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
