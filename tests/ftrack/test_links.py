"""What people paste to name an entity."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.ftrack.links import Named, read_entity

ONE, TWO = "95e02be2-c7ec-11ed-ae64-46416ff77027", "2465912c-2441-11ed-8edb-9e89dc32fb4f"
STUDIO = "https://studio.ftrackapp.com"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f"Task:{ONE}", Named(ONE, "Task")),
        (f"  AssetVersion:{ONE.upper()} ", Named(ONE, "AssetVersion")),
        (f"task:{ONE}", Named(ONE, "TypedContext")),
        ("Task:t1", Named("t1", "Task")),
        (ONE, Named(ONE)),
        (f"<{STUDIO}/#entityId={ONE}&entityType=task>", Named(ONE, "TypedContext", STUDIO)),
        (
            f"{STUDIO}/#slideEntityId={ONE}&slideEntityType=task&view=tasks&itemId=projects&entityId={TWO}&entityType=show",
            Named(ONE, "TypedContext", STUDIO),
        ),
        (f"{STUDIO}#entityId={TWO}&entityType=show&itemId=projects&view=tasks", Named(TWO, "Project", STUDIO)),
        (f"{STUDIO}/#itemId=home&slideEntityType=assetversion&slideEntityId={ONE}", Named(ONE, "AssetVersion", STUDIO)),
        (f"{STUDIO}/#slideEntityId={ONE}&view=tasks", Named(ONE, None, STUDIO)),
        (f"{STUDIO}/?entityId={ONE}&entityType=reviewsession#view=x", Named(ONE, "ReviewSession", STUDIO)),
        (f"{STUDIO}/player/version/{ONE}", Named(ONE, "AssetVersion", STUDIO)),
        (f"{STUDIO}/player/version/{ONE}?from=x", Named(ONE, "AssetVersion", STUDIO)),
        (f"{STUDIO}/project/{TWO}/spreadsheet/{ONE}", Named(ONE, None, STUDIO)),
        (f"{STUDIO}/project/{TWO}/tasks", Named(TWO, "Project", STUDIO)),
        (f"{STUDIO}/#/project/{TWO}?slideEntityId={ONE}&slideEntityType=task", Named(ONE, "TypedContext", STUDIO)),
        (f"http://127.0.0.1:8090/task/{ONE}", Named(ONE, "TypedContext", "http://127.0.0.1:8090")),
        (f"{STUDIO}/x?y=a{ONE}b", None),
        (f"{STUDIO}/files/a-{ONE}.mov", Named(ONE, None, STUDIO)),
    ],
)
def test_an_entity_is_recognised_however_it_is_pasted(text: str, named: Named | None) -> None:
    assert read_entity(text) == named


@pytest.mark.parametrize("text", ["", "SH010 comp", "Task:", ":x", "https://studio.ftrackapp.com/", "http://[", "a://"])
def test_other_texts_name_no_entity(text: str) -> None:
    assert read_entity(text) is None


@given(st.text(max_size=80))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for each in (text, f"https://a/#{text}", f"https://a/{text}", f"Task:{text}"):
        read_entity(each)


@given(st.uuids(), st.text(alphabet=st.characters(codec="utf-8", exclude_characters="#?&=/%+\\\r\n\t"), max_size=12))
def test_an_id_is_found_behind_any_other_parameters(entity: uuid.UUID, other: str) -> None:
    found = read_entity(
        f"https://a.b/#view={other}&slideEntityId={entity}&slideEntityType=task&entityId={uuid.UUID(int=0)}"
    )
    assert found == Named(str(entity), "TypedContext", "https://a.b")
