from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from callboard.settings.models import StudioSettings
from callboard.studio.paths.mapping import local_path

STUDIO = StudioSettings(
    path_map={
        "P:": "/data/production",
        "P:\\archive": "/archive",
        "\\\\server\\share": "/mnt/share/",
        "/Volumes/production": "/data/production",
    }
)


@pytest.mark.parametrize(
    ("typed", "here"),
    [
        ("P:\\heron\\SH010.mov", "/data/production/heron/SH010.mov"),
        ("p:/heron/shot.%04d.exr 1001-1100", "/data/production/heron/shot.%04d.exr 1001-1100"),
        ("P:", "/data/production"),
        ("P:\\Archive\\old.mov", "/archive/old.mov"),
        ("P:\\archives\\old.mov", "/data/production/archives/old.mov"),
        ("\\\\SERVER\\share\\a b.mov", "/mnt/share/a b.mov"),
        ("//server/share/a.mov", "/mnt/share/a.mov"),
        ("/Volumes/production/a.mov", "/data/production/a.mov"),
        ("/volumes/production/a.mov", "/volumes/production/a.mov"),
        ("/Volumes/productions/a.mov", "/Volumes/productions/a.mov"),
        ("/data/a\\b.mov", "/data/a\\b.mov"),
        ("Q:\\a.mov", "Q:\\a.mov"),
        ("", ""),
    ],
)
def test_the_longest_prefix_is_replaced(typed: str, here: str) -> None:
    assert local_path(typed, STUDIO) == here


@given(st.text())
def test_without_a_map_every_path_stays(path: str) -> None:
    assert local_path(path, StudioSettings()) == path


@given(st.text(st.characters(exclude_characters="\\", exclude_categories=["Cs"])))
def test_what_is_below_a_prefix_stays_below_its_folder(name: str) -> None:
    assert local_path(f"Q:/{name}", StudioSettings(path_map={"q:": "/data"})) == f"/data/{name}"


@pytest.mark.parametrize("path_map", [{"": "/data"}, {"//": "/data"}, {"P:": "data"}])
def test_a_map_that_leads_nowhere_is_refused(path_map: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"empty prefix|not an absolute path"):
        StudioSettings(path_map=path_map)
