"""The facts about an entity, from the database and from ftrack, in so many questions however long the history is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

from callboard.changes import Entity
from callboard.engine.reading.feeds import feeds_for
from callboard.engine.reading.rows import entity_name, parent_name, project_name
from callboard.engine.running.dry_run import DryRun
from callboard.engine.store.database import Store
from callboard.engine.store.dossier import PAGE, Entry, Situation, read_dossier, read_situation
from callboard.engine.store.sightings import Sighting
from callboard.engine.store.states import RunState
from callboard.explain.facts import About, Automation, Facts, Feed, Happening, Plan, RunFact, Seen, World
from callboard.explain.shown import BY_NAME, Asker
from callboard.ftrack.links import Named
from callboard.registry import Registry, Trigger
from callboard.settings import Settings


class Gatherer:
    """Gathers facts; may be used from any thread.

    Args:
        settings: The configuration.
        registry: The automations.
        store: The database.
        asker: Asks ftrack.
    """

    def __init__(self, settings: Settings, registry: Registry, store: Store, asker: Asker) -> None:
        self._settings, self._registry, self._store, self._asker = settings, registry, store, asker

    def facts_about(self, named: Named, automation: str | None = None) -> Facts:
        """Return the facts about an entity.

        Args:
            named: The entity.
            automation: The only automation that is asked for; None: all.

        Raises:
            TryAgain: The database cannot be reached. While ftrack cannot be, facts are known from the database alone.
        """
        dossier, situation = read_dossier(self._store, named.id), read_situation(self._store)
        seen = tuple(map(_seen, dossier[:PAGE]))
        shown = self._asker.ask(named.id, automation, str((seen, situation.pauses)))
        row, problem, plans = shown.row, shown.problem, shown.plans
        about = _about(named, row, dossier)
        automations = [each for each in self._automations(situation, plans) if automation in (None, each.name)]
        return Facts(
            about=about,
            exists=None if row is None and problem is not None else row is not None,
            happened=tuple(_happening(each) for each in shown.sightings),
            seen=seen,
            more=len(dossier) > PAGE,
            automations=tuple(automations),
            world=self._world(named, about, situation, problem),
        )

    def _automations(self, situation: Situation, plans: dict[str, DryRun]) -> list[Automation]:
        found = []
        for each in self._registry.automations.values():
            own = self._settings.automation(each.name)
            automation = Automation(
                name=each.name,
                kind="launched",
                types=(),
                off=self._settings.why_off(each.name, each.needs),
                pause=situation.pauses.get(each.name),
                projects=tuple(own.projects),
                plan=_plan(plans.get(each.name)),
            )
            if isinstance(each, Trigger):
                statuses = tuple(each.statuses(own)) if each.to is not None else None
                more = {"kind": each.kind, "types": (each.entity_type,), "statuses": statuses, "leaving": each.leaving}
            else:
                more = {"types": each.on, "roles": tuple(own.roles)}
            found.append(replace(automation, **cast("Any", more)))
        return found

    def _world(self, named: Named, about: About, situation: Situation, problem: str | None) -> World:
        on = [
            each for each in self._registry.triggers.values() if self._settings.why_off(each.name, each.needs) is None
        ]
        table = about.type if about.type == "AssetVersion" else "TypedContext"
        watched = {feed.name for feed in feeds_for(on)}
        names = {"created": f"{about.type} created", "status": f"{table}StatusChange"}
        return World(
            now=situation.now,
            server=self._settings.ftrack.server,
            api_user=self._settings.ftrack.api_user,
            keep_days=self._settings.database.keep_days,
            first_start=situation.first_start,
            servers=situation.servers,
            hub=situation.hub,
            feeds={kind: _feed(name, watched, situation) for kind, name in names.items()},
            ftrack_problem=problem,
            asked_server=_other_server(named, self._settings),
        )


def _about(named: Named, row: Entity | None, dossier: Sequence[Entry]) -> About:
    if row is not None and row.type in BY_NAME:
        return About(row.type, row.id, str(row["name"]), None, row.at(BY_NAME[row.type]))
    if row is not None:
        status = None if row.type == "Project" else row.at("status.name")
        return About(row.type, row.id, entity_name(row), parent_name(row), project_name(row), status)
    for each in dossier:
        change = each.change
        # What happened before Callboard began is stored by its key alone, with a general type perhaps.
        if change.name:
            return About(change.entity_type, named.id, change.name, change.parent, change.project)
    known = next((each.change.entity_type for each in dossier), None)
    return About(named.type or known or "", named.id)


def _happening(sighting: Sighting) -> Happening:
    change = sighting.change
    by = change.by.username if change.by is not None else None
    return Happening(change.key, change.kind, change.at.timestamp(), change.status, change.from_status, by)


def _seen(entry: Entry) -> Seen:
    row = entry.change
    by = row.by["username"] if row.by else None
    return Seen(
        happening=Happening(row.key, row.kind, row.at, row.status, row.from_status, by),
        stored=row.stored,
        judged=row.ignored is not None or bool(entry.runs),
        runs={name: _run(run) for name, run in entry.runs.items()},
        ignored=entry.ignored,
        on_then=entry.on_then,
        because=row.cause_run,
    )


def _run(row: Any) -> RunFact:
    tried = row.due if row.state == RunState.WAITING and row.attempts else None
    return RunFact(row.id, row.state, row.summary, row.error, tried)


def _plan(dry_run: DryRun | None) -> Plan | None:
    if dry_run is None:
        return None
    would = tuple(effect.describe() for effect in dry_run.effects if effect.kind != "skip")
    return Plan(would, dry_run.reason, dry_run.error)


def _feed(name: str, watched: set[str], situation: Situation) -> Feed:
    cursor = situation.cursors.get(name)
    if cursor is None:
        return Feed(name in watched)
    return Feed(name in watched, cursor.at, cursor.behind)


def _other_server(named: Named, settings: Settings) -> str | None:
    """Return the ftrack that a link leads to, when it is not the one that Callboard watches."""
    if named.server is None or urlsplit(named.server).netloc == urlsplit(settings.ftrack.server.lower()).netloc:
        return None
    return named.server
