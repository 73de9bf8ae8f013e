"""Paths and names: what may be a folder, patterns, project folders, shot numbers.

Pure functions; nothing here touches a disk.
"""
