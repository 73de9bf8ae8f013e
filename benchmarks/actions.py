"""Two actions as a person would use them: Batch Create from far away, and Upload Media of a full-size movie."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from callboard.demo.people import Person, fill_form
from callboard.studio.media.movie import X264
from rows import Row
from servers import Sandbox, callboard, sandbox

LATENCY = 40
SHOTS = 500
TASKS = ("Animation", "Lighting", "Compositing", "FX")
SECONDS, RATE = 10, Fraction(24)


def measure(folder: Path) -> list[Row]:
    """Launch both through the hub, with the official client as the person."""
    return [*_batch_create(folder / "batch_create"), _upload_media(folder / "upload_media")]


def _batch_create(folder: Path) -> list[Row]:
    folder.mkdir()
    triggers = "".join(f"[automations.{name}]\nenabled = false\n" for name in ("create_task_folder",))
    with sandbox(folder / "data", latency=LATENCY) as server, callboard(folder, server, triggers):
        person, project = _person(server, folder)
        form = person.launch("Batch Create", [project])
        form = person.launch("Batch Create", [project], fill_form(form, {"Number of tasks": str(len(TASKS))}))
        answers = {"Sequence name": "010", "Expression": "SH####", "Incremental": f"10-{SHOTS * 10}:10"}
        answers |= {f"Task {number}: Type": name for number, name in enumerate(TASKS, start=1)}
        preview = person.launch("Batch Create", [project], fill_form(form, answers))
        server.reset_statistics()
        started = time.perf_counter()
        person.launch("Batch Create", [project], fill_form(preview))
        _finished(server, "batch_create")
        seconds = time.perf_counter() - started
        counted = server.statistics()
        person.close()
    allowed = 3 + counted["seconds"]
    # Ours is the watching of the Job, which asks too.
    requests = counted["requests"] - _finished.asked
    return [
        Row(
            f"batch_create: {SHOTS} shots with {len(TASKS)} tasks at {LATENCY} ms",
            f"{seconds:.2f} s",
            f"<= {allowed:.2f} s (3 s + server time)",
            seconds <= allowed,
            f"the sandbox itself took {counted['seconds']:.2f} s",
        ),
        Row(
            "batch_create: requests to ftrack", str(requests), "<= 20", requests <= 20, "the feeds' own reads included"
        ),
    ]


def _upload_media(folder: Path) -> Row:
    folder.mkdir()
    movie = folder / "010_0010_animation_v001.mov"
    _make_movie(movie)
    alone = _bare_encode(movie, folder / "alone.mp4")
    with sandbox(folder / "data") as server, callboard(folder, server, f'[studio]\nmedia_roots = ["{folder}"]\n'):
        person, project = _person(server, folder)
        animation = person.session.query('Type where name is "Animation"').one()
        task = person.session.create("Task", {"name": "Animation", "parent": project, "type": animation})
        person.session.commit()
        form = person.launch("Upload Media", [task])
        started = time.perf_counter()
        person.launch("Upload Media", [task], fill_form(form, {"File path": str(movie), "Add slate": "No"}))
        _finished(server, "upload_media")
        seconds = time.perf_counter() - started
        person.close()
    return Row(
        f"upload_media: {SECONDS} s of 1080p against PyAV alone",
        f"{seconds / alone:.2f} x ({seconds:.1f} s to {alone:.1f} s)",
        "<= 1.3 x",
        seconds / alone <= 1.3,
        "from the submitted form to the finished Job, upload included",
    )


def _person(server: Sandbox, folder: Path) -> tuple[Person, Any]:
    person = Person(server.url, server.api_user, server.api_key)
    schema = person.session.query('ProjectSchema where name is "VFX Scheme"').one()
    values = {"name": "bench", "full_name": "Bench", "project_schema": schema, "root": str(folder / "bench")}
    project = person.session.create("Project", values)
    person.session.commit()
    return person, project


class _Finished:
    """Waits for the Job of an action, and counts how often it asked."""

    asked = 0

    def __call__(self, server: Sandbox, what: str) -> None:
        self.asked = 0
        deadline = time.perf_counter() + 300
        while time.perf_counter() < deadline:
            self.asked += 1
            jobs = server.query("select status, data from Job")
            if any(job["status"] == "failed" for job in jobs):
                raise RuntimeError(f"{what} failed: {jobs}")
            if jobs and all(job["status"] == "done" for job in jobs):
                return
            time.sleep(0.05)
        raise RuntimeError(f"{what} was not done within 300 s.")


_finished = _Finished()


def _make_movie(path: Path) -> None:
    generator = np.random.default_rng(1)
    noise = generator.integers(0, 40, (1080, 1920, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for number in range(int(SECONDS * RATE)):
            picture = np.roll(noise, number * 4, axis=1) + np.uint8(number % 100)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def _bare_encode(source: Path, target: Path) -> float:
    """Return seconds that PyAV alone needs to decode the movie and encode it with the same options."""
    started = time.perf_counter()
    with av.open(str(source)) as movie, av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options=dict(X264))
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        stream.gop_size = round(RATE)
        movie.streams.video[0].thread_type = "AUTO"
        for number, frame in enumerate(movie.decode(video=0)):
            frame.pts, frame.time_base = number, 1 / RATE
            frame.pict_type = av.video.frame.PictureType.NONE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return time.perf_counter() - started
