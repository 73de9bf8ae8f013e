"""The database: every table and every SQL statement of Callboard.

It knows nothing of ftrack, of automations' code or of threads.
"""
