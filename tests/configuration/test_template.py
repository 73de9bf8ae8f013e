from __future__ import annotations

import tomllib
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from callboard.configuration.discovery import load_automations
from callboard.configuration.load import TABLES, load
from callboard.configuration.page import settings_page
from callboard.configuration.template import configuration_template, defaults, write_value
from callboard.registry import Registry, Trigger
from callboard.settings.models import AutomationSettings
from callboard.settings.table import Table

SECRETS = {"FTRACK_SERVER": "https://a.b", "FTRACK_API_USER": "callboard", "FTRACK_API_KEY": "k"}


def test_the_template_is_valid_apart_from_secrets_and_holds_every_default(tmp_path: Path) -> None:
    file = tmp_path / "callboard.toml"
    file.write_text(configuration_template(load_automations()))
    from_template = load(file, SECRETS)
    file.write_text("")
    from_nothing = load(file, SECRETS)
    assert from_template.model_copy(update={"origins": {}}) == from_nothing.model_copy(update={"origins": {}})


def test_the_template_names_and_explains_every_setting() -> None:
    registry = load_automations()
    text = configuration_template(registry)
    models: list[type[BaseModel]] = [
        *TABLES.values(),
        *(each.settings for each in registry.automations.values()),
    ]
    unwrapped = " ".join(text.replace("\n# ", " ").split())
    for model in models:
        for name, field in model.model_fields.items():
            assert name in text
            assert field.description, f"{model.__name__}.{name} has no description"
            assert " ".join(field.description.split()) in unwrapped


def test_the_commented_tables_are_valid_when_they_are_uncommented(tmp_path: Path) -> None:
    lines = configuration_template(Registry()).splitlines()
    text = "\n".join(line[1:] if line.startswith("#") and not line.startswith("# ") else line for line in lines)
    assert tomllib.loads(text)["slack"]["people"] == {}
    file = tmp_path / "callboard.toml"
    file.write_text(text)
    review = {name.replace("FTRACK", "REVIEW_FTRACK", 1): value for name, value in SECRETS.items()}
    assert load(file, SECRETS | review | {"SLACK_BOT_TOKEN": "xoxb"}).slack is not None


class Handoff(BaseModel):
    task_type: str
    to: str


class OddSettings(AutomationSettings):
    cutoff: time = Field(default=time(10), description="When.")
    handoffs: list[Handoff] = Field(default=[Handoff(task_type="Animation", to="Lighting")], description="Who.")
    structure: dict[str, object] = Field(default={"a b": ["x", "y"], "c": {"d": ["e"]}}, description="What.")
    tree: str = Field(default='one\n  two "three"\\\n', description="Where.")
    limit: int | None = Field(default=None, description="How many.")


def test_settings_of_any_shape_come_back_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry()
    registry.add(Trigger("odd", lambda _change, _settings: [], "created", "Task", OddSettings))
    table = tomllib.loads(configuration_template(registry))["automations"]["odd"]
    assert OddSettings.model_validate(table) == OddSettings()
    assert table["retry_for"] == "1d"


plain = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | st.text(st.characters(exclude_categories=("Cs", "Cc"))),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab -_é\"'", max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_what_is_written_reads_as_itself(value: object) -> None:
    assert tomllib.loads(f"x = {write_value(value)}")["x"] == value


def test_required_settings_are_blank() -> None:
    class Needs(Table):
        name: str = Field(description="Name.")

    assert defaults(Needs) == {"name": ""}


def test_every_setting_is_documented() -> None:
    page = Path(__file__).parents[2] / "docs" / "settings.md"
    twelve = Registry()
    for automation in load_automations().automations.values():
        function = automation.plan if isinstance(automation, Trigger) else automation.answer
        if function.__module__.startswith("callboard.automations."):
            twelve.add(automation)
    written = page.read_text("utf-8") == settings_page(twelve)
    assert written, "docs/settings.md is out of date; run scripts/write_settings_page.py"
