"""What pages share: read once for all of them, and again when it is old or something changed."""

from __future__ import annotations

import threading

import pytest
from tests.clock import Clock

from callboard.dashboard.current import Answers, Shared


def test_it_is_read_once_within_its_time() -> None:
    clock, read = Clock(), iter(range(10))
    shared = Shared(lambda: next(read), 1, clock)
    assert [shared.get(), shared.get()] == [0, 0]
    clock.move(1)
    assert shared.get() == 1


def test_what_changes_while_it_is_read_makes_it_old_again() -> None:
    answers, begun, changed = Answers(dict), threading.Event(), threading.Event()
    read = iter(range(10))

    def slowly() -> int:
        begun.set()
        assert changed.wait(10)
        return next(read)

    get = answers.share(slowly, 1000)
    thread = threading.Thread(target=get)
    thread.start()
    assert begun.wait(10)
    answers.forget()
    changed.set()
    thread.join()
    assert get() == 1


def test_what_could_not_be_read_is_not_kept() -> None:
    read = iter([1, "broken", 3])

    def sometimes() -> object:
        found = next(read)
        if found == "broken":
            raise ValueError(found)
        return found

    shared = Shared(sometimes, 0, Clock())
    assert shared.get() == 1
    with pytest.raises(ValueError, match="broken"):
        shared.get()
    assert shared.get() == 3


def test_whoever_comes_after_a_change_sees_it() -> None:
    topics, read = {"runs": 1}, iter(range(10))
    get = Answers(lambda: dict(topics)).share(lambda: next(read), 1000)
    assert [get(), get()] == [0, 0]
    topics["runs"] = 2
    assert [get(), get()] == [1, 1]
