"""Who may see a page, and who may change something."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient
from tests.dashboard.site import PASSWORD, VIEWER_PASSWORD, Site, csrf_of, sign_in

from callboard.dashboard.signing_in import local_path


@pytest.fixture
def closed(tmp_path: object) -> Iterator[Site]:
    """A dashboard with two passwords, on an empty SQLite database."""
    site = Site(f"sqlite:///{tmp_path}/closed.db", password=PASSWORD, viewer_password=VIEWER_PASSWORD)
    site.store.prepare()
    yield site
    site.store.close()


def routes(client: TestClient, method: str) -> list[str]:
    """Return the addresses of all routes with a method, with something for each of their parameters."""
    found = [route for route in client.app.routes if isinstance(route, Route)]  # type: ignore[attr-defined]  # Starlette
    return [re.sub(r"\{[^}]*\}", "1", route.path) for route in found if method in (route.methods or ())]


def test_without_a_password_people_at_this_machine_see_everything(open_site: Site) -> None:
    assert open_site.client().get("/").status_code == 200
    assert open_site.client().get("/sign-in").headers["Location"] == "/"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.", "[", ""])
def test_a_name_that_somebody_lets_point_here_shows_nothing(open_site: Site, host: str) -> None:
    answer = open_site.client().get("/", headers={"Host": host})
    assert answer.status_code == 403
    assert "does not belong to Callboard" in answer.text
    assert open_site.client().get("/", headers={"Host": "localhost:8095"}).status_code == 200


def test_whoever_is_not_signed_in_is_sent_to_the_page_for_it(closed: Site) -> None:
    client = closed.client()
    answer = client.get("/?since=1d&q=SH010 comp")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=%2F%3Fsince%3D1d%26q%3DSH010%2520comp"
    for path in routes(client, "GET"):
        public = path.startswith(("/icons/", "/healthz", "/metrics", "/static/", "/sign-in"))
        assert public or client.get(path).status_code in (303, 401), path


def test_the_password_opens_the_page_that_was_asked_for(closed: Site) -> None:
    client = closed.client()
    secret = csrf_of(client, "/sign-in?next=/log")
    form = {"name": "Thandi", "password": PASSWORD, "next": "/log?older=3", "csrf": secret}
    answer = client.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/log?older=3")
    page = client.get("/").text
    assert "Thandi" in page
    assert "read-only" not in page


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/\\evil.example", "/\n/evil", "evil", ""])
def test_signing_in_leads_nowhere_else(path: str) -> None:
    assert local_path(path) == "/"


def test_signing_out_ends_it(closed: Site) -> None:
    client = closed.signed_in()
    answer = client.post("/sign-out", data={"csrf": csrf_of(client)})
    assert answer.headers["Location"] == "/sign-in"
    assert client.get("/").status_code == 303


def test_every_change_needs_the_secret_of_the_page(closed: Site) -> None:
    client = closed.signed_in()
    addresses = routes(client, "POST")
    assert "/sign-out" in addresses
    for path in addresses:
        for form in ({}, {"csrf": "made up"}):
            answer = client.post(path, data=form)
            assert answer.status_code == 403, path
            assert "This form is too old" in answer.text


def test_a_page_of_another_site_changes_nothing(closed: Site) -> None:
    client = closed.signed_in()
    secret = csrf_of(client)
    for path in routes(client, "POST"):
        answer = client.post(path, data={"csrf": secret}, headers={"Sec-Fetch-Site": "cross-site"})
        assert "A page of another site sent this" in answer.text, path


def test_whoever_may_only_look_changes_nothing(closed: Site) -> None:
    client = closed.signed_in(VIEWER_PASSWORD)
    assert "read-only" in client.get("/").text
    secret = csrf_of(client)
    for path in routes(client, "POST"):
        if path not in ("/sign-in", "/sign-out"):
            answer = client.post(path, data={"csrf": secret})
            assert answer.status_code == 403, path
            assert "You may see everything and change nothing" in answer.text
    for method in ("put", "patch", "delete"):
        assert client.request(method, "/").status_code == 403
    assert client.post("/sign-out", data={"csrf": secret}).status_code == 303


def test_a_new_password_signs_everybody_out_and_a_restart_nobody(closed: Site) -> None:
    cookies = closed.signed_in().cookies
    again = closed.client()
    again.cookies = cookies
    assert again.get("/").status_code == 200
    changed = Site(closed.settings.database.url, password="another one")
    other = changed.client()
    other.cookies = cookies
    assert other.get("/").status_code == 303


def test_the_cookie_is_kept_from_scripts_other_sites_and_other_servers(closed: Site) -> None:
    here = closed.client(address="http://127.0.0.1:8095").get("/sign-in").headers["Set-Cookie"]
    assert "httponly" in here
    assert "samesite=lax" in here
    assert "Max-Age=43200" in here
    there = closed.client(address="http://127.0.0.1:8096").get("/sign-in").headers["Set-Cookie"]
    assert here.partition("=")[0] != there.partition("=")[0]
    public = Site(closed.settings.database.url, password="x", public_url="https://callboard.example")
    cookie = public.client(address="https://callboard.example").get("/sign-in").headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert "secure" in cookie


# Wrong passwords


def test_after_five_wrong_passwords_an_address_waits(closed: Site) -> None:
    client = closed.client()
    for _ in range(5):
        assert sign_in(client, "wrong").status_code == 403
    answer = sign_in(client, PASSWORD)
    assert answer.status_code == 429
    assert "Too many wrong passwords; try again in 30 s." in answer.text
    assert answer.headers["Retry-After"] == "30"


@pytest.mark.parametrize("password", ["", PASSWORD[:-1], PASSWORD + " x", PASSWORD.upper(), "\0", "ü"])
def test_almost_the_password_is_not_it(closed: Site, password: str) -> None:
    assert sign_in(closed.client(), password).status_code == 403


def test_somebody_without_a_name_does_not_sign_in(closed: Site) -> None:
    assert sign_in(closed.client(), PASSWORD, name=" ").status_code == 400
    assert sign_in(closed.client(), PASSWORD, name="x" * 61).status_code == 400


# Behind a proxy

PROXY = {"proxy_header": "X-Remote-User", "proxy_addresses": ["10.0.0.4", "10.1.0.0/16"]}


def behind(tmp_path: object, **more: object) -> Site:
    """A dashboard behind a proxy that knows who people are."""
    site = Site(f"sqlite:///{tmp_path}/proxied.db", public_url="https://callboard.example", **(PROXY | more))
    site.store.prepare()
    return site


@pytest.mark.parametrize(("peer", "status"), [("10.0.0.4", 200), ("10.1.7.9", 200), ("::ffff:10.0.0.4", 200),
                                              ("10.0.0.5", 403), ("127.0.0.1", 403), ("nonsense", 403)])  # fmt: skip
def test_only_a_known_proxy_is_believed_who_somebody_is(tmp_path: object, peer: str, status: int) -> None:
    client = behind(tmp_path).client(address="https://callboard.example", peer=peer)
    answer = client.get("/", headers={"X-Remote-User": "sipho"})
    assert answer.status_code == status
    assert ("sipho" in answer.text) is (status == 200)


@pytest.mark.parametrize(("given", "says"), [("full", False), ("artists, full", False), ("", True), ("fuller", True)])
def test_a_proxy_says_who_may_change_things(tmp_path: object, given: str, says: bool) -> None:
    client = behind(tmp_path, proxy_role_header="X-Role").client(address="https://callboard.example", peer="10.0.0.4")
    page = client.get("/", headers={"X-Remote-User": "sipho", "X-Role": given}).text
    assert ("read-only" in page) is says


def test_wrong_passwords_count_for_whom_the_proxy_speaks(tmp_path: object) -> None:
    site = Site(f"sqlite:///{tmp_path}/p.db", host="0.0.0.0", password=PASSWORD, proxy_addresses=["10.0.0.4"])  # noqa: S104 - nothing listens
    site.store.prepare()
    client = site.client(peer="10.0.0.4")
    client.headers["X-Forwarded-For"] = "1.2.3.4, 5.6.7.8"
    for _ in range(5):
        sign_in(client, "wrong")
    assert sign_in(client, PASSWORD).status_code == 429
    client.headers["X-Forwarded-For"] = "5.6.7.8, 9.9.9.9"
    assert sign_in(client, PASSWORD).status_code == 303


def test_pages_are_off_where_others_could_come_in_without_a_password(tmp_path: object) -> None:
    site = Site(f"sqlite:///{tmp_path}/p.db", public_url="https://callboard.example")
    site.store.prepare()
    for address in ("https://callboard.example", "http://127.0.0.1:8095"):
        answer = site.client(address=address).get("/")
        assert answer.status_code == 403
        assert "Pages are off until dashboard.password is set" in answer.text
