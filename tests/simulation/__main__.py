"""Play seeds of the simulation for a while: ``python -m tests.simulation --minutes 10``.

It ends at the first seed after which something is wrong, and prints it: ``--seed N`` plays that one again, exactly.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.simulation.database import Database
from tests.simulation.seeds import play


def main() -> int:
    """Play seeds until the time is over, or something is wrong."""
    parser = argparse.ArgumentParser(prog="make soak", description="Play seeds of the simulation.")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (default: %(default)g)")
    parser.add_argument("--seed", type=int, help="play this seed alone")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    until = time.monotonic() + 60 * arguments.minutes
    seeds: Iterator[int] = iter([arguments.seed])
    if arguments.seed is None:
        # Other ones each time, so that many short soaks see as much as a long one.
        seeds = itertools.count(random.SystemRandom().randrange(10**9))
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder))
        for seed in itertools.takewhile(lambda _: time.monotonic() < until, seeds):
            with tempfile.TemporaryDirectory() as own:
                wrong = play(seed, Path(own) / "studio", database)
            count += 1
            if wrong:
                print(f"seed {seed}:", *wrong, sep="\n  ")  # noqa: T201 - this is what the command says
                print(f'Play it again: make soak ARGS="--seed {seed}"')  # noqa: T201 - this is what the command says
                database.close()
                return 1
        database.close()
    print(f"{count} seeds were played, and nothing was wrong.")  # noqa: T201 - this is what the command says
    return 0


if __name__ == "__main__":
    sys.exit(main())
