from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from callboard import CopyTemplate, Entity, MakeFolders, Refused, Skip, StudioSettings
from callboard.automations.create_task_folder import create_task_folder
from callboard.testing import NOON, change, entity, plan

STUDIO = StudioSettings(project_root="/data", template_files="/pipeline/template")
PROJECT = entity("Project", name="heron", root="", disk=None)
CHARACTER, PROP = (entity("Type", name=name) for name in ("Character", "Prop"))


def task(parent: Entity, *above: str, name: str = "Compositing", **values: Any) -> Entity:
    names = ["The Heron (full name)", *above, parent["name"], name]
    given: dict[str, Any] = {
        "type": entity("Type", name=name),
        "project": PROJECT,
        "project_id": PROJECT.id,
        "parent": parent,
        "created_at": NOON,
        "metadata": [],
        "link": [{"id": each, "name": each, "type": "TypedContext"} for each in names],
    }
    if parent.type == "Project":
        given["link"] = given["link"][:1] + given["link"][2:]
    return entity("Task", name=name, **(given | values))


def asset_build(*above: str, name: str = "Heron", **values: Any) -> Entity:
    link = [{"name": each} for each in ("The Heron (full name)", *above, name)]
    given = {"type": CHARACTER, "project_id": PROJECT.id, "created_at": NOON, "link": link}
    return entity("AssetBuild", name=name, **(given | values))


def planned(
    created: Entity, others: list[Entity] | None = None, builds: list[Entity] | None = None, **settings: Any
) -> Any:
    parent = created["parent"]
    related = {
        "tasks": [created, *(others or [])],
        "asset builds": [*([parent] if parent.type == "AssetBuild" else []), *(builds or [])],
    }
    return plan(create_task_folder, change(created, kind="created", related=related), studio=STUDIO, **settings)


def shot(name: str = "SH010") -> Entity:
    return entity("Shot", name=name)


def test_a_shots_task_gets_its_folder_in_the_shots_structure() -> None:
    created = task(shot(), "SQ010")
    assert planned(created) == [
        MakeFolders(
            base="/data",
            folder="/data/heron",
            folders=[
                *("shots/SQ010/SH010/img/comps", "shots/SQ010/SH010/img/plates", "shots/SQ010/SH010/img/render"),
                *("shots/SQ010/SH010/scene", "shots/SQ010/SH010/scene/compositing"),
            ],
        ),
        CopyTemplate(
            template="compositing",
            sources=["/data/heron/template_files", "/pipeline/template"],
            base="/data",
            target="/data/heron/shots/SQ010/SH010/scene/compositing/SH010",
            entity=created.reference,
            metadata_key="filename",
        ),
    ]


def test_episodes_and_folders_above_the_sequence_become_folders_in_order() -> None:
    _, copy = planned(task(shot(), "S01", "EP03", "SQ010"))
    assert copy.target == "/data/heron/shots/S01/EP03/SQ010/SH010/scene/compositing/SH010"


def test_an_asset_builds_task() -> None:
    makes, copy = planned(task(asset_build("Birds"), "Birds", name="Modeling"))
    assert makes.folders == ["assets/character/Heron/modeling"]
    assert copy.target == "/data/heron/assets/character/Heron/modeling/Heron_modeling"
    assert copy.template == "modeling"


def test_a_sequences_task_lies_where_a_shot_of_its_name_would_without_the_shots_structure() -> None:
    makes, copy = planned(task(entity("Sequence", name="SQ010"), "EP03", name="Editing"))
    assert makes.folders == ["shots/EP03/SQ010/scene/editing"]
    assert copy.target == "/data/heron/shots/EP03/SQ010/scene/editing/SQ010"


def test_a_task_right_under_the_project_lies_in_production() -> None:
    makes, copy = planned(task(PROJECT, name="Editing"))
    assert makes.folders == ["production/scene/editing"]
    assert copy.target == "/data/heron/production/scene/editing/heron"


def test_the_layout_is_a_setting() -> None:
    makes, copy = planned(
        task(shot(), "SQ010"),
        shot_folder="film/{shot:lower}",
        shot_structure={"in": [], "out": ["a", "b"]},
        file_name="{task_type}/{shot}_{task:lower}",
    )
    assert makes.folders == ["film/sh010/in", "film/sh010/out/a", "film/sh010/out/b", "film/sh010/Compositing"]
    assert copy.target == "/data/heron/film/sh010/Compositing/SH010_compositing"


