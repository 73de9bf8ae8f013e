"""Mirroring a client review session to the ftrack that clients see, and bringing back what they say."""
