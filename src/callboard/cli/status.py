"""``callboard status``: is everything moving."""

from __future__ import annotations

import json

from rich.markup import escape
from rich.table import Table

from callboard.cli.common import AsJson, ConfigFile, in_studio_time, output, print_plain, settings_of


def status(config: ConfigFile = None, *, as_json: AsJson = False) -> None:
    """Count the runs by state.

    Says also whether the event hub is heard, and since when the oldest run waits. Works while the server runs, or not.
    """
    settings = settings_of(config)
    from callboard.cli.history import history_of

    with history_of(settings) as history:
        counts = history.counts() | {"paused": history.pauses()}
    if as_json:
        print_plain(json.dumps(counts))
        return
    oldest, behind, stuck, paused = (counts.pop(name) for name in ("oldest_waiting", "reading", "stuck", "paused"))
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in counts.items():
        alarming = (name == "failed" and value) or value in {"disconnected", "down"}
        table.add_row(name, str(value), style="bold red" if alarming else "")
    if oldest:
        table.add_row("oldest waiting", in_studio_time(settings, oldest))
    if behind:
        table.add_row("reading", f"the backlog, up to {in_studio_time(settings, behind)}")
    for sentence in stuck:
        table.add_row("stuck", sentence, style="bold red")
    for name, pause in paused.items():
        table.add_row("paused", escape(f"{name}, by {pause['by']}: {pause['why']}"), style="yellow")
    output.print(table)
