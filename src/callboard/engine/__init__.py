"""The way of a change, one module per step: hub, feeds, inbox, lanes, load, plan, apply, history."""
