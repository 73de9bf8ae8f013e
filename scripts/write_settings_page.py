"""Write docs/settings.md from the settings' models."""

from pathlib import Path

from callboard.configuration.discovery import load_automations
from callboard.configuration.page import settings_page

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"

if __name__ == "__main__":
    PAGE.write_text(settings_page(load_automations()), "utf-8")
