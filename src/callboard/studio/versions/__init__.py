"""Asset versions in ftrack, with their components and media.

It writes through the official client's session or our own transport.
"""
