"""Every claim about speed, measured in one run and printed as one table.

``make bench`` runs all; ``make bench ARGS="burst"`` runs the named ones.
"""

from __future__ import annotations

import sys
import tempfile
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
PARTS = {"rows", "servers", "listener", "viewers", "__main__"}


def main(wanted: list[str]) -> int:
    """Run the benchmarks and print their table; 2 when one is not known."""
    known = sorted(file.stem for file in HERE.glob("*.py") if file.stem not in PARTS)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(known)}.", file=sys.stderr)
        return 2
    table = Table("what", "measured", "aim", "", "note", title="Callboard: figures of this run")
    console = Console(width=None if sys.stdout.isatty() else 180)
    for name in wanted or known:
        console.print(f"[dim]{name} …[/]")
        with tempfile.TemporaryDirectory(prefix=f"callboard-bench-{name}-") as folder:
            for row in import_module(name).measure(Path(folder)):
                held = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}[row.holds]
                table.add_row(row.claim, row.measured, row.aim, held, row.note)
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
