"""The controls of a running sandbox: its clock, its faults, its counts, and a client for them.

None of it exists in a real ftrack.
"""
