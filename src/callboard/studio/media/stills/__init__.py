"""Stills, alone or as frames of a sequence: what is in a file, and its picture, read by OpenImageIO."""
