"""The operations of a batch, one module per kind."""
