"""Speaking ftrack's API plainly: reads and batches without the official client's merge of entities."""
