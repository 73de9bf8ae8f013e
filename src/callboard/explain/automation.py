"""One automation's part: what it did about the newest change that it looks at, or why it did nothing."""

from __future__ import annotations

from collections.abc import Iterator

from callboard.engine.store.sightings import too_early
from callboard.explain.facts import Automation, Facts, RunFact, Seen
from callboard.explain.tree import Answer, AutomationAnswer, Cause, Condition, Fix, Verdict
from callboard.explain.unseen import START, before_start, catch_up, is_stored, newest, why_nothing
from callboard.explain.words import LOOKS_AT, a, listed, span, what


def explain_automation(automation: Automation, facts: Facts) -> AutomationAnswer:
    """Return an automation's part of an explanation."""
    seen = _newest_seen(automation, facts)
    runs = (each.runs[automation.name].id for each in facts.seen if automation.name in each.runs)
    checks = tuple(_checks(automation, facts, seen))
    verdict = _verdict(automation, facts, seen, checks)
    conditions = [_seen(automation, facts, seen), *checks]
    if seen is not None:
        conditions.append(_outcome(verdict, checks))
    if automation.kind != "launched":
        conditions.append(_plan(automation, facts))
    return AutomationAnswer(automation.name, verdict, tuple(conditions), max(runs, default=None))


def fits(automation: Automation, entity_type: str) -> bool:
    """Return whether an automation works on such entities."""
    return not automation.types or entity_type in automation.types


def _newest_seen(automation: Automation, facts: Facts) -> Seen | None:
    """Return the newest stored change that an automation looks at; None when ftrack has a newer one."""
    own = [
        each
        for each in facts.seen
        if each.happening.kind == automation.kind and (automation.kind != "launched" or automation.name in each.runs)
    ]
    latest = None if automation.kind == "launched" else newest(facts.happened, automation.kind)
    if latest is not None and not is_stored(latest, own):
        return None
    return max(own, key=lambda each: (each.happening.at, each.stored), default=None)


def _verdict(automation: Automation, facts: Facts, seen: Seen | None, checks: tuple[Condition, ...]) -> Verdict:
    refused = {check.cause: check for check in checks if check.answer is Answer.NO}
    # Of what was not seen, the first of these is the cause: nothing else may look at such changes.
    first = [Cause.KIND]
    if seen is None:
        first += [Cause.OFF, Cause.PAUSED, Cause.PROJECT] if automation.kind == "launched" else [Cause.OFF]
    for cause in first:
        if cause in refused:
            return Verdict(cause, refused[cause].sentence, refused[cause].fix)
    if seen is None:
        return why_nothing(facts, automation.kind)
    run = seen.runs.get(automation.name)
    if run is not None:
        return _of_run(automation, run, facts)
    if not seen.judged:
        return before_start(seen, facts.world)
    if automation.name in seen.ignored:
        return _of_ignored(automation, seen, facts, refused)
    return _not_asked(automation, seen, facts, refused)


def _of_run(automation: Automation, run: RunFact, facts: Facts) -> Verdict:
    page = f"/runs/{run.id}"
    match run.state:
        case "failed":
            fix = Fix("Fix what it says, and retry it.", f"callboard retry {run.id}", page)
            return Verdict(Cause.FAILED, run.error or "It failed.", fix)
        case "running":
            return Verdict(Cause.RUNNING, "A server is working on it.", Fix("Wait; see how far it is.", page=page))
        case "done":
            return Verdict(Cause.DONE, run.summary or "It is done.")
    return _of_waiting(automation, run, facts, page)


def _of_waiting(automation: Automation, run: RunFact, facts: Facts, page: str) -> Verdict:
    """Return what a run waits for."""
    verdict = Verdict(
        Cause.WAITING,
        "It waits for its turn, behind earlier changes.",
        Fix("Wait; see what is before it.", "callboard runs --state waiting", page),
    )
    if automation.pause is not None:
        verdict = Verdict(Cause.PAUSED, f"It waits, because {_paused(automation, facts)}", _resume(automation))
    elif automation.off is not None:
        verdict = Verdict(Cause.OFF, f"It waits, because {automation.off}", _turn_on(automation))
    elif facts.world.servers == 0:
        verdict = Verdict(Cause.DOWN, "It waits, because no event server is running.", START)
    elif run.error:
        left = None if run.next_try is None else run.next_try - facts.world.now
        again = "" if left is None else f" It is tried again {f'in {span(left)}' if left > 0 else 'now'}."
        verdict = Verdict(Cause.WAITING, f"{run.error}{again}", Fix("It is tried again by itself.", page=page))
    return verdict


def _of_ignored(automation: Automation, seen: Seen, facts: Facts, refused: dict[Cause | None, Condition]) -> Verdict:
    """Return why an automation had nothing to do with a change, and whether its settings would say so today."""
    sentence, fix = seen.ignored[automation.name], catch_up(facts.world.now - seen.happening.at)
    if sentence == too_early(automation.name):
        return Verdict(Cause.WAS_OFF, sentence, fix)
    for cause in (Cause.PROJECT, Cause.STATUS):
        if cause in refused:
            return Verdict(cause, sentence, refused[cause].fix)
    return Verdict(Cause.IGNORED, f"{sentence} Its settings have changed since.", fix)


def _not_asked(automation: Automation, seen: Seen, facts: Facts, refused: dict[Cause | None, Condition]) -> Verdict:
    """Return why an automation was not asked about a change that was seen."""
    if Cause.OFF in refused:
        return Verdict(Cause.OFF, refused[Cause.OFF].sentence, refused[Cause.OFF].fix)
    fix = catch_up(facts.world.now - seen.happening.at)
    if seen.on_then is not None and automation.name not in seen.on_then:
        return Verdict(Cause.WAS_OFF, f"{automation.name} was off when this was seen; it is on now.", fix)
    return Verdict(Cause.UNKNOWN, "Nothing is recorded about it: perhaps its run was too old and is forgotten.", fix)


