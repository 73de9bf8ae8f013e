"""Take the pictures of the README and the documentation from the running demo.

The demo plays its day, then a browser looks at its pages as people do. Nothing on the pictures is drawn by hand.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from scripts.find_chromium import FLAGS, find_chromium  # noqa: E402 - the scripts are not installed

FOLDER = ROOT / "docs" / "pictures"
SIZE = {"width": 1200, "height": 760}
#: What the demo prints -> its name here.
PLACES = {"the studio's ftrack": "ftrack", "Callboard's dashboard": "dashboard", "Slack": "slack"}
PRODUCER = "Nadia Okoro"


def main() -> int:
    """Play the demo, take every picture, and return 1 when a page cannot be seen."""
    path = find_chromium()
    if path is None:
        sys.stderr.write("There is no Chromium here; install one, or set CHROMIUM.\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    with play_demo() as places, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for name, (place, scheme, go) in PICTURES.items():
            take(browser, places[place], FOLDER / f"{name}.png", scheme, go)
        browser.close()
    return 0


@contextmanager
def removed_afterwards(folder: Path) -> Iterator[None]:
    """Remove a folder at the end that is made in between."""
    folder.mkdir()
    try:
        yield
    finally:
        shutil.rmtree(folder)


@contextmanager
def play_demo() -> Iterator[dict[str, str]]:
    """Play the day, and give the addresses of its pages while they are served."""
    # The folder is on the pictures, so it has a name that people understand.
    folder = Path(tempfile.gettempdir()) / "studio"
    with removed_afterwards(folder):
        command = [sys.executable, "-u", "-m", "callboard", "demo", "--root", str(folder)]
        demo = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"})
        try:
            assert demo.stdout is not None
            places = {}
            for line in demo.stdout:
                for printed, name in PLACES.items():
                    if found := re.search(rf"^  {printed} +(http\S+)", line):
                        places[name] = found[1].rstrip("/")
                if "Now it is your turn" in line:
                    break
            yield places
        finally:
            demo.terminate()
            demo.wait(60)


def take(browser: Browser, address: str, file: Path, scheme: str, go: Callable[[Page], None]) -> None:
    """Take one picture."""
    context = browser.new_context(viewport=SIZE, color_scheme=scheme, base_url=address, device_scale_factor=1)
    page = context.new_page()
    page.goto("/")
    sign_in = page.get_by_role("button", name=PRODUCER)
    if sign_in.count():
        sign_in.click()
        page.wait_for_url(f"{address}/")
    go(page)
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=file)
    context.close()


def open_links(*names: str | re.Pattern[str]) -> Callable[[Page], None]:
    """Return the way that leads through these links."""

    def go(page: Page) -> None:
        for name in names:
            page.get_by_role("link", name=name).first.click()
            page.wait_for_load_state("load")

    return go


def open_version(page: Page) -> None:
    """Open a version and stop at a frame behind its slate."""
    open_links("Lists", "Dailies_", "v1")(page)
    for _ in range(12):
        page.get_by_role("button", name="Next frame").click()


def wait_for_charts(page: Page) -> None:
    """Wait until the charts show something; the page is live."""
    page.locator("svg.chart rect").first.wait_for(state="attached", timeout=180_000)
    page.locator("svg.chart circle").first.wait_for(state="attached", timeout=180_000)


#: The link of a run.
_NUMBER = re.compile(r"^\d+$")
#: Name of the file -> whose page, dark or light, and the way there.
PICTURES: dict[str, tuple[str, str, Callable[[Page], None]]] = {
    "runs": ("dashboard", "light", open_links("Runs")),
    "failed-run": ("dashboard", "light", open_links("Runs", "failed", _NUMBER)),
    "why": ("dashboard", "dark", open_links("Automations", "status_handler", _NUMBER, re.compile(r"^why not\?$"))),
    "jobs": ("dashboard", "light", open_links("Jobs")),
    "automation": ("dashboard", "light", open_links("Automations", "status_handler")),
    "sandbox-project": ("ftrack", "light", open_links("The Comet", "SQ010")),
    "sandbox-version": ("ftrack", "dark", open_version),
    "sandbox-inspector": ("ftrack", "light", open_links("Inspector")),
    "slack": ("slack", "light", lambda _: None),
    # The last one, since the charts show a minute when it is over.
    "now": ("dashboard", "light", wait_for_charts),
}

if __name__ == "__main__":
    sys.exit(main())
