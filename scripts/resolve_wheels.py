"""See that everything Callboard needs exists as binary wheels for the Pythons of the VFX Reference Platform.

Its years 2025 and 2026 mean Python 3.11 and 3.13. Nothing is installed: pip only resolves.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.13")
EXTRAS = ("postgres", "sandbox")


def main() -> int:
    """Resolve for each Python, and return 1 when a wheel is missing."""
    failed = 0
    for python in PYTHONS:
        requirement = f"{ROOT}[{','.join(EXTRAS)}]"
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed"]
        limits = ["--target", ".", "--python-version", python, "--only-binary", ":all:"]
        done = subprocess.run([*command, *limits, requirement], capture_output=True, text=True, check=False)
        said = "every dependency has a wheel" if done.returncode == 0 else done.stderr.strip()
        sys.stdout.write(f"Python {python}: {said}\n")
        failed |= done.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
