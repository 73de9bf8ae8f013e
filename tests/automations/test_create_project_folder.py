from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from callboard import CopyFiles, MakeFolders, Refused, Skip, StudioSettings
from callboard.automations.create_project_folder import create_project_folder
from callboard.testing import change, entity, plan

STUDIO = StudioSettings(project_root="/data/production", template_files="/data/pipeline/template")


def project(schema: str = "VFX Scheme", **values: Any) -> Any:
    given = {"name": "heron", "full_name": "The Heron", "root": "", "disk": None} | values
    return entity("Project", project_schema=entity("ProjectSchema", name=schema), **given)


def planned(changed: Any, **settings: Any) -> Any:
    return plan(create_project_folder, change(changed, kind="created"), studio=STUDIO, **settings)


def test_the_tree_is_made_and_the_template_files_are_copied() -> None:
    assert planned(project()) == [
        MakeFolders(
            base="/data/production",
            folder="/data/production/heron",
            folders=[
                *("assets/3d", "assets/artwork", "assets/hdri"),
                *("production/approvals", "production/editorial", "production/io"),
                *("production/meetings", "production/schedule"),
                *("reference", "shots", "template_files"),
            ],
        ),
        CopyFiles(
            source="/data/pipeline/template", base="/data/production", target="/data/production/heron/template_files"
        ),
    ]


@pytest.mark.parametrize("schema", ["VFX Scheme", "VFX Schema"])
def test_both_names_of_the_schema_count(schema: str) -> None:
    assert len(planned(project(schema))) == 2


def test_another_schema_is_left_alone_and_named() -> None:
    assert planned(project("Design")) == [
        Skip(reason="The workflow schema Design is not one of VFX Scheme, VFX Schema.")
    ]
    assert len(planned(project("Design"), schemas=["Design"])) == 2


def test_the_structure_and_the_template_files_are_settings() -> None:
    makes, copies = planned(project(), structure={"a": {"b": ["c"]}, "d": []}, template_files="/elsewhere")
    assert makes.folders == ["a/b/c", "d"]
    assert copies.source == "/elsewhere"


def test_a_relative_folder_of_template_files_is_refused_at_load() -> None:
    with pytest.raises(ValidationError, match="'template' is not an absolute path; begin it with /"):
        planned(project(), template_files="template")


def test_without_template_files_only_folders_are_made() -> None:
    studio = StudioSettings(project_root="/data")
    effects = plan(create_project_folder, change(project(), kind="created"), studio=studio)
    assert [effect.kind for effect in effects] == ["make_folders"]


@pytest.mark.parametrize("values", [{"root": "relative/path"}, {"name": "../x"}, {"root": "/data/../../etc"}])
def test_a_path_that_leads_elsewhere_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(Refused):
        planned(project(**values))
