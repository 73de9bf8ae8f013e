"""Thousands of damaged files of each kind, each of which works or is refused in one sentence."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests import damage

from callboard.studio.media import apart

#: Files of each kind.
EACH = 2000
#: Files that are tried in a row before another kind has its turn.
_TURN = 50
_THREADS = 2


@dataclass
class Kind:
    """What came of the files of one kind.

    Attributes:
        ending: The kind.
        outcomes: How many worked, were refused, or ended the process that read them.
        wrong: What should not have been, and which file it was.
        slowest: Seconds of the slowest.
        peak: Bytes that a process had in memory at most.
    """

    ending: str
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0
    peak: int = 0

    def __str__(self) -> str:
        counts = ", ".join(f"{self.outcomes[kind]} {kind}" for kind in ("works", "refused", "crashed"))
        return f"{self.ending:5} {counts}; slowest {self.slowest:.1f} s, {self.peak >> 20} MB at most"


def try_files(minutes: float, seed: int) -> list[str]:
    """Try damaged files for so long at most; return what was wrong, a sentence each."""
    kinds = [Kind(ending) for ending in damage.KINDS]
    until, stopped = time.monotonic() + 60 * minutes, threading.Event()
    with tempfile.TemporaryDirectory(prefix="callboard-soak-") as folder, ThreadPoolExecutor(_THREADS) as threads:
        try:
            turns = [
                threads.submit(_turn, kind, Path(folder) / f"{turn}{kind.ending}", seed + turn, until, stopped)
                for turn in range(EACH // _TURN)
                for kind in kinds
            ]
            for turn in turns:
                turn.result()
        finally:
            stopped.set()
            apart.end_idle()
    sys.stdout.writelines(f"{kind}\n" for kind in kinds)
    return [sentence for kind in kinds for sentence in kind.wrong]


def _turn(kind: Kind, folder: Path, seed: int, until: float, stopped: threading.Event) -> None:
    files = damage.files(kind.ending, folder, seed)
    for number in range(_TURN):
        if stopped.is_set() or time.monotonic() > until:
            return
        outcome = damage.try_file(next(files))
        kind.outcomes[outcome.kind] += 1
        kind.slowest = max(kind.slowest, outcome.seconds)
        kind.peak = max(kind.peak, outcome.memory)
        if outcome.wrong:
            kind.wrong.append(f"file {number} of seed {seed} {kind.ending}: {outcome.wrong}")
    for file in folder.iterdir():
        file.unlink()
