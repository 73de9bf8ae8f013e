"""The log: who changed what on the pages, and when."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient
from tests.dashboard.site import Site

from callboard.engine.store.log import Entry, add_entry, read_entries
from callboard.engine.store.page_tables import log


def numbers(client: TestClient, path: str) -> list[int]:
    """Return the numbers of the runs whose retries a page shows."""
    import re

    return [int(each) for each in re.findall(r"retried run (\d+)<", client.get(path).text)]


def test_pages_by_key_show_every_entry_once(site: Site) -> None:
    for number in range(1, 121):
        add_entry(site.store, Entry("Thandi", "full", "10.0.0.7", f"retried run {number}"))
    client = site.signed_in()
    assert numbers(client, "/log") == list(range(120, 70, -1))
    assert numbers(client, "/log?before=71") == list(range(70, 20, -1))
    assert numbers(client, "/log?before=21") == list(range(20, 0, -1))
    assert numbers(client, "/log?after=20") == list(range(70, 20, -1))
    page = client.get("/log?before=71").text
    assert 'href="/log?after=70"' in page
    assert 'href="/log?before=21"' in page
    assert 'rel="next"' not in client.get("/log?before=21").text
    assert 'rel="prev"' not in client.get("/log").text
    assert "10.0.0.7" in page


@pytest.mark.parametrize("key", ["before=x", "after=-1", "before=99999999999999999999", "before=%00", "before=²"])
def test_an_address_that_makes_no_sense_shows_the_first_page(site: Site, key: str) -> None:
    add_entry(site.store, Entry("Thandi", "full", "", "retried run 1"))
    assert numbers(site.signed_in(), f"/log?{key}") == [1]


def test_an_entry_shows_no_secret_and_survives_any_text(site: Site) -> None:
    text = "paused greet because token=xoxb-1234567890-abcdefghij \0 " + "long " * 1000
    add_entry(site.store, Entry("<b>\0", "full", "x" * 100, text))
    [entry] = read_entries(site.store)
    assert "xoxb-1234567890" not in entry.what
    assert len(entry.what) <= 2000
    assert "<b>" not in site.signed_in().get("/log").text.partition("<main")[2]
    with site.store.reading() as connection:
        assert connection.execute(select(log)).one().address == "x" * 64
