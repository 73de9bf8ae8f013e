"""A few damaged files of each kind; `make soak` tries thousands."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import pytest
from tests import damage

from callboard.studio.media import apart


@pytest.mark.parametrize("kind", damage.KINDS)
def test_damaged_files_work_or_are_refused_in_one_sentence(tmp_path: Path, kind: str) -> None:
    outcomes = [damage.try_file(path) for path in islice(damage.files(kind, tmp_path, seed=1), 6)]
    assert [outcome.wrong for outcome in outcomes if outcome.wrong] == []
    assert any(outcome.kind == "refused" for outcome in outcomes), "something was damaged"


@pytest.mark.parametrize("kind", damage.KINDS)
def test_whole_files_of_each_kind_work(tmp_path: Path, kind: str) -> None:
    for place, make in enumerate(damage.KINDS[kind]):
        outcome = damage.try_file(make(tmp_path / f"whole{place}{kind}"))
        assert outcome.kind == ("refused" if kind == ".wav" else "works"), outcome.sentence


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_file_that_takes_the_memory_of_all_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apart.end_idle()
    monkeypatch.setattr(damage, "MEMORY", 1 << 20)
    [make] = damage.KINDS[".jpg"]
    assert damage.try_file(make(tmp_path / "a.jpg")).wrong.endswith("MB")


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("a.mov is cut off.", ""),
        ("The movie is cut off.", "does not name the file"),
        ("a.mov raised a ValueError.", "not one plain sentence"),
        ("a.mov is cut off", "not one plain sentence"),
        ("a.mov cannot be read: something; the log has more about it.", "not one plain sentence"),
    ],
)
def test_a_sentence_is_judged(sentence: str, fault: str) -> None:
    found = damage._fault(Path("/x/a.mov"), sentence)
    assert (fault in found) if fault else not found
