"""A pytest plugin: a fresh local ftrack for every test that asks for one."""
