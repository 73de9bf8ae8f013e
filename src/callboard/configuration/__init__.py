"""The configuration as it is read: the file, the environment, the installed automations, and every mistake.

It lies above the registry, because each automation brings a model of its own for its table.
"""
