"""The twelve automations, one per module; they import only what ``callboard`` makes public."""
