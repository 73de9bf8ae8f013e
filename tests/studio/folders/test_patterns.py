from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from callboard import Refused
from callboard.studio.paths.patterns import fill, pattern
from callboard.studio.paths.structures import Structure, folders

SHOT_FOLDER: TypeAdapter[str] = TypeAdapter(Annotated[str, pattern("parents", "shot")])
STRUCTURE: TypeAdapter[dict[str, object]] = TypeAdapter(Structure)


def test_parents_become_folders_in_their_order() -> None:
    assert fill("shots/{parents}/{shot}", {"shot": "SH010"}, ["EP1", "SQ1"]) == ["shots", "EP1", "SQ1", "SH010"]
    assert fill("shots/{parents}/{shot}", {"shot": "SH010"}) == ["shots", "SH010"]


def test_lower_case_and_text_around_names() -> None:
    assert fill("v_{shot:lower}_x", {"shot": "SH010"}) == ["v_sh010_x"]


@pytest.mark.parametrize("name", ["..", "a/b", "", "CON", "x" * 300])
def test_a_name_that_cannot_be_a_folder_is_refused_wherever_it_stands(name: str) -> None:
    with pytest.raises(Refused, match="name of the shot"):
        fill("shots/{shot}", {"shot": name})
    with pytest.raises(Refused, match="name of the folder"):
        fill("shots/{parents}/{shot}", {"shot": "SH010"}, [name])


def test_only_names_that_are_used_must_be_folders() -> None:
    assert fill("shots/{shot}", {"shot": "SH010", "task_type": "a/b"}) == ["shots", "SH010"]
    assert fill("{task_type:lower}", {"task": "a/b", "task_type": "Comp"}) == ["comp"]


@pytest.mark.parametrize("text", ["shots/{parents}/{shot}", "{shot:lower}", "a/b/c", "{{x}}"])
def test_a_good_pattern_is_accepted_at_load(text: str) -> None:
    assert SHOT_FOLDER.validate_python(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("shots/{sequence}", r"\{sequence\} is not known here; allowed are \{parents\}, \{shot\}"),
        ("shots/{shot", "write a name in braces"),
        ("shots/{shot!r}", r"only \{shot\} and \{shot:lower\}"),
        ("shots/{shot:upper}", r"only \{shot\} and \{shot:lower\}"),
        ("shots/{shot.name}", "is not known here"),
        ("x_{parents}/{shot}", "must stand alone"),
        ("/shots/{shot}", "it is empty"),
        ("shots//{shot}", "it is empty"),
        ("../{shot}", "another folder"),
        ("shots/{shot}/", "it is empty"),
        ("", "it is empty"),
    ],
)
def test_a_pattern_that_leads_elsewhere_is_refused_at_load(text: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        SHOT_FOLDER.validate_python(text)


def test_a_structure_names_its_innermost_folders() -> None:
    tree = {"img": ["comps", "plates"], "scene": [], "deep": {"er": {"and": ["er"]}}}
    assert folders(STRUCTURE.validate_python(tree)) == ["img/comps", "img/plates", "scene", "deep/er/and/er"]


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"a": "b"}, "a must be a table of folders or a list of names"),
        ({"a": [1]}, "must be a folder's name in quotes"),
        ({"a": ["b/c"]}, "cannot be a folder: / separates folders"),
        ({"..": []}, r"\.\. cannot be a folder"),
        ({"a": ["B", "b"]}, "one folder where case does not count"),
        ({"A": [], "a": []}, "one folder where case does not count"),
    ],
)
def test_a_structure_that_cannot_be_made_is_refused_at_load(tree: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        STRUCTURE.validate_python(tree)