# The conditions


def _seen(automation: Automation, facts: Facts, seen: Seen | None) -> Condition:
    question = "Was it launched?" if automation.kind == "launched" else "Was it seen?"
    if seen is not None:
        ago = span(facts.world.now - seen.happening.at)
        return Condition(question, Answer.YES, f"It {what(seen.happening)} {ago} ago.")
    why = why_nothing(facts, automation.kind)
    answer = Answer.UNKNOWN if why.cause is Cause.UNKNOWN else Answer.NO
    return Condition(question, answer, why.sentence, why.cause, why.fix)


def _checks(automation: Automation, facts: Facts, seen: Seen | None) -> Iterator[Condition]:
    yield _on(automation)
    yield _not_paused(automation, facts)
    yield _project(automation, facts)
    yield _kind(automation, facts)
    if automation.statuses is not None:
        yield _status(automation, facts, seen)


def _on(automation: Automation) -> Condition:
    question = "Is the automation on?"
    if automation.off is None:
        return Condition(question, Answer.YES, f"{automation.name} is on.")
    return Condition(question, Answer.NO, automation.off, Cause.OFF, _turn_on(automation))


def _not_paused(automation: Automation, facts: Facts) -> Condition:
    question = "Is it not paused?"
    if automation.pause is None:
        return Condition(question, Answer.YES, "Nobody paused it.")
    sentence = _paused(automation, facts)
    return Condition(question, Answer.NO, sentence, Cause.PAUSED, _resume(automation))


def _project(automation: Automation, facts: Facts) -> Condition:
    question, project = "Does it work in this project?", facts.about.project
    if not automation.projects:
        return Condition(question, Answer.YES, "It works in all projects.")
    names = ", ".join(automation.projects)
    if project in automation.projects:
        return Condition(question, Answer.YES, f"{project} is one of its projects.")
    if project is None and facts.exists is None:
        return Condition(question, Answer.UNKNOWN, f"Its project is not known; it works in {names}.")
    named = f"The project {project}" if project else "No project"
    fix = Fix(f"Add the project to projects in [automations.{automation.name}].", page=_page(automation))
    return Condition(question, Answer.NO, f"{named} is not one of {names}.", Cause.PROJECT, fix)


def _kind(automation: Automation, facts: Facts) -> Condition:
    question, looks_at = "Does it look at such things?", LOOKS_AT[automation.kind]
    types = a(automation.types)
    if not facts.about.type:
        return Condition(question, Answer.UNKNOWN, f"It looks at {looks_at}, for {types}.")
    if fits(automation, facts.about.type):
        return Condition(question, Answer.YES, f"It looks at {looks_at}, for {types}.")
    return Condition(
        question, Answer.NO, f"It looks at {looks_at}, for {types}; this is {a((facts.about.type,))}.", Cause.KIND
    )


def _status(automation: Automation, facts: Facts, seen: Seen | None) -> Condition:
    question, names = "Is it a status that it waits for?", automation.statuses or ()
    last = seen.happening if seen is not None else newest(facts.happened, "status")
    status, former = (last.status, last.from_status) if last is not None else (facts.about.status, None)
    wanted = listed(names) or "no status at all"
    waits = f"waits for {wanted}" + (", and for leaving it" if automation.leaving else "")
    if status is None:
        return Condition(question, Answer.UNKNOWN, f"Its status is not known; {automation.name} {waits}.")
    if status in names or (automation.leaving and former in names):
        return Condition(question, Answer.YES, f"The status became {status}; {automation.name} {waits}.")
    fix = Fix(f"Set that status, or change the statuses in [automations.{automation.name}].", page=_page(automation))
    sentence = f"The status became {status}; {automation.name} {waits}."
    return Condition(question, Answer.NO, sentence, Cause.STATUS, fix)


def _outcome(verdict: Verdict, checks: tuple[Condition, ...]) -> Condition:
    did = verdict.cause in {Cause.DONE, Cause.RUNNING}
    unsure = verdict.cause in {Cause.UNKNOWN, Cause.WAITING}
    answer = Answer.YES if did else Answer.UNKNOWN if unsure else Answer.NO
    fix = None if verdict.fix in {each.fix for each in checks} else verdict.fix
    return Condition("Did something come of it?", answer, verdict.sentence, verdict.cause, fix)


def _plan(automation: Automation, facts: Facts) -> Condition:
    question, plan = "Would it do something now?", automation.plan
    if plan is None:
        problem = facts.world.ftrack_problem
        sentence = f"It cannot be asked, since ftrack did not answer: {problem}" if problem else "It was not asked."
        return Condition(question, Answer.UNKNOWN, sentence)
    if plan.error is not None:
        return Condition(question, Answer.UNKNOWN, plan.error)
    if plan.would:
        return Condition(question, Answer.YES, f"It would {'; '.join(plan.would)}.")
    return Condition(question, Answer.NO, plan.reason or "It would do nothing.")


def _paused(automation: Automation, facts: Facts) -> str:
    pause = automation.pause
    if pause is None:
        return ""
    why = pause.why.rstrip(".")
    return f"{pause.by} paused {automation.name} {span(facts.world.now - pause.at)} ago: {why}."


def _resume(automation: Automation) -> Fix:
    return Fix("Resume it.", f"callboard resume {automation.name}", _page(automation))


def _turn_on(automation: Automation) -> Fix:
    return Fix("Change the configuration, and have the server take it.", "callboard reload", _page(automation))


def _page(automation: Automation) -> str:
    return f"/automations/{automation.name}"