def test_a_pattern_that_cannot_be_is_refused_at_load() -> None:
    with pytest.raises(ValidationError, match=r"\{sequence\} is not known here"):
        planned(task(shot(), "SQ010"), shot_folder="shots/{sequence}/{shot}")


def test_only_the_task_types_of_the_setting() -> None:
    created = task(shot(), "SQ010", name="Modeling")
    assert planned(created, task_types=["Animation", "Lighting"]) == [
        Skip(reason="The task type Modeling is not one of Animation, Lighting.")
    ]
    assert len(planned(created, task_types=["Modeling"])) == 2


def test_a_task_that_has_its_file_keeps_it() -> None:
    metadata = [entity("Metadata", key="filename", value="/data/x_v07.nk")]
    _, skip = planned(task(shot(), "SQ010", metadata=metadata))
    assert skip == Skip(reason="The task already has the file /data/x_v07.nk.")


def test_a_task_without_type_gets_its_folder_alone() -> None:
    makes, skip = planned(task(shot(), "SQ010", type=None))
    assert makes.folders[-1] == "shots/SQ010/SH010/scene/compositing"
    assert skip == Skip(reason="The task has no type, so there is no template for it.")


@pytest.mark.parametrize("name", ["..", "a/b", "CON", "comp.", "x" * 300, "a\0b", ""])
def test_a_name_that_cannot_be_a_folder_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="cannot be a folder or file"):
        planned(task(shot(), "SQ010", name=name, type=entity("Type", name="Compositing")))
    with pytest.raises(Refused, match="cannot be a folder or file"):
        planned(task(shot(name), "SQ010"))
    with pytest.raises(Refused, match="cannot be a folder or file"):
        planned(task(shot(), name))


def test_the_later_of_two_tasks_that_would_share_a_folder_is_refused() -> None:
    first = task(shot(), "SQ010", name="Comp")
    second = task(shot(), "SQ010", name="comp", created_at=NOON + timedelta(seconds=1))
    assert len(planned(first, [second])) == 2
    with pytest.raises(Refused, match=r"The tasks 'Comp' and 'comp' of SH010 would share a folder"):
        planned(second, [first])


def test_of_two_in_the_same_second_none_gets_what_may_be_the_others() -> None:
    one, two = task(shot(), "SQ010", name="Comp"), task(shot(), "SQ010", name="comp")
    for this, other in ((one, two), (two, one)):
        with pytest.raises(Refused, match="rename one of them"):
            planned(this, [other])


LATER = NOON + timedelta(seconds=1)


def test_the_later_of_two_asset_builds_that_would_share_a_folder_is_refused() -> None:
    first, second = asset_build("Birds"), asset_build("Reptiles", created_at=LATER)
    assert len(planned(task(first, "Birds", name="Modeling"), builds=[second])) == 2
    said = (
        r"^The asset builds Birds / Heron and Reptiles / Heron would share a folder; "
        r"rename one of them, or add \{parents\} to `asset_folder`\.$"
    )
    with pytest.raises(Refused, match=said):
        planned(task(second, "Reptiles", name="Modeling"), builds=[first])
    same_second = asset_build("Reptiles")
    with pytest.raises(Refused, match="would share a folder"):
        planned(task(first, "Birds", name="Modeling"), builds=[same_second])


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        ({"type": PROP}, {}),
        ({"project_id": "another"}, {}),
        ({}, {"asset_folder": "assets/{parents}/{asset}"}),
    ],
)
def test_asset_builds_of_one_name_with_folders_of_their_own_are_both_fine(
    values: dict[str, Any], settings: dict[str, Any]
) -> None:
    first, second = asset_build("Birds", **values), asset_build("Reptiles", created_at=LATER)
    assert len(planned(task(second, "Reptiles", name="Modeling"), builds=[first], **settings)) == 2


def test_a_pattern_without_type_has_one_folder_for_all_types() -> None:
    first, second = asset_build("Birds", type=PROP), asset_build("Reptiles", created_at=LATER)
    with pytest.raises(Refused, match="would share a folder"):
        planned(task(second, "Reptiles", name="Modeling"), builds=[first], asset_folder="assets/{asset}")
    assert planned(task(second, name="Modeling"), asset_folder="assets/{asset}")[0].folders == ["assets/Heron/modeling"]
