"""The settings as models: what may be in the configuration file, at which default.

They import nothing but the errors, so every other part may import them.
"""

from callboard.settings.models import Settings

__all__ = ["Settings"]
