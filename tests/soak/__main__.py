"""Hours of faults: ``make soak``, or ``make soak ARGS="--minutes 10"``.

A quarter of the time real servers work under real faults, a quarter of it seeds of the simulation are played, and half
of it damaged media is read and encoded. A signal that ends it ends everything that it started.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
from types import FrameType

from tests.soak.files import try_files
from tests.soak.studio import soak


def main() -> int:
    """Run the three parts; 1 when anything was lost, double, stuck or unclear."""
    parser = argparse.ArgumentParser(prog="make soak", description="Work under faults, then audit everything.")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (default: %(default)g)")
    parser.add_argument("--seed", type=int, help="play this seed of the simulation alone")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    simulation = [sys.executable, "-m", "tests.simulation"]
    if arguments.seed is not None:
        return subprocess.run([*simulation, "--seed", str(arguments.seed)], check=False).returncode
    seed = random.SystemRandom().randrange(10**9)
    quarter = arguments.minutes / 4
    wrong = soak(quarter, seed)
    _say(f"studio, seed {seed}:", wrong or ["nothing is missing, and nothing is double."])
    unclear = try_files(2 * quarter, seed)
    _say(f"damaged media, seed {seed}:", unclear or ["each file worked, or was refused in one sentence."])
    played = subprocess.run([*simulation, "--minutes", str(quarter)], check=False).returncode
    return 1 if wrong or unclear else played


def _say(heading: str, lines: list[str]) -> None:
    sys.stdout.write("\n  ".join([heading, *lines]) + "\n")
    sys.stdout.flush()


def _end(number: int, _frame: FrameType | None) -> None:
    """End as an error would, so that everything that was started is ended; once is enough."""
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
