from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from callboard import Entity, SetMetadata, SetThumbnail, Skip
from callboard.automations.set_task_thumbnail import RECORD, set_task_thumbnail
from callboard.studio.icons import ICONS, icon_component_id
from callboard.testing import change, entity, plan

CUT, ON_HOLD = str(ICONS / "cut.png"), str(ICONS / "on_hold.png")


def task(thumbnail: str | None, remembered: str | None = None) -> Entity:
    metadata = [entity("Metadata", key=RECORD, value=remembered)] if remembered is not None else []
    return entity("Task", name="comp", thumbnail_id=thumbnail, metadata=metadata)


def memory(icon: str, former: str | None) -> str:
    return json.dumps({"icon": icon_component_id(icon), "former": former})


def planned(changed: Entity, status: str, **settings: Any) -> Any:
    return plan(set_task_thumbnail, change(changed, status=status, from_status="Cut"), **settings)


@pytest.mark.parametrize(("status", "icon"), [("Cut", CUT), ("On Hold", ON_HOLD)])
@pytest.mark.parametrize("former", ["a frame", None])
def test_the_icon_is_shown_and_what_was_there_is_remembered_in_ftrack(
    status: str, icon: str, former: str | None
) -> None:
    changed = task(former)
    assert planned(changed, status) == [
        SetMetadata(entity=changed.reference, key=RECORD, value=memory(icon, former)),
        SetThumbnail(entity=changed.reference, icon=icon),
    ]


@pytest.mark.parametrize("former", ["a frame", None])
def test_what_was_there_comes_back_when_the_status_leaves(former: str | None) -> None:
    changed = task(icon_component_id(CUT), memory(CUT, former))
    assert planned(changed, "In Progress") == [
        SetThumbnail(entity=changed.reference, component_id=former),
        SetMetadata(entity=changed.reference, key=RECORD, value=None),
    ]


def test_from_one_icon_to_the_other_the_first_picture_is_still_remembered() -> None:
    changed = task(icon_component_id(CUT), memory(CUT, "a frame"))
    assert planned(changed, "On Hold") == [
        SetMetadata(entity=changed.reference, key=RECORD, value=memory(ON_HOLD, "a frame")),
        SetThumbnail(entity=changed.reference, icon=ON_HOLD),
    ]


def test_a_thumbnail_that_somebody_set_meanwhile_is_left_alone() -> None:
    changed = task("somebody's", memory(CUT, "a frame"))
    assert planned(changed, "In Progress") == [
        Skip(reason="The task comp keeps the other thumbnail that it got in the meantime."),
        SetMetadata(entity=changed.reference, key=RECORD, value=None),
    ]
    remember, _ = planned(changed, "On Hold")
    assert json.loads(remember.value)["former"] == "somebody's"


def test_a_repeat_changes_nothing() -> None:
    assert planned(task(icon_component_id(CUT), memory(CUT, "a frame")), "Cut") == [
        Skip(reason="The task comp already shows the icon of Cut.")
    ]


@pytest.mark.parametrize("remembered", [None, "", "{broken", "[]", '{"icon": 1}'])
def test_a_status_without_icon_means_nothing_to_a_task_that_shows_none(remembered: str | None) -> None:
    assert planned(task("a frame", remembered), "Approved") == [
        Skip(reason="The status Approved has no icon, and the task comp does not show one.")
    ]


def test_the_icons_are_a_setting(tmp_path: Path) -> None:
    own = tmp_path / "late.png"
    own.write_bytes(b"a picture")
    _, effect = planned(task(None), "Late", icons={"Late": str(own)})
    assert effect.icon == str(own)
    assert planned(task(None), "Cut", icons={"Late": str(own)})[0].kind == "skip"
    with pytest.raises(ValidationError, match="the image file"):
        planned(task(None), "Late", icons={"Late": str(tmp_path / "none.png")})


def test_an_icon_has_one_component_that_follows_from_the_picture(tmp_path: Path) -> None:
    one, copy, other = tmp_path / "one.png", tmp_path / "copy.png", tmp_path / "other.png"
    one.write_bytes(b"a picture")
    copy.write_bytes(b"a picture")
    other.write_bytes(b"another")
    assert icon_component_id(str(one)) == icon_component_id(str(copy)) != icon_component_id(str(other))


def test_a_change_between_statuses_without_icons_is_none_of_its_business() -> None:
    moved = change(task("a frame"), status="Approved", from_status="In Progress")
    assert plan(set_task_thumbnail, moved) == [Skip(reason="Neither In Progress nor Approved is one of Cut, On Hold.")]
