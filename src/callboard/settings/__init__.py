"""The settings as models: what may be in the configuration file, at which default.

They lie on the ground: they know the errors alone, and everything else may know them.
"""

from callboard.settings.models import Settings

__all__ = ["Settings"]
