"""What people start from ftrack's menu: discover, forms, and long work as ftrack Jobs.

It knows nothing of how changes are read or planned.
"""
