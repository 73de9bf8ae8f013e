"""Run the command line: ``python -m ftrack_sandbox``."""

from ftrack_sandbox.cli import main

main()
