"""HTTP: the routes of the sandbox's server, each a thin layer over what lies below.

Nothing else of the package imports from here, except server.
"""
