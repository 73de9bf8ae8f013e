"""For authors: take a review session to the ftrack that clients see, and bring back what they say.

from callboard import reviews

session = reviews.read_session(job.ftrack, session_id)
stage = reviews.set_stage(job.review_ftrack, session)
"""

from callboard.studio.review.arrange import show
from callboard.studio.review.feedback import APPROVED, CHANGES, Feedback, read_feedback
from callboard.studio.review.source import Session, read_session
from callboard.studio.review.target import Stage, set_stage
from callboard.studio.review.transfer import Transfer
from callboard.studio.review.writing import Manner, Writer, read_manner, read_versions

__all__ = [
    "APPROVED",
    "CHANGES",
    "Feedback",
    "Manner",
    "Session",
    "Stage",
    "Transfer",
    "Writer",
    "read_feedback",
    "read_manner",
    "read_session",
    "read_versions",
    "set_stage",
    "show",
]
