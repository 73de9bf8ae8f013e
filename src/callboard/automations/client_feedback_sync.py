"""Client Feedback Sync: bring back the clients' notes and decisions on a review session."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from callboard import ActionSettings, Job, Launch, Message, Refused, StartJob, action, reviews

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
    """Import the clients' new notes and decisions, and report what could not be attributed."""
    settings: ClientFeedbackSyncSettings = job.automation_settings
    job.progress("Reading the clients' feedback")
    found, problems = reviews.read_feedback(job.review_ftrack, arguments["session"])
    manner = reviews.read_manner(
        job.ftrack,
        author=settings.note_author or job.user.username,
        category=settings.note_category,
        statuses={reviews.APPROVED: settings.approved_status, reviews.CHANGES: settings.changes_status},
    )
    versions = reviews.read_versions(job.ftrack, found)
    writer = reviews.Writer(job, manner)
    for number, (version_id, feedback) in enumerate(found.items(), 1):
        job.progress(f"Importing {number} of {len(found)}: {feedback.name}")
        if version_id in versions:
            try:
                writer.write(feedback, versions[version_id])
            except Refused as problem:
                problems.append(f"{feedback.name}: {str(problem).rstrip('.')}")
        elif feedback.notes or feedback.decisions:
            problems.append(f"the studio deleted the version of {feedback.name}")
    return _summary(writer, problems + writer.problems)


def _summary(writer: reviews.Writer, problems: list[str]) -> str:
    said = f"{_count(writer.notes, 'note')} and {_count(writer.verdicts, 'decision')}"
    sentence = f"Imported {said}." if writer.notes or writer.verdicts else "There is nothing new from the clients."
    return f"{sentence} Not imported: {'; '.join(problems)}." if problems else sentence


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
