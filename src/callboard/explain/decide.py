"""The decision: facts in, explanation out."""

from __future__ import annotations

from collections.abc import Iterator

from callboard.explain.automation import explain_automation, fits
from callboard.explain.facts import Facts
from callboard.explain.tree import Answer, Cause, Condition, Explanation, Verdict
from callboard.explain.unseen import LOOK, START, before_start, is_stored, why_missing, why_not_stored
from callboard.explain.words import span, what


def explain(facts: Facts, only: str | None = None) -> Explanation:
    """Return what Callboard saw of an entity and what came of it, or why nothing did.

    Args:
        facts: Everything that is known.
        only: The automation to explain, whatever it looks at; None: all that look at such entities.
    """
    kind = facts.about.type
    shown = [each for each in facts.automations if each.name == only or (only is None and fits(each, kind))]
    others = [each.name for each in facts.automations if only is None and not fits(each, kind)]
    return Explanation(
        about=facts.about,
        verdict=_verdict(facts),
        conditions=tuple(_conditions(facts)),
        automations=tuple(explain_automation(each, facts) for each in shown),
        others=tuple(others),
        seen=facts.seen,
        more=facts.more,
    )


def _verdict(facts: Facts) -> Verdict:
    """Return whether Callboard saw the newest thing that happened to the entity, or why not."""
    if facts.exists is False and not facts.seen:
        return why_missing(facts)
    world, last = facts.world, max(facts.happened, key=lambda each: (each.at, each.key), default=None)
    if last is not None and not is_stored(last, facts.seen):
        return why_not_stored(last, facts)
    if facts.seen:
        latest = max(facts.seen, key=lambda each: (each.happening.at, each.stored))
        ago = span(world.now - latest.happening.at)
        gone = " ftrack no longer shows it." if facts.exists is False else ""
        if not latest.judged:
            return before_start(latest, world)
        late = latest.stored - latest.happening.at
        delay = f", and was seen {span(late)} later" if late >= 60 else ""
        return Verdict(Cause.DONE, f"It {what(latest.happening)} {ago} ago{delay}.{gone}")
    if facts.exists is None:
        problem = world.ftrack_problem or "nobody knows why."
        return Verdict(Cause.UNKNOWN, f"Callboard has nothing about it, and ftrack did not answer: {problem}", LOOK)
    return Verdict(Cause.NOTHING_HAPPENED, "ftrack has recorded nothing about it that Callboard looks at.")


def _conditions(facts: Facts) -> Iterator[Condition]:
    """Give what has to be so for anything to be seen."""
    world = facts.world
    yield _found(facts)
    if world.servers:
        yield Condition("Does an event server run?", Answer.YES, _count(world.servers, "server") + " running.")
        hears = Answer.YES if world.hub else Answer.NO
        sentence = "Events are heard." if world.hub else "No event server hears ftrack; it is read when it answers."
        fix = None if world.hub else LOOK
        cause = None if world.hub else Cause.NOT_HEARD
        yield Condition("Is ftrack heard?", hears, sentence, cause, fix)
    else:
        yield Condition("Does an event server run?", Answer.NO, "No event server is running.", Cause.DOWN, START)
    yield _seen(facts)


def _found(facts: Facts) -> Condition:
    question, world = "Does ftrack show it?", facts.world
    if facts.exists is None:
        return Condition(question, Answer.UNKNOWN, f"ftrack did not answer: {world.ftrack_problem or ''}", None, LOOK)
    if facts.exists:
        return Condition(question, Answer.YES, f"{world.server} shows it to {world.api_user}.")
    why = why_missing(facts)
    return Condition(question, Answer.NO, why.sentence, why.cause, why.fix)


def _seen(facts: Facts) -> Condition:
    question = "Was everything seen?"
    missed = [each for each in facts.happened if not is_stored(each, facts.seen)]
    if facts.exists is None:
        stored = _count(len(facts.seen), "change") + " stored; ftrack did not say what else there is."
        return Condition(question, Answer.UNKNOWN, stored)
    if not missed:
        stored = _count(len(facts.seen), "change")
        return Condition(question, Answer.YES if facts.seen else Answer.NO, f"{stored} seen.")
    last = max(missed, key=lambda each: (each.at, each.key))
    why = why_not_stored(last, facts)
    count = f"{len(missed)} of {len(facts.happened)} changes that ftrack recorded were not seen. "
    return Condition(question, Answer.NO, (count if len(missed) > 1 else "") + why.sentence, why.cause, why.fix)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{' is' if number == 1 else 's are'}"
