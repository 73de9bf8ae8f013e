"""Folders and files on the studio's storage: made, copied, and never overwritten.

It knows nothing of ftrack.
"""
