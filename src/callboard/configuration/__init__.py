"""Reads the configuration: the file, the environment and the installed automations; reports every mistake.

It lies above the registry, because each automation brings a model of its own for its table.
"""
