"""The configuration: what may be in the file, and how it is read."""
