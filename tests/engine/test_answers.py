"""Which row answers which doorbell: a new one, and each only once."""

from __future__ import annotations

import pytest
from tests.clock import Clock

from callboard.engine.reading import answers as answers_module
from callboard.engine.reading.answers import Answers

SAME = ("task", "A", "B")


def test_an_old_change_of_the_same_kind_does_not_answer() -> None:
    answers = Answers(Clock())
    assert answers.match([SAME], [(SAME, "old")], set()) == [None]
    assert answers.match([SAME], [(SAME, "old"), (SAME, "new")], {"new"}) == ["new"]


def test_a_row_that_a_pass_has_just_stored_answers_once() -> None:
    answers = Answers(Clock())
    answers.note(["row"])
    assert answers.match([SAME], [(SAME, "row")], set()) == ["row"]
    answers.give(["row"])
    assert answers.match([SAME], [(SAME, "row")], set()) == [None]


def test_of_several_the_newest_answers_and_each_only_one() -> None:
    answers = Answers(Clock())
    rows = [(SAME, "first"), (SAME, "second")]
    assert answers.match([SAME, None, SAME, SAME], rows, {"first", "second"}) == ["second", None, "first", None]


def test_a_row_is_new_for_two_minutes() -> None:
    clock = Clock()
    answers = Answers(clock)
    answers.note(["row"])
    clock.move(119)
    answers.note(["another"])
    assert answers.seen({"row", "another", "unknown"}) == {"row", "another"}
    clock.move(2)
    answers.note([])
    assert answers.seen({"row", "another"}) == {"another"}


def test_no_more_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers_module, "_MOST", 3)
    answers = Answers(Clock())
    answers.note("abcdef")
    assert answers.seen(set("abcdef")) == set("def")
