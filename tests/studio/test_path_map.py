"""Paths of other platforms, as this server reads them, and back."""

from __future__ import annotations

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from callboard.errors import Refused
from callboard.settings.models import StudioSettings
from callboard.studio.paths.mapping import component_path, examples, find_gaps, find_mistakes, local_path

STUDIO = StudioSettings(
    path_map={
        "P:": "/data/production",
        "P:\\archive": "/archive",
        "\\\\server\\share": "/mnt/share/",
        "/Volumes/production": "/data/production",
        "/mnt/production": "/data/production",
    }
)
PLATFORMS = ("windows", "macos", "linux")


def studio(**settings: object) -> StudioSettings:
    return StudioSettings.model_validate(settings)


@pytest.mark.parametrize(
    ("typed", "here"),
    [
        ("P:\\heron\\SH010.mov", "/data/production/heron/SH010.mov"),
        ("p:/heron/shot.%04d.exr 1001-1100", "/data/production/heron/shot.%04d.exr 1001-1100"),
        ("P:\\\\heron//SH010.mov", "/data/production/heron/SH010.mov"),
        ("P:", "/data/production"),
        ("P:\\", "/data/production"),
        ("P:\\heron\\", "/data/production/heron"),
        ("P:heron", "P:heron"),
        ("P:\\Archive\\old.mov", "/archive/old.mov"),
        ("P:\\archives\\old.mov", "/data/production/archives/old.mov"),
        ("\\\\SERVER\\Share\\a b.mov", "/mnt/share/a b.mov"),
        ("//server/share/a.mov", "/mnt/share/a.mov"),
        ("\\\\server\\shares\\a.mov", "\\\\server\\shares\\a.mov"),
        ('"P:\\heron\\SH010.mov"', "/data/production/heron/SH010.mov"),
        ("\\\\?\\P:\\heron\\SH010.mov", "/data/production/heron/SH010.mov"),
        ("\\\\?\\UNC\\server\\share\\a.mov", "/mnt/share/a.mov"),
        ("file:///P:/heron/SH%20010.mov", "/data/production/heron/SH 010.mov"),
        ("file:///Volumes/production/a.mov", "/data/production/a.mov"),
        ("smb://server/share/a.mov", "/mnt/share/a.mov"),
        ("/Volumes/production/a.mov", "/data/production/a.mov"),
        ("/volumes/production/a.mov", "/volumes/production/a.mov"),
        ("/Volumes/productions/a.mov", "/Volumes/productions/a.mov"),
        ("/data/production/a\\b.mov", "/data/production/a\\b.mov"),
        ("//data/production/a.mov", "//data/production/a.mov"),
        ("/data/production/archive/a.mov", "/data/production/archive/a.mov"),
        ("Q:\\a.mov", "Q:\\a.mov"),
        ("a.mov", "a.mov"),
        ("", ""),
    ],
)
def test_the_longest_prefix_is_replaced(typed: str, here: str) -> None:
    assert local_path(typed, STUDIO) == here


@pytest.mark.parametrize("typed", ["P:\\..\\x.mov", "P:/heron/../../x.mov", "/Volumes/production/../x.mov", "/a/.."])
def test_a_path_that_leads_up_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="write the path without it"):
        local_path(typed, STUDIO)


