"""A local copy of a real ftrack: read through its API, written into a data folder that ``serve`` opens.

It stands above the sandbox's store and media; nothing else of the package knows it.
"""
