"""Client Review Sync of large files: what it sends in a second, and the memory it takes, against bare HTTP."""

from __future__ import annotations

import http.client
import statistics
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import numpy as np

from callboard.demo.people import Person
from rows import Row
from servers import Sandbox, callboard, memory_of, process_of, sandbox, status

FILES, SIZE, ROUNDS = 20, 20 * 1024 * 1024, 5
_BLOCK = 1024 * 1024
_DEADLINE = 300


def measure(folder: Path) -> list[Row]:
    """Send the same files to the same server, by turns: bare, and by the action, launched through the hub."""
    files = [_make_movie(folder / f"SH{number:03d}.mov", number) for number in range(1, FILES + 1)]
    with sandbox(folder / "studio") as studio, sandbox(folder / "clients") as clients:
        configuration = (
            f'[studio]\nmedia_roots = ["{folder}"]\n'
            f'[review_ftrack]\nserver = "{clients.url}"\napi_user = "{clients.api_user}"\n'
            f'api_key = "{clients.api_key}"\n'
        )
        with callboard(folder, studio, configuration) as running:
            person = Person(studio.url, studio.api_user, studio.api_key)
            process = process_of(str(running))
            reviews = [_review(person, files, number) for number in range(ROUNDS)]
            _wait_for_triggers(running, studio)
            bare, action, growth = [], [], []
            for number, review in enumerate(reviews):
                bare.append(_put_all(clients, files))
                seconds, memory = _sync(person, review, clients, process)
                action.append(seconds)
                growth.append(memory)
                _finish(studio, number + 1)
            person.close()
    total = FILES * SIZE
    ratio = statistics.median(one / other for one, other in zip(bare, action, strict=True))
    return [
        Row(
            f"client_review_sync: {FILES} files of {SIZE // 2**20} MB against bare HTTP PUT",
            f"{ratio:.2f} x ({_speed(total, action)} to {_speed(total, bare)})",
            ">= 0.7 x",
            ratio >= 0.7,
            f"median of {ROUNDS} rounds by turns; from the action's first request there to the last file's last byte: "
            "making shots and versions included, encodes not; bare: one kept connection, addresses asked before",
        ),
        Row(
            "client_review_sync: memory it takes while it sends",
            f"{max(growth) / 2**20:.1f} MB",
            "<= 20 MB",
            max(growth) <= 20 * 2**20,
            f"largest of {ROUNDS} rounds: the process's peak less what it had before the launch; {total // 2**20} MB "
            "are sent",
        ),
    ]


def _speed(size: int, seconds: list[float]) -> str:
    return f"{size / 2**20 / statistics.median(seconds):.0f} MB/s"


def _make_movie(path: Path, number: int) -> Path:
    """Return a movie of a few frames, made large by noise that no player looks at, so that its encode takes no time."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(6):
            picture = np.full((48, 64, 3), 40 + number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    missing = SIZE - path.stat().st_size
    with path.open("ab") as file:
        # QuickTime's "free" atom: its length, its name, and anything.
        noise = np.random.default_rng(number).bytes(missing - 8)
        file.write(missing.to_bytes(4, "big") + b"free" + noise)
    return path


def _put_all(clients: Sandbox, files: list[Path]) -> float:
    """Return seconds of sending the files one after the other with nothing but HTTP."""
    asked = [
        {
            "action": "get_upload_metadata",
            "component_id": str(uuid.uuid5(uuid.NAMESPACE_URL, file.name)),
            "file_name": file.name,
            "file_size": SIZE,
            "checksum": None,
        }
        for file in files
    ]
    uploads = clients.call(asked)
    address = urlsplit(clients.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, blocksize=_BLOCK)
    started = time.perf_counter()
    for file, upload in zip(files, uploads, strict=True):
        url = urlsplit(upload["url"])
        with file.open("rb") as body:
            headers = {**upload["headers"], "Content-Length": str(SIZE)}
            connection.request("PUT", f"{url.path}?{url.query}", body, headers)
            answer = connection.getresponse()
            answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{file.name} was answered {answer.status}.")
    seconds = time.perf_counter() - started
    connection.close()
    return seconds


def _review(person: Person, files: list[Path], number: int) -> Any:
    """Return a review session with a version for each file."""
    session = person.session
    schema = session.query('ProjectSchema where name is "VFX Scheme"').one()
    name = f"bench{number}"
    project = session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
    review = session.create("ReviewSession", {"name": name, "project": project})
    kind = session.query("AssetType").first()
    for place, file in enumerate(files):
        shot = session.create("Shot", {"name": file.stem, "parent": project})
        asset = session.create("Asset", {"name": "comp", "parent": shot, "type": kind})
        version = session.create("AssetVersion", {"asset": asset})
        version["metadata"]["source_file"] = str(file)
        values = {"review_session": review, "asset_version": version, "name": file.stem, "sort_order": place}
        session.create("ReviewSessionObject", values)
    session.commit()
    return review


def _wait_for_triggers(configuration: Path, studio: Sandbox) -> None:
    """Let the event server handle that there are new projects, versions and so on, before anything is timed."""
    deadline = time.perf_counter() + _DEADLINE
    while (counts := status(configuration, studio))["done"] == 0 or counts["waiting"] or counts["running"]:
        if time.perf_counter() > deadline:
            raise RuntimeError(f"The event server is still at work: {counts}")


def _sync(person: Person, review: Any, clients: Sandbox, process: Path) -> tuple[float, int]:
    """Return seconds from the action's first request there to the last file, and by how many bytes the process grew."""
    clients.reset_statistics()
    # So that VmHWM is the peak from now on.
    (process / "clear_refs").write_text("5")
    before = memory_of(process, "VmRSS")
    with ThreadPoolExecutor(1) as clock:
        started = clock.submit(_until, clients, "requests", 1)
        person.launch("Client Review Sync", [review])
        seconds = _until(clients, "uploads", FILES) - started.result()
    return seconds, memory_of(process, "VmHWM") - before


def _until(clients: Sandbox, what: str, count: int) -> float:
    """Return the time at which a server has counted so many of something."""
    deadline = time.perf_counter() + _DEADLINE
    while clients.statistics()[what] < count:
        if time.perf_counter() > deadline:
            raise RuntimeError(f"The server did not count {count} {what} within {_DEADLINE} s.")
        time.sleep(0.02)
    return time.perf_counter()


def _finish(studio: Sandbox, count: int) -> None:
    """Wait until the encodes of a round are over, so that they do not disturb the next one."""
    deadline = time.perf_counter() + _DEADLINE
    while time.perf_counter() < deadline:
        jobs = studio.query("select status, data from Job")
        if any(job["status"] == "failed" for job in jobs):
            raise RuntimeError(f"Client Review Sync failed: {jobs}")
        if sum(job["status"] == "done" for job in jobs) == count:
            return
        time.sleep(0.1)
    raise RuntimeError(f"Client Review Sync was not done within {_DEADLINE} s.")
