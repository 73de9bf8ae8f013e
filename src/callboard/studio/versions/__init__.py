"""Publishes asset versions with their components and media in ftrack.

It writes through the official client's session or our own transport.
"""
