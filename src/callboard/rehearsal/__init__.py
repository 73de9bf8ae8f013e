"""Rehearsals: what the automations would have done with past changes; nothing is written.

It stands above the steps that it calls, reading, loading and planning, and none of them knows it.
"""
