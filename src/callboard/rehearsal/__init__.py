"""What the automations would have done with the changes of a time that is over; nothing is written.

It stands above the steps that it calls, reading, loading and planning, and none of them knows it.
"""
