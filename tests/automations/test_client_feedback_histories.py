"""Client Feedback Sync under histories: however often it runs, and wherever it dies, the end is the same."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from tests.automations.carried import ftrack_of
from tests.automations.histories import History, Studio
from tests.automations.reviews import Client, Review

from callboard.automations.client_feedback_sync import client_feedback_sync, sync_feedback
from callboard.changes import Reference
from callboard.ftrack import Ftrack, Operation
from callboard.studio.review.arrange import show
from callboard.studio.review.source import read_session
from callboard.studio.review.target import remote_object_id, remote_version_id, set_stage, set_versions
from callboard.studio.versions.components import add_metadata
from ftrack_sandbox.testing import SandboxServer

NAME = client_feedback_sync.__name__


Pair = Callable[[], list[History]]
STEPS = st.tuples(
    st.sampled_from(
        ["write", "reply", "edit", "draw", "erase", "delete", "approve", "require", "redecide", "withdraw", "rename"]
    ),
    st.integers(0, 1),
    st.integers(0, 5),
)


@pytest.fixture
def pair(ftrack_sandbox_session: SandboxServer, ftrack_sandbox: SandboxServer, work: Path) -> Pair:
    """Make two equal reviews; called for every example."""
    return lambda: [History(ftrack_sandbox_session, ftrack_sandbox, work) for _ in range(2)]


# Not made smaller: an example takes a second, and says what failed as it is.
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.tuples(STEPS, st.booleans()), min_size=3, max_size=14))
def test_syncs_in_between_end_where_one_at_the_end_does(pair: Pair, steps: list[tuple[Any, bool]]) -> None:
    often, once = pair()
    for step, sync in steps:
        often.do(step)
        once.do(step)
        if sync:
            often.review.carry_out(NAME)
    for each in (often, once):
        each.review.carry_out(NAME)
    assert often.studio() == once.studio()
    for each in (often, once):
        each.review.sandbox.statistics.reset()
        assert each.review.carry_out(NAME) == "There is nothing new from the clients."
        assert not {"create", "update", "delete"} & set(each.review.sandbox.statistics.now()["operations"])


@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(STEPS, st.sampled_from(["rewrite", "answer", "discard", "hold", ""]), st.integers(0, 5)),
        min_size=4,
        max_size=12,
    )
)
# A status that the studio set before a later decision was withdrawn.
@example(steps=[(("approve", 1, 0), "", 0), (("require", 1, 0), "hold", 0), (("withdraw", 1, 1), "", 0)])
# A drawing on a note whose copy the studio deleted.
@example(steps=[(("write", 1, 0), "discard", 0), (("draw", 1, 0), "", 0)])
def test_no_history_overwrites_what_the_studio_did(pair: Pair, steps: list[tuple[Any, str, int]]) -> None:
    history = pair()[0]
    studio = Studio(history.review)
    for step, ours, which in steps:
        history.do(step)
        if step[0] in {"approve", "require", "redecide"}:
            studio.statuses.clear()
        history.review.carry_out(NAME)
        studio.assert_is_kept()
        if ours:
            studio.do(ours, which)
    history.review.carry_out(NAME)
    studio.assert_is_kept()
    assert history.review.carry_out(NAME) == "There is nothing new from the clients."


class Death(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_death_at_any_request_is_made_good_by_the_next_start(
    pair: Pair, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spared, struck = pair()
    first = [("write", 0, 0), ("write", 1, 1), ("reply", 1, 0), ("draw", 0, 1), ("require", 0, 0)]
    second = [("edit", 0, 0), ("draw", 0, 0), ("erase", 1, 0), ("delete", 1, 1), ("withdraw", 0, 0), ("approve", 1, 1)]
    deaths = 0
    for part in (first, second):
        for each in (spared, struck):
            for step in part:
                each.do(step)
        said, died = _carry_out_dying(struck.review, after, monkeypatch)
        assert said == spared.review.carry_out(NAME), "what an attempt before a death brought is reported too"
        deaths += died
    assert deaths > 20
    assert struck.studio() == spared.studio()


def _carry_out_dying(review: Review, after: bool, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    """Import and die at the first request, again and at the second; returns the message and the number of deaths."""
    checkpoints: dict[str, Any] = {}
    call = Ftrack.call
    left = asked = 0

    def dying(ftrack: Ftrack, operations: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked > left and not after:
            raise Death
        answers = call(ftrack, operations)
        if asked > left:
            raise Death
        return answers

    while True:
        job = review.job(NAME, checkpoints=checkpoints)
        asked = 0
        with monkeypatch.context() as patched:
            patched.setattr(Ftrack, "call", dying)
            try:
                return sync_feedback(job, {"session": review.review["id"]}), left
            except Death:
                left += 1


def test_hundreds_of_objects_and_notes_take_a_few_requests(
    ftrack_sandbox_session: SandboxServer, ftrack_sandbox: SandboxServer, work: Path
) -> None:
    objects, notes = 120, 480
    review = Review(ftrack_sandbox_session, ftrack_sandbox, work)
    _fill(review, objects, notes)
    for expected in ("Imported 480 notes and 120 decisions.", "There is nothing new from the clients."):
        for sandbox in (review.sandbox, review.clients):
            sandbox.statistics.reset()
        assert review.carry_out(NAME).startswith(expected)
        asked = sum(int(sandbox.statistics.now()["requests"]) for sandbox in (review.sandbox, review.clients))
        assert asked <= 20 + notes // 20


def _fill(review: Review, objects: int, notes: int) -> None:
    """Mirror a review of many objects without media, and let one client write and decide about all of them."""
    studio, clients = ftrack_of(review.sandbox), ftrack_of(review.clients)
    [asset_type] = studio.query("select id from AssetType limit 1")
    local: list[Operation] = []
    for number in range(objects):
        shot, asset, version = (str(uuid.uuid4()) for _ in range(3))
        parent = {"name": f"SH{number:04d}", "parent_id": review.project["id"], "project_id": review.project["id"]}
        local += [
            studio.create("Shot", {"id": shot, **parent}),
            studio.create("Asset", {"id": asset, "name": "comp", "context_id": shot, "type_id": asset_type.id}),
            studio.create("AssetVersion", {"id": version, "asset_id": asset}),
            studio.create(
                "ReviewSessionObject",
                {
                    "review_session_id": review.review["id"],
                    "version_id": version,
                    "name": parent["name"],
                    "sort_order": number,
                },
            ),
        ]
    studio.commit(local)
    session = read_session(studio, review.review["id"])
    stage = set_stage(clients, session)
    set_versions(clients, stage, session.objects)
    show(clients, stage, session, {each.id for each in session.objects})
    marta = Client(review, "Marta").invitee["id"]
    [author] = clients.query(f'select id from User where username is "{review.clients.api_user}"')
    remote: list[Operation] = []
    for number in range(notes):
        each = session.objects[number % objects]
        note = Reference("Note", str(uuid.uuid4()))
        values = {"id": note.id, "content": f"Note {number}.", "user_id": author.id}
        parent = {"parent_id": remote_version_id(each), "parent_type": "AssetVersion"}
        remote += [clients.create("Note", {**values, **parent}), add_metadata(note, "inviteeId", marta)]
    for each in session.objects:
        values = {"status": "approved", "review_session_object_id": remote_object_id(each)}
        remote.append(clients.create("ReviewSessionObjectStatus", {**values, "review_session_invitee_id": marta}))
    clients.commit(remote)
