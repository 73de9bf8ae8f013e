"""For authors: publish asset versions with their media, and replace the movie that RV plays.

from callboard import versions

version = versions.publish(job.ftrack, publication, check=lambda _sent: job.check())
"""

from callboard.studio.versions.components import read_metadata
from callboard.studio.versions.movies import replace_movies
from callboard.studio.versions.publishing import Publication, publish, read_version, withdraw

__all__ = ["Publication", "publish", "read_metadata", "read_version", "replace_movies", "withdraw"]
