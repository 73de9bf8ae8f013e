"""Folders and files on the studio's storage: creation and copies, never over anything that exists.

It knows nothing about ftrack.
"""
