"""The steps from a database of an earlier version to one of this version.

One file for each step; ``tables.py`` says what the last one leads to, and a test holds the two together.
"""
