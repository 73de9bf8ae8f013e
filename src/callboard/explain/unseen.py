"""The cause, of all that are possible, why a change that ftrack has recorded is not stored."""

from __future__ import annotations

from collections.abc import Iterable

from callboard.explain.facts import Facts, Feed, Happening, Kind, Seen, World
from callboard.explain.tree import Cause, Fix, Verdict
from callboard.explain.words import LOOKS_AT, a, long_enough, span, what

#: Seconds in which a running server reads what happened, even when no event reports it.
SOON = 120.0
#: Seconds between what an event reported and the row that ftrack has of it, at most.
_SAME = 60.0

START = Fix("Start the event server.", "callboard run")
LOOK = Fix("See what is wrong on the way to ftrack.", "callboard check")


def newest(happened: Iterable[Happening], kind: Kind) -> Happening | None:
    """Return the newest thing of a kind that ftrack has recorded, or None."""
    return max((each for each in happened if each.kind == kind), key=lambda each: (each.at, each.key), default=None)


def is_stored(happening: Happening, seen: Iterable[Seen]) -> bool:
    """Return whether Callboard has stored a change, from ftrack's row or from what an event reported."""
    for each in seen:
        known = each.happening
        if known.key == happening.key:
            return True
        heard = known.key.startswith("heard:") and known.kind == happening.kind == "status"
        if heard and known.status == happening.status and abs(known.at - happening.at) <= _SAME:
            return True
    return False


def why_nothing(facts: Facts, kind: Kind) -> Verdict:
    """Return why nothing of a kind is stored about an entity, or why its newest change is not."""
    world = facts.world
    if kind == "launched" and facts.exists is not False:
        return Verdict(Cause.NOT_LAUNCHED, "Nobody started a job of it here.")
    if facts.exists is None:
        return Verdict(
            Cause.UNKNOWN,
            f"Callboard has not stored {LOOKS_AT[kind]}, and ftrack did not answer: {world.ftrack_problem or ''}",
            LOOK,
        )
    if not facts.exists:
        return why_missing(facts)
    last = newest(facts.happened, kind)
    if last is None:
        return Verdict(Cause.NOTHING_HAPPENED, f"ftrack has not recorded {LOOKS_AT[kind]}.")
    return why_not_stored(last, facts)


def why_missing(facts: Facts) -> Verdict:
    """Return why ftrack does not show an entity."""
    about, world = facts.about, facts.world
    name = f"{about.type or 'entity'} {about.id}"
    if world.asked_server:
        return Verdict(
            Cause.OTHER_FTRACK,
            f"The link leads to {world.asked_server}, and Callboard watches {world.server}, which has no {name}.",
            Fix("Paste a link of the ftrack that Callboard watches, or correct ftrack.server.", "callboard check"),
        )
    gone = "no longer" if facts.seen else "not"
    return Verdict(
        Cause.MISSING,
        f"{world.server} does {gone} show {name}: it is deleted, or {world.api_user} may not see it.",
        Fix(f"Check the link, and which projects {world.api_user} may see (its security roles in ftrack)."),
    )


def why_not_stored(happening: Happening, facts: Facts) -> Verdict:
    """Return why a change that ftrack has recorded is not stored."""
    world = facts.world
    feed = world.feeds.get(_shown_by(happening), Feed(watched=False))
    ago = span(world.now - happening.at)
    it = f"It {what(happening)} {ago} ago"
    if not feed.watched:
        return Verdict(
            Cause.NOT_WATCHED,
            f"{it}, and no automation that is on looks at {LOOKS_AT[happening.kind]} of {a((facts.about.type,))}.",
            Fix("Turn an automation for it on in the configuration, or write one.", page="/automations"),
        )
    if happening.at < world.now - world.keep_days * 86400:
        return Verdict(
            Cause.TOO_OLD,
            f"{it}, and the history goes back {world.keep_days} days (database.keep_days).",
            Fix("See what would be done about it now, and do it by hand.", _plan_command(facts)),
        )
    if world.first_start is None or feed.at is None:
        return _never_read(it, facts)
    if happening.at < world.first_start and happening.at <= feed.at:
        return Verdict(
            Cause.BEFORE_START,
            f"{it}, before Callboard first looked at anything ({span(world.now - world.first_start)} ago).",
            catch_up(world.now - happening.at),
        )
    return _unread(it, happening, feed, world)


def _shown_by(happening: Happening) -> Kind:
    """Return the kind of feed that shows a change; the status of a new entity shows with its creation."""
    return "created" if happening.key.endswith(":first") else happening.kind


def _never_read(it: str, facts: Facts) -> Verdict:
    world = facts.world
    if world.servers == 0:
        return Verdict(Cause.NEVER_STARTED, f"{it}, and no event server has read such changes yet.", START)
    return Verdict(Cause.NOT_HEARD, f"{it}, and the event server could not read such changes yet.", LOOK)


def _unread(it: str, happening: Happening, feed: Feed, world: World) -> Verdict:
    """Return why a change has not been read, though changes of its kind are."""
    unread = happening.at > (feed.at or 0.0)
    recent = world.now - happening.at < SOON
    if unread and world.servers == 0:
        return Verdict(Cause.DOWN, f"{it}, and no event server is running; it is read when one starts.", START)
    if unread and feed.behind:
        left = span(world.now - (feed.at or 0.0))
        return Verdict(
            Cause.BEHIND,
            f"{it}; Callboard is reading a backlog and has come to what happened {left} ago.",
            Fix("Wait; see how far it is.", "callboard status", "/"),
        )
    if unread and not world.hub and not recent:
        return Verdict(
            Cause.NOT_HEARD, f"{it}, and the event server does not hear ftrack; it is read when it does again.", LOOK
        )
    if recent:
        return Verdict(Cause.SOON, f"{it}; Callboard reads it within {SOON:g} s.", Fix("Wait a moment, and ask again."))
    if unread:
        return Verdict(
            Cause.NOT_HEARD, f"{it}, and the event server has not read it, though it hears ftrack; see its log.", LOOK
        )
    return Verdict(
        Cause.MISSED,
        f"{it}, and is not stored: Callboard began to look at such changes later, or ftrack did not show it in time.",
        catch_up(world.now - happening.at),
    )


def before_start(seen: Seen, world: World) -> Verdict:
    """Return what is said of a change that is known, and that automations never looked at."""
    return Verdict(
        Cause.BEFORE_START,
        f"It {what(seen.happening)} before Callboard first looked at such changes; nothing is done about those.",
        catch_up(world.now - seen.happening.at),
    )


def catch_up(seconds: float) -> Fix:
    """Return the fix that has the automations look at what they did not."""
    return Fix("Have the automations look at it.", f"callboard catch-up --since {long_enough(seconds)}")


def _plan_command(facts: Facts) -> str:
    return f"callboard plan --entity {facts.about.type}:{facts.about.id}"