@pytest.mark.parametrize(
    ("platform", "here", "written"),
    [
        ("here", "/data/production/heron/SH010.mov", "/data/production/heron/SH010.mov"),
        ("windows", "/data/production/heron/SH010.mov", "P:\\heron\\SH010.mov"),
        ("windows", "/data/production", "P:\\"),
        ("windows", "/mnt/share/a b.mov", "\\\\server\\share\\a b.mov"),
        ("windows", "/archive/old.mov", "P:\\archive\\old.mov"),
        # P:\archive leads elsewhere, so there is no way from Windows to this one.
        ("windows", "/data/production/archive/a.mov", "/data/production/archive/a.mov"),
        ("windows", "/data/production/a\\b.mov", "/data/production/a\\b.mov"),
        ("windows", "/data/productions/a.mov", "/data/productions/a.mov"),
        ("macos", "/data/production/heron/%04d.exr", "/Volumes/production/heron/%04d.exr"),
        ("linux", "/data/production/heron", "/mnt/production/heron"),
        ("macos", "/archive/old.mov", "/archive/old.mov"),
    ],
)
def test_components_are_written_for_the_players(platform: str, here: str, written: str) -> None:
    assert component_path(here, studio(path_map=STUDIO.path_map, component_paths=platform)) == written


# Properties

NAMES = st.text(
    st.characters(exclude_characters="/\\\0", exclude_categories=["Cs", "Cc"]) | st.sampled_from(" .ab%é#"),
    min_size=1,
    max_size=8,
).filter(lambda name: name.strip(" .") != "" and name == name.strip(" \t\r\n") and name[0] not in "\"'")
TAILS = st.lists(NAMES, min_size=1, max_size=4)
DRIVES = st.sampled_from("cdpzPZ").map("{}:".format)
SHARES = st.tuples(NAMES, NAMES).map(lambda names: "\\\\" + "\\".join(names))
BELOW = st.lists(st.sampled_from(["a", "ab", "A", "b c", "ü"]), max_size=2)
WINDOWS = st.tuples(DRIVES | SHARES, BELOW).map(lambda parts: "\\".join([parts[0], *parts[1]]))
MACS = BELOW.map(lambda names: "/".join(["/Volumes", "production", *names]))
LINUX = BELOW.map(lambda names: "/".join(["/net", *names]))
FOLDERS = BELOW.map(lambda names: "/".join(["/data", "production", *names]))
MAPS = st.dictionaries(WINDOWS | MACS | LINUX, FOLDERS, min_size=1, max_size=4)


@given(path_map=MAPS, platform=st.sampled_from(PLATFORMS), data=st.data(), tail=TAILS)
def test_what_is_written_for_a_platform_is_read_as_what_it_was(
    path_map: dict[str, str], platform: str, data: st.DataObject, tail: list[str]
) -> None:
    mapped = studio(path_map=path_map, component_paths=platform)
    here = "/".join([data.draw(st.sampled_from(list(path_map.values()))), *tail])
    written = component_path(here, mapped)
    assert local_path(written, mapped) == here


@given(path_map=MAPS, data=st.data(), tail=TAILS)
def test_a_path_is_found_in_whatever_way_it_is_typed(
    path_map: dict[str, str], data: st.DataObject, tail: list[str]
) -> None:
    mapped = studio(path_map=path_map)
    prefix = data.draw(st.sampled_from(list(path_map)))
    is_windows = not prefix.startswith("/")
    separator = "\\" if is_windows else "/"
    typed = separator.join([prefix, *tail])
    here = local_path(typed, mapped)
    assert any(here.startswith(f"{folder}/") for folder in path_map.values())
    assert local_path(here, mapped) == here, "what is here already stays"
    ways = [f"{prefix}{separator}{separator}{separator.join(tail)}", f"{typed}{separator}", f'"{typed}"', f" {typed}\n"]
    if is_windows:
        assume(prefix.casefold().upper().casefold() == prefix.casefold())
        ways += [typed.replace("\\", "/"), prefix.upper() + typed[len(prefix) :], prefix.lower() + typed[len(prefix) :]]
        ways.append(unicodedata.normalize("NFD", prefix) + typed[len(prefix) :])
    for way in ways:
        assert local_path(way, mapped) == here, way


