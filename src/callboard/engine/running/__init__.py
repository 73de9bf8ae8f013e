"""From a lane's due runs to their results: load, plan, apply.

It meets the reading side only in the store.
"""
