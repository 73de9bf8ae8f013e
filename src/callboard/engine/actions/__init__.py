"""The actions that people start from ftrack's menu: discovery, forms, and long work as ftrack Jobs.

It knows nothing of how changes are read or planned.
"""
