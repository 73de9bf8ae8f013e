"""Whatever a library raises over a file becomes one sentence, and nothing else of it is changed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import av
import numpy as np
import pytest
from tests import media, stills

from callboard.errors import Cancelled, Refused, TryAgain
from callboard.studio.media import MissingFrames, frames, make_reviewable, probe
from callboard.studio.media.failures import explained
from callboard.studio.media.progress import Progress

ERRORS = [
    (MemoryError(), "it needs more memory than there is; save it smaller"),
    (OSError(errno.EIO, os.strerror(errno.EIO)), "input/output error"),
    (av.error.ArgumentError(22, "Invalid argument"), "invalid argument"),
    (ZeroDivisionError("division by zero"), "something in it was not expected; the log has more about it"),
    (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "something in it was not expected"),
]


@pytest.mark.parametrize(("error", "cause"), ERRORS)
def test_an_error_names_the_file_and_the_cause(error: Exception, cause: str) -> None:
    with pytest.raises(Refused) as refused, explained("/x/a\nb.mov"):
        raise error
    assert str(refused.value).startswith(f"/x/a␊b.mov cannot be read: {cause}")
    assert refused.value.__cause__ is error


@pytest.mark.parametrize("kind", [Refused, TryAgain, MissingFrames, Cancelled])
def test_an_error_of_our_own_keeps_its_kind(kind: type[Exception]) -> None:
    with pytest.raises(kind, match=r"^a␊b is away\.$"), explained("/x/a.mov"):
        raise kind("a\nb is away.")


@pytest.mark.parametrize(("error", "cause"), ERRORS)
def test_no_error_comes_through_while_a_movie_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, cause: str
) -> None:
    found = probe(str(media.movie(tmp_path / "a.mov")), [str(tmp_path)])

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Progress, "show", fail)
    with pytest.raises(Refused, match=r"a\.mov") as refused:
        make_reviewable(found, tmp_path)
    assert cause in str(refused.value) or isinstance(error, av.FFmpegError)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(("error", "cause"), ERRORS)
def test_no_error_comes_through_while_a_still_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, cause: str
) -> None:
    found = probe(str(stills.write(tmp_path / "a.exr")), [str(tmp_path)])

    def fail(*_: object, **__: object) -> np.ndarray:
        raise error

    monkeypatch.setattr(frames, "read_picture", fail)
    with pytest.raises(Refused, match=r"a\.exr cannot be read: " + cause):
        make_reviewable(found, tmp_path)
