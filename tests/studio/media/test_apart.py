"""Media in a process of its own: the same results, and nothing else ends when it ends."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests import media, stills
from tests.waiting import until

from callboard.errors import Cancelled, Refused, TryAgain
from callboard.studio.media import MissingFrames, Slate, apart, probe


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[apart._Child]:
    """The processes that take calls, in order."""
    taken: list[apart._Child] = []
    take = apart._take

    def spy() -> apart._Child:
        taken.append(take())
        return taken[-1]

    monkeypatch.setattr(apart, "_take", spy)
    return taken


def pid(child: apart._Child) -> int:
    return child._process.pid


def at_frame(number: int, act: Callable[[], None]) -> Callable[[int], None]:
    return lambda count: act() if count == number else None


def test_it_says_the_same_as_this_process(children: list[apart._Child], tmp_path: Path) -> None:
    movie = media.movie(tmp_path / "a.mov")
    sequence = stills.write_sequence(tmp_path, [1, 2, 4])
    for path, how in ((movie, {}), (sequence, {"missing": "mark"})):
        found = apart.probe(str(path), [str(tmp_path)], **how)
        assert found == probe(str(path), [str(tmp_path)], **how)  # type: ignore[arg-type]  # a plain table here
    counted: list[int] = []
    made = apart.make_reviewable(found, tmp_path, watch=counted.append)
    assert counted == [1, 2, 3, 4]
    assert (made.meta["frameIn"], made.meta["frameOut"], made.file.exists()) == (1, 4, True)
    assert len({pid(child) for child in children}) == 1, "it is kept for the next call"


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_decoder_that_crashes_ends_nothing_else(
    children: list[apart._Child], tmp_path: Path, number: signal.Signals
) -> None:
    # Long enough to be far from its end when it is hit.
    found = apart.probe(str(media.movie(tmp_path / "a.mov", frames=200, size=(640, 480))), [str(tmp_path)])
    crash = at_frame(2, lambda: os.kill(pid(children[-1]), number))
    with pytest.raises(Refused, match=rf"a\.mov cannot be read: it crashes the decoder \({number.name}\)"):
        apart.make_reviewable(found, tmp_path, watch=crash)
    assert apart.probe(found.source.path, [str(tmp_path)]) == found


def test_one_that_was_waiting_and_died_is_replaced(children: list[apart._Child], tmp_path: Path) -> None:
    path = media.movie(tmp_path / "a.mov")
    apart.probe(str(path), [str(tmp_path)])
    children[-1]._process.kill()
    children[-1]._process.wait()
    assert apart.probe(str(path), [str(tmp_path)]).count == 12


def test_one_that_is_silent_for_too_long_is_ended(
    children: list[apart._Child], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = media.movie(tmp_path / "a.mov")
    apart.probe(str(path), [str(tmp_path)])
    monkeypatch.setattr(apart, "_PATIENCE", 0.5)
    os.kill(pid(children[-1]), signal.SIGSTOP)
    with pytest.raises(Refused, match=r"there was no progress for 0\.5 s"):
        apart.probe(str(path), [str(tmp_path)])
    assert not children[-1].is_alive


def test_work_that_is_given_up_ends(children: list[apart._Child], tmp_path: Path) -> None:
    found = apart.probe(str(media.movie(tmp_path / "a.mov", frames=48)), [str(tmp_path)])

    def clear() -> None:
        raise Cancelled("Nadia cleared it.")

    with pytest.raises(Cancelled, match="Nadia"):
        apart.make_reviewable(found, tmp_path, watch=at_frame(3, clear))
    assert not children[-1].is_alive


def test_errors_keep_their_kind(children: list[apart._Child], tmp_path: Path) -> None:
    path = stills.write_sequence(tmp_path, [1, 3])
    with pytest.raises(MissingFrames, match="the frames 2 are missing"):
        apart.probe(str(path), [str(tmp_path)])
    with pytest.raises(TryAgain, match="mount its storage"):
        apart.probe(str(tmp_path / "away" / "a.mov"), [str(tmp_path / "away")])
    with pytest.raises(Refused, match=r"shot\.%04d\.exr cannot be read: .* the log has more about it"):
        apart.probe(str(path), [str(tmp_path)], missing="hold", colour=3)
    assert len({pid(child) for child in children}) == 1


def test_its_log_is_the_servers(children: list[apart._Child], tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = apart.probe(str(media.movie(tmp_path / "a.mov")), [str(tmp_path)])
    with caplog.at_level(logging.WARNING):
        apart.make_reviewable(found, tmp_path, slate=Slate("\U00013000", "2026-11-27"))
    assert "no font has" in caplog.text


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_knows_no_secrets(children: list[apart._Child], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apart.end_idle()
    monkeypatch.setenv("FTRACK_API_KEY", "geheim")
    apart.probe(str(media.movie(tmp_path / "a.mov")), [str(tmp_path)])
    assert b"geheim" not in Path(f"/proc/{pid(children[-1])}/environ").read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_ends_with_the_server(tmp_path: Path) -> None:
    path = media.movie(tmp_path / "a.mov")
    script = (
        "import sys\n"
        "from callboard.studio.media import apart\n"
        f"apart.probe({str(path)!r}, [{str(tmp_path)!r}])\n"
        "print(apart._idle[0]._process.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        child = Path("/proc") / server.stdout.readline().decode().strip()
        assert child.exists()
        server.kill()
    until(lambda: not child.exists() or "Z" in (child / "stat").read_text().split()[2])
