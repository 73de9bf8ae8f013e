"""The configuration: what may be in the file, and how it is read."""

from callboard.settings.models import Settings

__all__ = ["Settings"]
