"""The statuses that versions and tasks get from the clients' decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from callboard.changes import Entity, Workflow
from callboard.errors import Refused
from callboard.ftrack import Ftrack, Operation
from callboard.jobs import Job
from callboard.studio.review.news import News
from callboard.studio.review.remarks import Feedback
from callboard.studio.review.threads import read_entities
from callboard.studio.review.verdicts import (
    Outcome,
    Row,
    read_settlement,
    rows_of,
    rows_of_version,
    settle,
    settlement_key,
    verdict_of,
)
from callboard.studio.versions.commits import commit_missing
from callboard.studio.versions.components import set_metadata
from callboard.studio.workflow import read_workflow

#: Versions of one commit.
_TOGETHER = 100
VERSION_READS = (
    "version",
    "asset.parent.project_id",
    "status_id",
    "status.name",
    "metadata",
    "task.name",
    "task.type_id",
    "task.status_id",
    "task.status.name",
    "task.metadata",
)


def read_versions(ftrack: Ftrack, version_ids: Collection[str]) -> dict[str, Entity]:
    """Return the existing versions by id, with what their decisions need."""
    return {version.id: version for version in read_entities(ftrack, "AssetVersion", VERSION_READS, version_ids)}


@dataclass(frozen=True)
class _Target:
    """A version or task that gets a status.

    Attributes:
        entity: It.
        name: The name of the review object, for people.
        whose: What a status is missing for, if it is.
        allowed: The statuses that the workflow allows.
        versions: The versions whose decisions count for it, by id.
    """

    entity: Entity
    name: str
    whose: str
    allowed: Mapping[str, str]
    versions: dict[str, Entity]


class Decider:
    """Imports decisions once.

    Args:
        job: The job that does it.
        session_id: The session in the studio; what another session decides about the same version is another matter.
        statuses: Decision -> the name of the status that version and task get.
        news: Gets what was done.
    """

    def __init__(self, job: Job, session_id: str, statuses: Mapping[str, str], news: News) -> None:
        self._job, self._session_id, self._statuses, self._news = job, session_id, statuses, news
        self._workflows: dict[str, Workflow] = {}

    def decide_all(self, feedback: Mapping[str, Feedback], versions: Mapping[str, Entity]) -> None:
        """Give versions and tasks the statuses that follow from new, changed and withdrawn decisions.

        Raises:
            TryAgain: ftrack cannot be reached.
        """
        by_task: dict[str, list[str]] = {}
        for version_id in feedback:
            if version_id in versions:
                task = versions[version_id]["task"]
                by_task.setdefault(version_id if task is None else task.id, []).append(version_id)
        groups = list(by_task.values())
        while groups:
            together: list[list[str]] = []
            count = 0
            while groups and (not together or count + len(groups[0]) <= _TOGETHER):
                count += len(groups[0])
                together.append(groups.pop(0))
            self._decide(feedback, together)

    def _decide(self, feedback: Mapping[str, Feedback], groups: list[list[str]]) -> None:
        """Decide about the versions of some tasks; when ftrack refuses it, about those of each task by itself."""
        draft = News()

        def missing() -> list[Operation]:
            nonlocal draft
            draft = News()
            found = read_versions(self._job.ftrack, [version_id for group in groups for version_id in group])
            operations = [
                operation
                for group in groups
                for target in self._targets([found[each] for each in group if each in found], feedback)
                for operation in self._settle(target, feedback, draft)
            ]
            if operations:
                self._news.remember(self._job, draft)
            return operations

        self._job.check()
        try:
            commit_missing(self._job.ftrack, missing)
        except Refused as problem:
            if len(groups) == 1:
                names = ", ".join(feedback[version_id].name for version_id in groups[0])
                self._news.problems.append(f"{names}: {str(problem).rstrip('.')}")
                return
            for group in groups:
                self._decide(feedback, [group])
        else:
            self._news.merge(draft)

    def _targets(self, versions: list[Entity], feedback: Mapping[str, Feedback]) -> Iterator[_Target]:
        """Yield the versions, and the task that they have in common; its newest version decides about it."""
        for version in versions:
            workflow = self._workflow(version["asset"]["parent"]["project_id"])
            yield _Target(
                version,
                feedback[version.id].name,
                "versions",
                workflow.statuses("AssetVersion"),
                {version.id: version},
            )
        if versions and versions[0]["task"] is not None:
            task, newest = versions[0]["task"], max(versions, key=lambda version: (version["version"], version.id))
            workflow = self._workflow(versions[0]["asset"]["parent"]["project_id"])
            allowed = workflow.statuses("Task", task["type_id"])
            yield _Target(task, feedback[newest.id].name, "its task", allowed, {each.id: each for each in versions})

    def _settle(self, target: _Target, feedback: Mapping[str, Feedback], news: News) -> list[Operation]:
        before = read_settlement(target.entity, self._session_id)
        rows: dict[str, Row] = {}
        for version_id in target.versions:
            about = feedback[version_id]
            is_known = about.is_shown
            rows |= rows_of(version_id, about.decisions) if is_known else rows_of_version(before.rows, version_id)
        decided = [each for each in target.versions.values() if rows_of_version(rows, each.id)]
        newest = max(decided, key=lambda version: (version["version"], version.id), default=None)
        deciding = rows_of_version(rows, newest.id) if newest is not None else {}
        verdict = verdict_of(deciding)
        wanted = self._statuses[verdict] if verdict is not None else None
        outcome = settle(before, rows, deciding, target.allowed.get(wanted or ""), target.entity["status_id"])
        if outcome is None:
            return []
        if wanted is not None and wanted not in target.allowed:
            news.problems.append(f"{target.name}: the workflow has no status {wanted} for {target.whose}")
            return []
        self._tell(target, before.rows, outcome, wanted, news)
        operations = set_metadata(target.entity, settlement_key(self._session_id), outcome.settlement.text)
        if outcome.status is not None:
            operations.insert(0, Ftrack.update(target.entity.reference, {"status_id": outcome.status}))
        return operations

    def _tell(
        self, target: _Target, before: Mapping[str, Row], outcome: Outcome, wanted: str | None, news: News
    ) -> None:
        status = target.entity["status"]["name"] if target.entity["status"] is not None else "none"
        subject = target.name if target.whose == "versions" else f"The task of {target.name}"
        if outcome.overruled is not None:
            news.replaced.append(f"{subject} was {status} and is {wanted} now.")
        if outcome.is_kept:
            news.kept.append(f"{subject} is {status}")
        if target.whose != "versions":
            return
        rows = outcome.settlement.rows
        for key, row in rows.items():
            if not row.is_same(before.get(key)):
                news.add(row.id + row.at, target.name, row.client, row.status)
        for key in before.keys() - rows.keys():
            news.add(before[key].id + before[key].at, target.name, before[key].client, "withdrew")

    def _workflow(self, project_id: str) -> Workflow:
        if project_id not in self._workflows:
            self._workflows[project_id] = read_workflow(self._job.ftrack, project_id)
        return self._workflows[project_id]
