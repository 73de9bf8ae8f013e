"""``callboard check``: validates the configuration and reaches everything in it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import typer
from rich.markup import escape
from rich.table import Table

from callboard.cli.common import ConfigFile, output, settings_of

_SHOWN = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "wrong": "[bold red]wrong[/]"}


def check(config: ConfigFile = None) -> None:
    """Find what is wrong with the configuration.

    Validates the file, reaches every server and folder in it, and says how to fix what is wrong. The exit code is 2 if
    anything is wrong.
    """
    from callboard.cli.checks import checks
    from callboard.registry import registry

    settings = settings_of(config)
    with ThreadPoolExecutor() as pool:
        findings = [
            finding for found in pool.map(lambda look: list(look()), checks(settings, registry)) for finding in found
        ]
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        table.add_row(_SHOWN[finding.level], escape(finding.subject), escape(finding.sentence))
    output.print(table)
    wrong = sum(finding.level == "wrong" for finding in findings)
    if wrong:
        output.print(f"\n[bold red]{wrong} to fix.[/]")
        raise typer.Exit(2)
    output.print("\nEverything is fine.")
