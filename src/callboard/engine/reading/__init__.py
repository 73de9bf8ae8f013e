"""How Callboard learns what changed: the hub rings, the watch reads ftrack from its cursors.

It hands changes to the inbox and knows nothing of what is done with them.
"""
