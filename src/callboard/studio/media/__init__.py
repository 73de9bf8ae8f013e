"""Movies, stills and image sequences: reading them, and encoding them for browsers.

Movies go through PyAV (FFmpeg's libraries), stills through OpenImageIO and OpenColorIO, slates through Pillow: no other
program is started, and nothing is ever written beside what is read.
"""

from callboard.studio.media.colour.config import ColourSettings, find_mistakes
from callboard.studio.media.encode import Reviewable, make_reviewable
from callboard.studio.media.formats import SUPPORTED
from callboard.studio.media.locate import Missing, MissingFrames, Source, locate
from callboard.studio.media.probe import Media, probe
from callboard.studio.media.rates import exact_rate
from callboard.studio.media.slate import Slate
from callboard.studio.media.spelling import readable
from callboard.studio.media.workspace import clean_leftovers, workspace

__all__ = [
    "SUPPORTED",
    "ColourSettings",
    "Media",
    "Missing",
    "MissingFrames",
    "Reviewable",
    "Slate",
    "Source",
    "clean_leftovers",
    "exact_rate",
    "find_mistakes",
    "locate",
    "make_reviewable",
    "probe",
    "readable",
    "workspace",
]
