"""The automations, one a module."""
