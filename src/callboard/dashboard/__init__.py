"""The web server: the pages, icons for ftrack's action menu, the health check and the figures."""

from callboard.dashboard.app import create_app
from callboard.dashboard.server import Dashboard

__all__ = ["Dashboard", "create_app"]
