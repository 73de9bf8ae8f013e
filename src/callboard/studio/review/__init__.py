"""The mirror of a review session in the ftrack that clients see, and the import of their feedback."""
