"""For authors: take a review session to the ftrack that clients see, and bring back what they say.

from callboard import reviews

session = reviews.read_session(job.ftrack, session_id)
stage = reviews.set_stage(job.review_ftrack, session)
"""

from callboard.studio.review.arrange import show
from callboard.studio.review.deciding import read_versions
from callboard.studio.review.feedback import Reading, read_feedback
from callboard.studio.review.local import LocalReview, read_review
from callboard.studio.review.manner import Manner, read_manner
from callboard.studio.review.remarks import APPROVED, CHANGES, Feedback
from callboard.studio.review.source import Session, read_session
from callboard.studio.review.target import Stage, set_stage
from callboard.studio.review.transfer import Transfer
from callboard.studio.review.writing import Writer

__all__ = [
    "APPROVED",
    "CHANGES",
    "Feedback",
    "LocalReview",
    "Manner",
    "Reading",
    "Session",
    "Stage",
    "Transfer",
    "Writer",
    "read_feedback",
    "read_manner",
    "read_review",
    "read_session",
    "read_versions",
    "set_stage",
    "show",
]
