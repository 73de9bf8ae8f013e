"""Files: what was uploaded, and the pictures and movies that are made of it.

It works on the data through the operations.
"""
