"""Creates folders and copies files on the studio's storage; never overwrites anything.

It knows nothing about ftrack.
"""
