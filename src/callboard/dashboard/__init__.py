"""The web server: icons for ftrack's action menu, and the health check."""

from callboard.dashboard.app import create_app
from callboard.dashboard.server import Dashboard

__all__ = ["Dashboard", "create_app"]
