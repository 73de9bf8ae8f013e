"""What the README shows works as it is written there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callboard import Change, Entity, Reference, SetMetadata, Skip
from callboard.configuration.discovery import load_automations
from callboard.registry import Trigger, registry

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def thirteenth(tmp_path: Path) -> Iterator[Trigger]:
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "remember.py").write_text(code)
    trigger = load_automations(tmp_path).triggers["remember_approved_version"]
    yield trigger
    del registry.triggers["remember_approved_version"]


def approved(task: Entity | None) -> Change:
    version = Entity({"__entity_type__": "AssetVersion", "id": "v", "version": 7, "task": task})
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    return Change("key", "status", "AssetVersion", "v", "p", at, status="Approved", entity=version)


def test_the_thirteenth_automation_plans(thirteenth: Trigger) -> None:
    task = Entity({"__entity_type__": "Task", "id": "t"})
    assert list(thirteenth.plan(approved(task), thirteenth.settings())) == [
        SetMetadata(entity=Reference("Task", "t"), key="approved", value="v007")
    ]
    assert list(thirteenth.plan(approved(None), thirteenth.settings())) == [Skip(reason="The version has no task.")]


def test_the_thirteenth_automation_waits_for_its_status(thirteenth: Trigger) -> None:
    settings = thirteenth.settings()
    assert thirteenth.why_not(approved(None), settings) is None


def test_what_the_documents_link_to_exists() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
            if not target.startswith(("http://", "https://", "mailto:")):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"
