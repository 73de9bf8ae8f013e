"""What a batch can ask for, one module per kind of operation."""
