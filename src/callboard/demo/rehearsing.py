"""Night: a copy of the studio's ftrack, and what another setting would have made of the day."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from callboard.demo.stage import ROBOT, LocalFtrack, Stage

#: What is counted in both ftracks to compare them.
_COUNTED = ("Task", "AssetVersion", "Note", "TypedContextStatusChange", "ReviewSessionObjectStatus")
_CHANGED = '\n[automations.add_version_to_dailies]\nlist_name = "Morning_{day}"\n'


def play(stage: Stage) -> None:
    """Play the question that comes before every change of a setting: what would it have done?"""
    stage.teller.act("20:00  What if?")
    copy = _import(stage)
    _rehearse(stage, copy)


def _import(stage: Stage) -> LocalFtrack:
    teller, folder = stage.teller, stage.root / "ftrack-copy"
    teller.person("The pipeline TD", "copies the studio's ftrack, with invented people (ftrack-sandbox import).")
    access = {"FTRACK_SERVER": stage.studio.url, "FTRACK_API_USER": ROBOT, "FTRACK_API_KEY": stage.studio.key}
    said = _run(["ftrack_sandbox", "import", "--data", str(folder), "--people", "pseudonyms"], access)
    teller.quote("Import", said.splitlines()[-1].split(". ")[0])
    copy = stage.serve_copy(folder.name)
    teller.verify(
        "the copy holds as many tasks, versions, notes, status changes and decisions of clients",
        lambda: all(_count(copy, name) == _count(stage.studio, name) for name in _COUNTED),
    )
    return copy


def _rehearse(stage: Stage, copy: LocalFtrack) -> None:
    teller = stage.teller
    other = stage.root / "another.toml"
    other.write_text(stage.configuration.read_text("utf-8") + _CHANGED, "utf-8")
    other.chmod(0o600)
    before = _folders(stage)
    teller.person("The pipeline TD", 'rehearses the week with another list_name, "Morning_{day}" (callboard rehearse).')
    access = {"FTRACK_SERVER": copy.url, "FTRACK_API_USER": ROBOT, "FTRACK_API_KEY": copy.key}
    command = ["callboard", "rehearse", "--since", "7d", "-c", str(stage.configuration), "--against", str(other)]
    said = _run(command, access).splitlines()
    for line in said[:3]:
        teller.quote("Rehearsal", line.strip())
    teller.verify("only the dailies differ", lambda: _only_dailies(said))
    teller.verify("nothing was written, on disk or in either ftrack", lambda: _is_untouched(stage, copy, before))


def _only_dailies(said: list[str]) -> bool:
    differing = [line for line in said if line.strip().startswith("+ ")]
    return bool(differing) and all("to the list Morning_" in line for line in differing)


def _is_untouched(stage: Stage, copy: LocalFtrack, before: list[str]) -> bool:
    morning = 'select id from AssetVersionList where name like "Morning_%"'
    return _folders(stage) == before and not stage.studio.ftrack.query(morning) and not copy.ftrack.query(morning)


def _folders(stage: Stage) -> list[str]:
    return sorted(str(path) for path in stage.production.rglob("*"))


def _count(ftrack: LocalFtrack, entity_type: str) -> int:
    return len(ftrack.ftrack.query(f"select id from {entity_type} order by id"))


def _run(arguments: list[str], environment: Mapping[str, str]) -> str:
    """Run one of the project's own commands to its end, and return what it said."""
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        [sys.executable, "-m", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or done.stdout.strip())
    return done.stdout
