"""Colour: which OpenColorIO transform shows a picture, and that transform, quick enough for movies."""
