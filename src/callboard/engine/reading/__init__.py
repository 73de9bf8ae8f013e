"""Reading what changed: the hub rings, and the watch reads ftrack from its cursors.

It hands changes to the inbox and knows nothing of what is done with them.
"""
