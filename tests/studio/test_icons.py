from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image, ImageChops, ImageStat

from callboard.configuration.discovery import load_automations
from callboard.registry import registry
from callboard.studio.icons import ICONS

SCRIPT = Path(__file__).parents[2] / "scripts/draw_icons.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_icons", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["draw_icons"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_what_is_committed_is_what_the_script_draws(script: ModuleType) -> None:
    for draw in script.DRAWN:
        icon = draw()
        assert (ICONS / f"{draw.__name__}.svg").read_text("utf-8") == icon.svg()
        with Image.open(ICONS / f"{draw.__name__}.png") as committed:
            difference = ImageChops.difference(committed.convert("RGBA"), icon.png())
        # Another release of Pillow may shrink a little differently.
        assert max(ImageStat.Stat(difference).mean) < 1


def test_every_action_has_an_icon() -> None:
    load_automations()
    own = {
        each.name for each in registry.actions.values() if each.answer.__module__.startswith("callboard.automations")
    }
    assert {f"{name}.{kind}" for name in own for kind in ("svg", "png")} <= {file.name for file in ICONS.iterdir()}
