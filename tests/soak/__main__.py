"""Hours of faults: ``make soak``, or ``make soak ARGS="--minutes 10"``.

Half of the time real servers work under real faults, and half of it seeds of the simulation are played.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys

from tests.soak.studio import soak


def main() -> int:
    """Run both halves; 1 when anything was lost, double or stuck."""
    parser = argparse.ArgumentParser(prog="make soak", description="Work under faults, then audit everything.")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (default: %(default)g)")
    parser.add_argument("--seed", type=int, help="play this seed of the simulation alone")
    arguments = parser.parse_args()
    simulation = [sys.executable, "-m", "tests.simulation"]
    if arguments.seed is not None:
        return subprocess.run([*simulation, "--seed", str(arguments.seed)], check=False).returncode
    seed = random.SystemRandom().randrange(10**9)
    wrong = soak(arguments.minutes / 2, seed)
    sys.stdout.write(
        "\n  ".join([f"studio, seed {seed}:", *(wrong or ["nothing is missing, and nothing is double."])]) + "\n"
    )
    played = subprocess.run([*simulation, "--minutes", str(arguments.minutes / 2)], check=False).returncode
    return 1 if wrong else played


if __name__ == "__main__":
    sys.exit(main())
