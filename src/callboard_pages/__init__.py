"""The look that the pages of Callboard and of ftrack-sandbox share: their parts, and how they stay live."""

from callboard_pages.forms import read_form
from callboard_pages.live import Live
from callboard_pages.pages import Pages

__all__ = ["Live", "Pages", "read_form"]
