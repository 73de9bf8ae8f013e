"""Client Feedback Sync: bring back the clients' notes and decisions on a review session."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from callboard import ActionSettings, Job, Launch, Message, StartJob, action, reviews

TITLE = "Client Feedback Sync"


class ClientFeedbackSyncSettings(ActionSettings):
    """``[automations.client_feedback_sync]``."""

    approved_status: str = Field(
        default="Approved", description="Status of a version that every deciding client approved."
    )
    changes_status: str = Field(
        default="Review Changes", description="Status of a version for which at least one client requires changes."
    )
    note_category: str = Field(default="Client", description="Category of the imported notes.")
    note_author: str = Field(
        default="", description="User name of the notes' author; empty: the person who launched the action."
    )


@action(
    TITLE,
    on=("ReviewSession",),
    settings=ClientFeedbackSyncSettings,
    reads=("name",),
    needs=("review_ftrack",),
)
def client_feedback_sync(launch: Launch, settings: ClientFeedbackSyncSettings) -> StartJob:
    """Bring the notes and decisions of clients onto the versions of a review session."""
    del settings
    session = launch.selection[0]
    reply = Message(f"The clients' feedback on {session['name']} is being imported; the Job shows the progress.")
    return StartJob(sync_feedback, {"session": session.id}, f"{TITLE} of {session['name']} is waiting.", reply)


def sync_feedback(job: Job, arguments: dict[str, Any]) -> str:
    """Import what is new, changed or withdrawn, and report all of it by name."""
    settings: ClientFeedbackSyncSettings = job.automation_settings
    job.progress("Reading the clients' feedback")
    review = reviews.read_review(job.ftrack, arguments["session"])
    reading = reviews.read_feedback(job.review_ftrack, review)
    manner = reviews.read_manner(
        job.ftrack,
        author=settings.note_author or job.user.username,
        category=settings.note_category,
        statuses={reviews.APPROVED: settings.approved_status, reviews.CHANGES: settings.changes_status},
    )
    writer = reviews.Writer(job, manner)
    writer.write(review, reading, reviews.read_versions(job.ftrack, reading.feedback))
    return writer.news.message
