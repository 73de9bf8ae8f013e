"""Client Review Sync of what ftrack would not show, or not in the right colours."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import ftrack_api.symbol
import pytest
import requests
from PIL import Image
from tests import media, stills
from tests.automations.reviews import Review

from callboard.automations.client_review_sync import client_review_sync, sync_review
from callboard.automations.upload_media import UploadMediaSettings
from callboard.errors import Refused, TryAgain
from callboard.studio.media import apart
from callboard.studio.review.media import Mirror
from ftrack_sandbox.testing import SandboxServer

NAME = client_review_sync.__name__
#: The value of 18 % grey in ACEScct, and where the built-in config shows it, of 255.
GREY_IN_ACESCCT, SHOWN = 0.4135884, 89


@pytest.fixture
def review(ftrack_sandbox_session: SandboxServer, ftrack_sandbox: SandboxServer, work: Path) -> Review:
    """A review without objects."""
    return Review(ftrack_sandbox_session, ftrack_sandbox, work)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of what reviewables are made of."""
    paths = []
    make = apart.make_reviewable

    def spy(found: Any, *arguments: Any, **more: Any) -> Any:
        paths.append(found.source.path)
        return make(found, *arguments, **more)

    monkeypatch.setattr("callboard.studio.review.media.apart.make_reviewable", spy)
    return paths


def sync(review: Review, **upload: Any) -> str:
    """Carry out the action with these settings of Upload Media."""
    job = review.job(NAME)
    job.settings.automations["upload_media"] = UploadMediaSettings(**upload)
    return sync_review(job, {"session": review.review["id"]})


def centre(review: Review, place: int = 0) -> tuple[int, ...]:
    """The colour in the middle of the image that clients see."""
    [component] = review.media(review.shown()[place])
    location = component.session.get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)
    image = Image.open(io.BytesIO(requests.get(location.accessor.get_url(component["id"]), timeout=10).content))
    pixel = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return tuple(int(value) for value in pixel)


def grey(path: Path, value: float = GREY_IN_ACESCCT) -> Path:
    """Write a still of one value, with 16 bits."""
    return stills.write(path, stills.Part(values=(value,) * 3, kinds=("uint16",)))


@pytest.mark.parametrize("ending", [".tif", ".png"])
def test_a_still_in_a_log_space_is_shown_as_the_studio_shows_it(
    review: Review, work: Path, made: list[str], ending: str
) -> None:
    review.add("SH010", path=grey(work / f"grade{ending}"))
    spaces = {ending: "ACEScct"}
    sync(review, colour_spaces=spaces)
    assert all(abs(value - SHOWN) <= 3 for value in centre(review)), centre(review)
    assert made == [str(work / f"grade{ending}")]
    assert "is up to date" in sync(review, colour_spaces=spaces)
    assert len(made) == 1


def test_a_still_without_a_colour_space_is_sent_as_it_is(review: Review, work: Path, made: list[str]) -> None:
    review.add("SH010", path=grey(work / "grade.tif", 0.5))
    review.add("SH020", path=media.still(work / "a.jpg"))
    sync(review)
    assert made == []
    assert all(abs(value - 128) <= 3 for value in centre(review)), centre(review)
    assert "is up to date" in sync(review)


def test_other_colour_settings_make_it_again(review: Review, work: Path, made: list[str]) -> None:
    review.add("SH010", path=grey(work / "grade.tif"))
    review.add("SH020", path=media.movie(work / "a.mov"))
    sync(review)
    assert "1 sent, 0 added" in sync(review, colour_spaces={".tif": "ACEScct"})
    assert all(abs(value - SHOWN) <= 3 for value in centre(review)), centre(review)
    assert len(made) == 1


@pytest.mark.parametrize("ending", [".tga", ".jp2", ".hdr"])
def test_formats_that_browsers_do_not_know_are_made(review: Review, work: Path, made: list[str], ending: str) -> None:
    part = stills.Part(kinds=("float" if ending == ".hdr" else "uint8",))
    review.add("SH010", path=stills.write(work / f"plate{ending}", part))
    sync(review)
    [component] = review.media(review.shown()[0])
    assert component["name"].startswith("ftrackreview-image")
    assert len(made) == 1


def test_what_cannot_be_made_is_named_and_tried_again(review: Review, work: Path) -> None:
    whole = stills.write(work / "whole.exr")
    broken = stills.write(work / "broken.exr")
    broken.write_bytes(broken.read_bytes()[:200])
    plates = media.sequence(work / "plates", frames=4)
    (work / "plates" / "shot.1003.exr").rename(work / "kept.exr")
    for shot, path in (("SH010", broken), ("SH020", plates), ("SH030", work / "gone.exr"), ("SH040", whole)):
        review.add(shot, path=path)
    with pytest.raises(Refused) as refused:
        sync(review)
    said = str(refused.value)
    assert said.startswith("3 of 4 could not be sent: SH010: ")
    assert f"SH010: {broken}" in said
    assert "SH020: Of" in said
    assert "the frames 1003 are missing (1 in all)" in said
    assert "SH030: There is no file" in said
    assert review.names() == ["SH040"]
    stills.write(broken)
    stills.write(work / "gone.exr")
    (work / "kept.exr").rename(work / "plates" / "shot.1003.exr")
    assert "3 sent, 3 added" in sync(review)
    assert review.names() == ["SH010", "SH020", "SH030", "SH040"]


def test_missing_frames_are_held_where_upload_media_does(review: Review, work: Path) -> None:
    review.add("SH010", path=stills.write_sequence(work / "plates", [1001, 1002, 1004]))
    assert "1 sent, 1 added" in sync(review, missing_frames="hold", frame_rate="25")
    [component] = review.media(review.shown()[0])
    assert '"frameOut": 1004' in component["metadata"]["ftr_meta"]
    assert '"frameRate": 25' in component["metadata"]["ftr_meta"]


def test_what_was_made_and_sent_before_a_lost_line_is_not_made_again(
    review: Review, work: Path, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    review.add("SH010", path=media.sequence(work / "plates"))

    def lose(*_: object) -> None:
        raise TryAgain("The line was lost.")

    with monkeypatch.context() as patched:
        patched.setattr(Mirror, "begin_encode", lose)
        with pytest.raises(TryAgain):
            sync(review)
    assert "1 sent, 1 added" in sync(review)
    assert len(made) == 1
    [component] = review.media(review.shown()[0])
    assert '"frameIn": 1001' in component["metadata"]["ftr_meta"]
