"""For authors: find a movie, a still or an image sequence, and encode it for review.

from callboard import media

found = media.probe(path, settings.studio.media_roots)
with media.workspace() as folder:
reviewable = media.make_reviewable(found, folder)
"""

from callboard.studio.media import (
    ColourSettings,
    Media,
    Missing,
    MissingFrames,
    Reviewable,
    Slate,
    Source,
    exact_rate,
    locate,
    readable,
    workspace,
)
from callboard.studio.media.apart import make_reviewable, probe

__all__ = [
    "ColourSettings",
    "Media",
    "Missing",
    "MissingFrames",
    "Reviewable",
    "Slate",
    "Source",
    "exact_rate",
    "locate",
    "make_reviewable",
    "probe",
    "readable",
    "workspace",
]
