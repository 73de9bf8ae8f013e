"""Evening: a queue is cleared, and the power fails."""

from __future__ import annotations

import json

from callboard.demo import cast
from callboard.demo.people import fill_form
from callboard.demo.stage import Stage

_CROWD = 40


def play(stage: Stage) -> None:
    """Play the clearing of a job queue, and a power cut."""
    stage.teller.act("18:00  Clearing up")
    _clear_queue(stage)
    _power_cut(stage)
    _look_back(stage)


def _clear_queue(stage: Stage) -> None:
    teller, producer = stage.teller, stage.person(cast.PRODUCER)
    jobs = [
        producer.session.create(
            "Job",
            {
                "user": producer.user,
                "type": "api_job",
                "status": "queued",
                "data": json.dumps({"description": f"Export of last week, part {part}"}),
            },
        )
        for part in (1, 2)
    ]
    producer.session.commit()
    project = producer.session.query(f'Project where name is "{cast.PROJECT}"').one()
    answer = producer.launch("Clear Job Queue", [project])
    if "items" in answer:
        answer = producer.launch("Clear Job Queue", [project], fill_form(answer))
    teller.person(producer.name, "clears her job queue (Clear Job Queue).")
    teller.quote("Answer", answer["message"])
    listed = ", ".join(f'"{job["id"]}"' for job in jobs)
    teller.verify(
        "both of her waiting jobs have left the queue",
        lambda: all(
            job["status"] == "failed"
            for job in stage.studio.ftrack.query(f"select status from Job where id in ({listed})")
        ),
    )


def _power_cut(stage: Stage) -> None:
    teller, producer = stage.teller, stage.person(cast.PRODUCER)
    session = producer.session
    project = session.query(f'Project where name is "{cast.PROJECT}"').one()
    kind = session.query('Type where name is "Compositing"').one()
    sequence = session.create("Sequence", {"name": "SQ020", "parent": project})
    shots = [session.create("Shot", {"name": f"SH{number}", "parent": sequence}) for number in range(100, 100 + _CROWD)]
    session.commit()
    for shot in shots[: _CROWD // 2]:
        session.create("Task", {"name": "Compositing", "parent": shot, "type": kind})
    session.commit()
    stage.kill_callboard()
    teller.person("The power", f"fails (kill -9) while {_CROWD // 2} new tasks are being handled.")
    for shot in shots[_CROWD // 2 :]:
        session.create("Task", {"name": "Compositing", "parent": shot, "type": kind})
    session.commit()
    teller.person(producer.name, f"creates {_CROWD // 2} more while Callboard is down.")
    stage.start_callboard()
    teller.person("Callboard", "starts again.")
    scenes = [
        stage.production
        / cast.PROJECT
        / "shots"
        / "SQ020"
        / shot["name"]
        / "scene"
        / "compositing"
        / f"{shot['name']}_v01.nk"
        for shot in shots
    ]
    teller.verify(f"all {_CROWD} tasks have their folder and scene", lambda: all(scene.is_file() for scene in scenes))
    teller.verify(
        "no task has two scenes, and no file is incomplete",
        lambda: all(len(list(scene.parent.iterdir())) == 1 for scene in scenes),
    )


def _look_back(stage: Stage) -> None:
    def settled() -> bool:
        with stage.history() as history:
            counts, failed = history.counts(), history.runs(state="failed")
        assert not counts["waiting"] + counts["running"], "some runs are still open"
        return [run["entity"]["name"] for run in failed] == ["../meteor"]

    stage.teller.verify("of all runs of the day, only the one for the mistyped project has failed", settled)
