"""Reading the configuration: the file, the environment, the automations that are installed, and every mistake.

It lies above the registry: each automation brings a model of its own for its table.
"""
