"""After noon: the supervisor reviews, and departments hand over."""

from __future__ import annotations

from callboard.demo import cast
from callboard.demo.publishing import VERSION_OF, task_of
from callboard.demo.stage import Stage


def play(stage: Stage) -> None:
    """Play a status change, the message to the next department, and a task on hold."""
    stage.teller.act("14:00  Review")
    _hand_over(stage)
    _hold(stage)


def _hand_over(stage: Stage) -> None:
    teller, supervisor = stage.teller, stage.person(cast.SUPERVISOR)
    version = supervisor.session.query(f"AssetVersion where {VERSION_OF.format(shot='SH010')}").one()
    version["status"] = supervisor.session.query('Status where name is "Ready for Lighting"').one()
    supervisor.session.commit()
    teller.person(supervisor.name, "sets the version of SH010 to Ready for Lighting.")
    stage.tell_run("assign_task_status", version["id"], "Ready for Lighting")
    teller.verify(
        "the animation task of SH010 is Ready for Lighting, like its version",
        lambda: _status(stage, "SH010", "Animation") == "Ready for Lighting",
    )
    teller.verify(f"{cast.LIGHTER}, who lights SH010, got a message in Slack", lambda: _messages(stage))
    for message in _messages(stage):
        teller.quote(f"Slack, to {message['to']}:", message["text"])
    task = supervisor.session.query(task_of("SH010", "Animation")).one()
    stage.tell_run("status_handler", task["id"], "Ready for Lighting")
    teller.verify(
        "it is one message, though a person and Callboard both changed a status", lambda: len(_messages(stage)) == 1
    )


def _messages(stage: Stage) -> list[dict[str, str]]:
    return [message for message in stage.slack.messages if "SH010" in message["text"]]


def _hold(stage: Stage) -> None:
    teller, supervisor = stage.teller, stage.person(cast.SUPERVISOR)
    task = supervisor.session.query(task_of("SH030", "Compositing")).one()
    former = task["status"]
    task["status"] = supervisor.session.query('Status where name is "On Hold"').one()
    supervisor.session.commit()
    teller.person(supervisor.name, "puts the compositing of SH030 on hold.")
    teller.verify("its thumbnail says so", lambda: _thumbnail(stage, task["id"]) is not None)
    task["status"] = former
    supervisor.session.commit()
    teller.person(supervisor.name, "takes it off hold.")
    teller.verify("its former thumbnail, none, is back", lambda: _thumbnail(stage, task["id"]) is None)


def _status(stage: Stage, shot: str, task_type: str) -> str:
    return str(stage.studio.one(f"select status.name from {task_of(shot, task_type)}").at("status.name"))


def _thumbnail(stage: Stage, task_id: str) -> str | None:
    thumbnail: str | None = stage.studio.one(f'select thumbnail_id from Task where id is "{task_id}"')["thumbnail_id"]
    return thumbnail
