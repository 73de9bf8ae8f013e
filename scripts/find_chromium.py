"""Makes sure that tests of pages have a Chromium: finds one, or installs Debian's where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

#: Chromium looks for servers of its maker at every start; without these it leaves that be.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """Return the path of the browser: ``$CHROMIUM``, or the one that the system has; None where there is none."""
    return os.environ.get("CHROMIUM") or next((found for name in NAMES if (found := shutil.which(name))), None)


def main() -> int:
    """Find or install it; tests that need it are skipped where neither succeeds."""
    if find_chromium() is None and os.geteuid() == 0 and (apt := shutil.which("apt-get")):
        print("Installing Chromium for the tests of pages ...", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            subprocess.run([apt, *command], check=False, env=environment, stdout=subprocess.DEVNULL)
    if find_chromium() is None:
        print("There is no Chromium here, so tests of pages in a browser are skipped; install one, or set CHROMIUM.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
