"""What happens beside the write that was asked for, one module per family of entities."""
