"""Client Feedback Sync: bring back what clients said in a review session."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from callboard import ActionSettings, Job, Launch, Message, Refused, StartJob, action, reviews

TITLE = "Client Feedback Sync"


class ClientFeedbackSyncSettings(ActionSettings):
    """``[automations.client_feedback_sync]``."""

    approved_status: str = Field(default="Approved", description="Status of what every client who decided approved.")
    changes_status: str = Field(
        default="Review Changes", description="Status of what at least one client wants to have changed."
    )
    note_category: str = Field(default="Client", description="Category of the notes.")
    note_author: str = Field(
        default="", description="User name whose notes they become; empty: the person who launched the action."
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
    reply = Message(f"What clients said in {session['name']} is being brought back; the Job tells the rest.")
    return StartJob(sync_feedback, {"session": session.id}, f"{TITLE} of {session['name']} waits.", reply)


def sync_feedback(job: Job, arguments: dict[str, Any]) -> str:
    """Write down what is new of the clients' notes and decisions, and say what could not be attributed."""
    settings: ClientFeedbackSyncSettings = job.automation_settings
    job.progress("Reading what clients said")
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
        job.progress(f"Writing down {number} of {len(found)}: {feedback.name}")
        if version_id in versions:
            try:
                writer.write(feedback, versions[version_id])
            except Refused as problem:
                problems.append(f"{feedback.name}: {str(problem).rstrip('.')}")
        elif feedback.notes or feedback.decisions:
            problems.append(f"the version of {feedback.name} was deleted in the studio")
    return _summary(writer, problems + writer.problems)


def _summary(writer: reviews.Writer, problems: list[str]) -> str:
    said = f"{_counted(writer.notes, 'note')} and {_counted(writer.verdicts, 'decision')}"
    sentence = f"Brought {said}." if writer.notes or writer.verdicts else "There is nothing new from the clients."
    return f"{sentence} Not brought: {'; '.join(problems)}." if problems else sentence


def _counted(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
