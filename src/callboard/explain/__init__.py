"""Explanations of what was done for an entity, or why nothing was: a tree of conditions, each with its yes or no.

Facts are gathered from the database and from ftrack; what follows from them is decided by pure functions.
"""
