"""Where things lie and what they are called: names, patterns, project folders, numbering.

Pure functions; nothing here touches a disk.
"""
