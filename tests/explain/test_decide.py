"""What follows from facts: every cause by its own facts, and any facts at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.engine.store.pauses import Pause
from callboard.engine.store.sightings import too_early
from callboard.explain.as_json import explanation_as_json
from callboard.explain.decide import explain
from callboard.explain.facts import About, Automation, Facts, Feed, Happening, Plan, RunFact, Seen, World
from callboard.explain.tree import Answer, AutomationAnswer, Cause

NOW = 1_800_000_000.0
DAY = 86400.0
READ = Feed(watched=True, at=NOW - 10)
WORLD = World(NOW, "https://s", "callboard", 90, NOW - 30 * DAY, 1, True, {"created": READ, "status": READ})
CREATED = Happening("created:t", "created", NOW - 3600, by="mira")
READY = Happening("status:1", "status", NOW - 1800, "Ready", "Not ready", "mira")
FOLDER = Automation("make_folder", "status", ("Task",), statuses=("Ready",), plan=Plan(("make a folder",)))
FACTS = Facts(
    about=About("Task", "t", "comp", "SH010", "comet", "Ready"),
    exists=True,
    happened=(CREATED, READY),
    seen=(
        Seen(READY, NOW - 1799, runs={"make_folder": RunFact(7, "done", "Made 1 folder.")}),
        Seen(CREATED, NOW - 3599),
    ),
    more=False,
    automations=(FOLDER,),
    world=WORLD,
)


def changed(automation: Automation = FOLDER, *, seen: Seen | None = FACTS.seen[0], **more: object) -> Facts:
    rest = FACTS.seen[1:]
    facts = replace(FACTS, automations=(automation,), seen=(seen, *rest) if seen else rest)
    return replace(facts, **more)  # type: ignore[arg-type]


def answered(facts: Facts) -> AutomationAnswer:
    [answer] = explain(facts, facts.automations[0].name).automations
    return answer


def of_run(**more: object) -> Seen:
    run = replace(RunFact(7, "waiting"), **more)  # type: ignore[arg-type]
    return replace(FACTS.seen[0], runs={"make_folder": run})


IGNORED = replace(FACTS.seen[0], runs={}, ignored={"make_folder": "Its reason then."})
UNASKED = replace(FACTS.seen[0], runs={})
PAUSE = Pause("nadia", "The storage is being moved", NOW - 60)
PAUSED = replace(FOLDER, pause=PAUSE)
OFF = replace(FOLDER, off="make_folder is turned off in [automations.make_folder].")


@pytest.mark.parametrize(
    ("cause", "facts", "sentence"),
    [
        (Cause.DONE, FACTS, "Made 1 folder."),
        (Cause.FAILED, changed(seen=of_run(state="failed", error="No root.")), "No root."),
        (Cause.RUNNING, changed(seen=of_run(state="running")), "working on it"),
        (Cause.WAITING, changed(seen=of_run()), "waits for its turn"),
        (Cause.WAITING, changed(seen=of_run(error="Slack is away.", next_try=NOW + 30)), "tried again in 30s"),
        (Cause.PAUSED, changed(PAUSED, seen=of_run()), "nadia paused make_folder 1m ago: The storage is being moved."),
        (Cause.OFF, changed(OFF, seen=of_run()), "turned off"),
        (Cause.DOWN, changed(seen=of_run(), world=replace(WORLD, servers=0, hub=False)), "no event server"),
        (Cause.PROJECT, changed(replace(FOLDER, projects=("dune",)), seen=IGNORED), "Its reason then."),
        (Cause.STATUS, changed(replace(FOLDER, statuses=("Done",)), seen=IGNORED), "Its reason then."),
        (Cause.WAS_OFF, changed(seen=replace(UNASKED, ignored={"make_folder": too_early("make_folder")})), "turned on"),
        (Cause.IGNORED, changed(seen=IGNORED), "settings have changed since"),
        (Cause.OFF, changed(OFF, seen=UNASKED), "turned off"),
        (Cause.WAS_OFF, changed(seen=replace(UNASKED, on_then=frozenset())), "was off when this was seen"),
        (Cause.UNKNOWN, changed(seen=replace(UNASKED, on_then=frozenset({"make_folder"}))), "Nothing is recorded"),
        (Cause.BEFORE_START, changed(seen=replace(UNASKED, judged=False)), "before Callboard first looked"),
        (Cause.KIND, changed(replace(FOLDER, types=("Shot",)), seen=None), "this is a Task"),
    ],
)
def test_an_automation_says_what_came_of_a_change(cause: Cause, facts: Facts, sentence: str) -> None:
    answer = answered(facts)
    assert answer.verdict.cause is cause
    assert sentence in answer.verdict.sentence


def unseen(**feed: object) -> Facts:
    feeds = {"created": READ, "status": replace(READ, **feed)}  # type: ignore[arg-type]
    return changed(seen=None, world=replace(WORLD, feeds=feeds))


def in_world(facts: Facts, **more: object) -> Facts:
    return replace(facts, world=replace(facts.world, **more))  # type: ignore[arg-type]


UNREAD = unseen(at=NOW - 2000)
OLD = replace(READY, at=NOW - 100 * DAY)


@pytest.mark.parametrize(
    ("cause", "facts", "command"),
    [
        (Cause.NOT_WATCHED, unseen(watched=False), None),
        (Cause.TOO_OLD, replace(unseen(), happened=(OLD,)), "callboard plan --entity Task:t"),
        (Cause.NEVER_STARTED, in_world(unseen(at=None), first_start=None, servers=0), "callboard run"),
        (Cause.NOT_HEARD, in_world(unseen(at=None), first_start=None), "callboard check"),
        (Cause.BEFORE_START, in_world(unseen(), first_start=NOW - 60), "callboard catch-up --since 1h"),
        (Cause.DOWN, in_world(UNREAD, servers=0, hub=False), "callboard run"),
        (Cause.BEHIND, unseen(at=NOW - 2000, behind=True), "callboard status"),
        (Cause.NOT_HEARD, in_world(UNREAD, hub=False), "callboard check"),
        (Cause.NOT_HEARD, UNREAD, "callboard check"),
        (Cause.SOON, replace(UNREAD, happened=(replace(READY, at=NOW - 1),)), None),
        (Cause.MISSED, unseen(), "callboard catch-up --since 1h"),
        (Cause.NOTHING_HAPPENED, replace(UNREAD, happened=()), None),
        (Cause.MISSING, replace(UNREAD, exists=False, seen=(), happened=()), None),
        (
            Cause.OTHER_FTRACK,
            in_world(replace(UNREAD, exists=False, seen=(), happened=()), asked_server="https://other"),
            "callboard check",
        ),
        (
            Cause.UNKNOWN,
            in_world(replace(UNREAD, exists=None, seen=(), happened=()), ftrack_problem="It is away."),
            "callboard check",
        ),
    ],
)
def test_a_change_that_is_not_stored_has_one_cause_and_what_fixes_it(
    cause: Cause, facts: Facts, command: str | None
) -> None:
    verdict = answered(facts).verdict
    assert verdict.cause is cause
    if command is None:
        assert verdict.fix is None or verdict.fix.command is None
    else:
        assert verdict.fix is not None
        assert verdict.fix.command == command
    if cause is not Cause.NOTHING_HAPPENED or not facts.seen:
        assert explain(facts).verdict.cause is cause


def test_what_is_off_is_named_where_nothing_else_looks_at_such_changes() -> None:
    facts = unseen(watched=False)
    assert answered(replace(facts, automations=(OFF,))).verdict.cause is Cause.OFF


def test_a_change_that_an_event_reported_is_the_same_one() -> None:
    heard = replace(FACTS.seen[0], happening=replace(READY, key="heard:e:t", at=READY.at + 5))
    assert answered(changed(seen=heard)).verdict.cause is Cause.DONE
    later = replace(heard, happening=replace(heard.happening, at=READY.at - 300))
    assert answered(changed(seen=later)).verdict.cause is Cause.MISSED


def test_every_condition_has_its_own_answer() -> None:
    facts = changed(
        replace(PAUSED, projects=("dune",), statuses=("Done",), plan=Plan(reason="It is done.")), seen=IGNORED
    )
    answers = {each.question: each.answer for each in answered(facts).conditions}
    assert answers == {
        "Was it seen?": Answer.YES,
        "Is the automation on?": Answer.YES,
        "Is it not paused?": Answer.NO,
        "Does it work in this project?": Answer.NO,
        "Does it look at such things?": Answer.YES,
        "Is it a status that it waits for?": Answer.NO,
        "Did something come of it?": Answer.NO,
        "Would it do something now?": Answer.NO,
    }


def test_while_ftrack_is_away_the_rest_is_shown() -> None:
    world = replace(WORLD, ftrack_problem="ftrack at https://s cannot be reached: no connection.")
    facts = changed(replace(FOLDER, plan=None), exists=None, happened=(), world=world)
    answer = answered(facts)
    assert answer.verdict.cause is Cause.DONE
    assert answer.conditions[-1].answer is Answer.UNKNOWN
    assert "no connection" in answer.conditions[-1].sentence


LAUNCH = Happening("launch:1", "launched", NOW - 600, by="mira")
ENCODE = Automation("encode", "launched", ("Task",), roles=("Supervisor",))


def test_an_action_says_who_launched_it_or_that_nobody_did() -> None:
    nobody = replace(FACTS, automations=(ENCODE,))
    assert answered(nobody).verdict.cause is Cause.NOT_LAUNCHED
    seen = Seen(LAUNCH, NOW - 600, runs={"encode": RunFact(9, "done", "Encoded.")})
    assert answered(replace(nobody, seen=(seen, *FACTS.seen))).verdict.cause is Cause.DONE
    paused = replace(nobody, automations=(replace(ENCODE, pause=PAUSE),))
    assert answered(paused).verdict.cause is Cause.PAUSED


# Any facts at all

NAMES = ("a", "b")
TIMES = st.one_of(st.floats(NOW - 200 * DAY, NOW + DAY), st.just(NOW))
TEXT = st.text(max_size=8)
MAYBE = st.none() | TEXT
KINDS = st.sampled_from(["created", "status", "launched"])
HAPPENINGS = st.builds(
    Happening, st.sampled_from(["k1", "k2", "x:first", "heard:1"]), KINDS, TIMES, MAYBE, MAYBE, MAYBE
)
STATES = st.sampled_from(["waiting", "running", "failed", "done"])
RUNS = st.builds(RunFact, st.integers(1, 9), STATES, TEXT, MAYBE, st.none() | TIMES)
SEEN = st.builds(
    Seen,
    HAPPENINGS,
    TIMES,
    st.booleans(),
    st.dictionaries(st.sampled_from(NAMES), RUNS),
    st.dictionaries(st.sampled_from(NAMES), TEXT),
    st.none() | st.frozensets(st.sampled_from(NAMES)),
)
FEEDS = st.builds(Feed, st.booleans(), st.none() | TIMES, st.booleans())
AUTOMATIONS = st.builds(
    Automation,
    st.sampled_from(NAMES),
    KINDS,
    st.sampled_from([(), ("Task",), ("Shot", "Task")]),
    MAYBE,
    st.none() | st.builds(Pause, TEXT, TEXT, TIMES),
    st.lists(TEXT, max_size=2).map(tuple),
    st.none() | st.lists(TEXT, max_size=2).map(tuple),
    st.booleans(),
    st.just(()),
    st.none() | st.builds(Plan, st.lists(TEXT, max_size=2).map(tuple), MAYBE, MAYBE),
)
WORLDS = st.builds(
    World,
    st.just(NOW),
    TEXT,
    TEXT,
    st.integers(1, 90),
    st.none() | TIMES,
    st.integers(0, 2),
    st.booleans(),
    st.dictionaries(st.sampled_from(["created", "status"]), FEEDS),
    MAYBE,
    MAYBE,
)
ANY = st.builds(
    Facts,
    st.builds(About, st.sampled_from(["", "Task", "Shot", "Project"]), TEXT, TEXT, MAYBE, MAYBE, MAYBE),
    st.none() | st.booleans(),
    st.lists(HAPPENINGS, max_size=3).map(tuple),
    st.lists(SEEN, max_size=3).map(tuple),
    st.booleans(),
    st.lists(AUTOMATIONS, max_size=2, unique_by=lambda each: each.name).map(tuple),
    WORLDS,
)


@given(ANY)
@settings(max_examples=60, deadline=None)
def test_any_facts_lead_to_an_explanation(facts: Facts) -> None:
    explanation = explain(facts)
    assert explanation_as_json(explanation)
    assert {each.name for each in explanation.automations} | set(explanation.others) == {
        each.name for each in facts.automations
    }
    verdicts = [explanation.verdict, *(each.verdict for each in explanation.automations)]
    # A cause that somebody can do something about says what.
    free = {Cause.DONE, Cause.KIND, Cause.NOT_LAUNCHED, Cause.NOTHING_HAPPENED}
    for verdict in verdicts:
        assert verdict.sentence or verdict.cause in {Cause.OFF, Cause.FAILED, Cause.IGNORED}
        assert verdict.fix is not None or verdict.cause in free, verdict
    for answer in explanation.automations:
        for each in answer.conditions:
            assert (each.answer is Answer.NO) or each.cause in {
                None,
                Cause.UNKNOWN,
                Cause.DONE,
                Cause.RUNNING,
                Cause.WAITING,
            }


@given(ANY)
@settings(max_examples=60, deadline=None)
def test_the_answer_does_not_depend_on_the_order_of_what_was_seen(facts: Facts) -> None:
    turned = replace(facts, seen=facts.seen[::-1], happened=facts.happened[::-1])
    keys = [(each.happening.at, each.stored) for each in facts.seen]
    if len(set(keys)) == len(keys):
        assert [each.verdict for each in explain(turned).automations] == [
            each.verdict for each in explain(facts).automations
        ]
