"""Client Review Sync: mirror a review session to the ftrack that clients see."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from callboard import ActionSettings, Job, Launch, Message, Refused, StartJob, action, reviews

TITLE = "Client Review Sync"


class ClientReviewSyncSettings(ActionSettings):
    """``[automations.client_review_sync]``."""

    encode_minutes: int = Field(
        default=60, ge=1, description="Minutes without one finished encode there, after which the rest is given up."
    )


@action(
    TITLE,
    on=("ReviewSession",),
    settings=ClientReviewSyncSettings,
    reads=("name",),
    needs=("review_ftrack",),
    heavy=True,
)
def client_review_sync(launch: Launch, settings: ClientReviewSyncSettings) -> StartJob:
    """Bring a review session, with its media, to the ftrack that clients see."""
    del settings
    session = launch.selection[0]
    reply = Message(f"{session['name']} is being brought to the clients; the Job tells how far it is.")
    return StartJob(sync_review, {"session": session.id}, f"{TITLE} of {session['name']} waits.", reply)


def sync_review(job: Job, arguments: dict[str, Any]) -> str:
    """Send what is new, have it encoded there, and show it in the local session's order."""
    session = reviews.read_session(job.ftrack, arguments["session"])
    job.progress(f"Preparing {session.name}")
    remote = job.review_ftrack
    stage = reviews.set_stage(remote, session)
    transfer = reviews.Transfer(job, session, remote)
    transfer.send_all(stage)
    transfer.encode_all(seconds=60 * job.automation_settings.encode_minutes)
    job.progress(f"Putting {session.name} in order")
    joined, left = reviews.show(remote, stage, session, transfer.ready)
    return _summary(session, transfer, joined, left)


def _summary(session: reviews.Session, transfer: reviews.Transfer, joined: int, left: int) -> str:
    total = len(session.objects)
    if transfer.problems:
        which = "; ".join(transfer.problems)
        raise Refused(f"{len(transfer.problems)} of {total} could not be brought over: {which}.")
    if not (transfer.sent or joined or left):
        return f"{session.name} is there already, all {total} of it."
    return f"Brought {session.name} over: {transfer.sent} sent, {joined} added, {left} taken off, {total} in all."
