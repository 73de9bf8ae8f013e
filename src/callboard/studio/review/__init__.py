"""Mirrors a review session to the ftrack that clients see, and imports their notes and decisions."""
