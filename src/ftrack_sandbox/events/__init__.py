"""The event hub: connections, packets, subscriptions and who hears an event.

It knows nothing of what a batch does to the data.
"""
