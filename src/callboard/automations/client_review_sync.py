"""Client Review Sync: mirror a review session to the ftrack that clients see."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from callboard import ActionSettings, Job, Launch, Message, Refused, StartJob, action, reviews

TITLE = "Client Review Sync"


class ClientReviewSyncSettings(ActionSettings):
    """``[automations.client_review_sync]``."""

    encode_minutes: int = Field(
        default=60, ge=1, description="Give up if no encode has finished there for this many minutes."
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
    """Copy a review session, with its media, to the ftrack that clients see."""
    del settings
    session = launch.selection[0]
    reply = Message(f"{session['name']} is being sent to the clients; the Job shows the progress.")
    return StartJob(sync_review, {"session": session.id}, f"{TITLE} of {session['name']} is waiting.", reply)


def sync_review(job: Job, arguments: dict[str, Any]) -> str:
    """Send new media, have it encoded there, and put the session in the local order."""
    session = reviews.read_session(job.ftrack, arguments["session"])
    job.progress(f"Preparing {session.name}")
    remote = job.review_ftrack
    stage = reviews.set_stage(remote, session)
    transfer = reviews.Transfer(job, session, remote)
    transfer.send_all(stage)
    transfer.encode_all(seconds=60 * job.automation_settings.encode_minutes)
    job.progress(f"Ordering {session.name}")
    joined, left = reviews.show(remote, stage, session, transfer.ready)
    return _summary(session, transfer, joined, left)


def _summary(session: reviews.Session, transfer: reviews.Transfer, joined: int, left: int) -> str:
    total = len(session.objects)
    if transfer.problems:
        which = "; ".join(transfer.problems)
        raise Refused(f"{len(transfer.problems)} of {total} could not be sent: {which}.")
    if not (transfer.sent or joined or left):
        return f"{session.name} is up to date, all {total} objects."
    return f"Updated {session.name}: {transfer.sent} sent, {joined} added, {left} removed, {total} in total."
