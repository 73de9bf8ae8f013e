"""The tables of version 0.1."""

from __future__ import annotations

revision = "0.1"
down_revision = None


def upgrade() -> None:
    """Do nothing: a database of 0.1 has its tables, and a new one is made as it is today."""
