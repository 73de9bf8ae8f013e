"""Asset versions, their components and their media in ftrack, as the actions publish them.

It writes through the official client's session or our own transport.
"""