@given(path_map=MAPS, platform=st.sampled_from(["here", *PLATFORMS]), tail=TAILS)
def test_what_no_prefix_matches_stays(path_map: dict[str, str], platform: str, tail: list[str]) -> None:
    mapped = studio(path_map=path_map, component_paths=platform)
    elsewhere = "/".join(["/srv", *tail])
    assert local_path(elsewhere, mapped) == component_path(elsewhere, mapped) == elsewhere


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for settings in (STUDIO, StudioSettings()):
        if ".." in text:
            with suppress(Refused):
                local_path(text, settings)
        else:
            local_path(text, settings)


# The map


@pytest.mark.parametrize(
    ("path_map", "said"),
    [
        ({"": "/data"}, "has an empty prefix"),
        ({"//": "/data"}, "has an empty prefix"),
        ({"P:": "data"}, "'data' is not an absolute path"),
        ({"production": "/data"}, "the prefix 'production' is not absolute"),
        ({"P:heron": "/data"}, "the prefix 'P:heron' is not absolute"),
        ({"\\\\server": "/data"}, "is not absolute"),
        ({"P:\\..": "/data"}, "has '..' in it"),
        ({"P:": "/data/../etc"}, "has '..' in it"),
    ],
)
def test_a_map_that_leads_nowhere_is_refused(path_map: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        StudioSettings(path_map=path_map)


@pytest.mark.parametrize(
    ("path_map", "said"),
    [
        ({"P:": "/data", "p:\\": "/archive"}, "The prefix p:\\ is there twice; keep one of them."),
        ({"\\\\Server\\a": "/data", "//server/A/": "/data"}, "The prefix \\\\server\\A is there twice"),
        ({"P:": "/data", "/data/x": "/x"}, "The prefix /data/x overlaps /data, a folder of this server"),
        ({"/a": "/b", "/b": "/c"}, "The prefix /b overlaps /b, a folder of this server"),
        ({"/data": "/data/production"}, "The prefix /data overlaps /data/production, a folder of this server"),
    ],
)
def test_a_line_that_another_one_contradicts_is_named(path_map: dict[str, str], said: str) -> None:
    [sentence] = find_mistakes(studio(path_map=path_map))
    assert sentence.startswith(said)


def test_a_platform_without_a_prefix_is_named() -> None:
    [sentence] = find_mistakes(studio(path_map={"P:": "/data"}, component_paths="macos"))
    assert "no prefix for macOS" in sentence
    assert find_mistakes(studio(component_paths="linux")) == find_mistakes(STUDIO) == []


def test_the_same_folder_may_be_named_on_every_platform() -> None:
    same = {"P:": "/data", "\\\\nas\\data": "/data", "/Volumes/data": "/data", "/data": "/data"}
    assert find_mistakes(studio(path_map=same)) == []
    assert component_path("/data/a.mov", studio(path_map=same, component_paths="windows")) == "P:\\a.mov"


def test_a_folder_that_no_path_leads_to_is_named() -> None:
    assert find_gaps(STUDIO) == [
        "The prefix P:\\archive lies inside P:\\, so no path on Windows leads to /data/production/archive."
    ]
    same = {"P:": "/data", "P:\\archive": "/data/archive"}
    assert find_gaps(studio(path_map=same, media_roots=["/data/a", "/srv"])) == []
    assert find_gaps(studio(path_map=same, media_roots=["/data/a", "/srv"], component_paths="windows")) == [
        "/srv has no prefix for Windows; components below it keep this path."
    ]


def test_every_line_has_an_example() -> None:
    assert examples(studio(path_map=STUDIO.path_map, component_paths="windows")) == [
        "On Windows, P:\\shots is /data/production/shots here, and components have P:\\shots.",
        "On Windows, P:\\archive\\shots is /archive/shots here, and components have P:\\archive\\shots.",
        "On Windows, \\\\server\\share\\shots is /mnt/share/shots here, and components have \\\\server\\share\\shots.",
        "On macOS, /Volumes/production/shots is /data/production/shots here, and components have P:\\shots.",
        "On Linux, /mnt/production/shots is /data/production/shots here, and components have P:\\shots.",
    ]
