"""What a seed stands for: the same number plays the running side and the reading side."""

from __future__ import annotations

from pathlib import Path

from tests.simulation import studio, world
from tests.simulation.database import Database


def play(seed: int, folder: Path, database: Database) -> list[str]:
    """Play a seed on both sides, and return what is wrong in the end, in sentences.

    Args:
        seed: Decides everything that is random.
        folder: A new folder.
        database: Whose rows it replaces.
    """
    return [
        *(f"running: {each}" for each in studio.play(seed, folder, database)),
        *(f"reading: {each}" for each in world.play(seed, database)),
    ]
