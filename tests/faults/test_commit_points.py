"""The operating system ends the server at every seam of its work on disk and in ftrack; the next one loses nothing."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from tests.faults.test_faults import NAMES, MakeSite, assert_everything_is_there_once

SOURCE = Path(__file__).parents[2] / "src" / "callboard"
#: Every seam that the source has; those of Slack are in the simulation.
SEAMS = sorted(
    {
        name
        for path in SOURCE.rglob("*.py")
        for name in re.findall(r'seams\.reach\("([^"]+)"\)', path.read_text("utf-8"))
        if name.partition(":")[0] in {"worker", "batch", "disk", "ftrack"}
    }
)


def test_there_are_seams_to_die_at() -> None:
    assert len(SEAMS) >= 8


@pytest.mark.parametrize("seam", SEAMS)
def test_a_server_that_dies_at_a_seam_costs_nothing(site: MakeSite, seam: str) -> None:
    studio = site()
    dying = studio.start(dies_at=seam)
    tasks = studio.create_tasks(NAMES[:12])
    assert dying.wait_until_dead() == -signal.SIGKILL
    studio.start(ready=False)
    studio.wait_until_done(12)
    assert_everything_is_there_once(studio, tasks)
