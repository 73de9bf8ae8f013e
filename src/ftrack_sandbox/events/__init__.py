"""The event hub: connections, packets, subscriptions and the routing of events.

It knows nothing of what a batch does to the data.
"""
