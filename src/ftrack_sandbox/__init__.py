"""A local ftrack-compatible server, for running and testing tools made for ftrack."""
