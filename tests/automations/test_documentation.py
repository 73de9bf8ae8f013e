from __future__ import annotations

from pathlib import Path

import pytest

from callboard.configuration.discovery import load_automations
from callboard.registry import registry
from callboard.settings.models import AutomationSettings

PAGES = Path(__file__).parents[2] / "docs/automations"
load_automations()
OWN = [each for each in registry.automations.values() if each.settings.__module__.startswith("callboard.automations")]


@pytest.mark.parametrize("name", [automation.name for automation in OWN])
def test_every_setting_of_an_automation_is_on_its_page(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text("utf-8")
    settings = registry.automations[name].settings
    own = settings.model_fields.keys() - AutomationSettings.model_fields.keys() - {"roles"}
    assert [key for key in sorted(own) if f"| `{key}` |" not in page] == []
    assert all(settings.model_fields[key].description for key in own)
