"""``callboard status``: is everything moving."""

from __future__ import annotations

import json

from rich.table import Table

from callboard.cli.common import AsJson, ConfigFile, output, settings_of


def status(config: ConfigFile = None, *, as_json: AsJson = False) -> None:
    """Count the runs by state.

    Says also whether the event hub is heard, and which run has waited longest. Works while the server runs, or not.
    """
    from callboard.cli import history

    store = history.open_store(settings_of(config))
    counts, hub, oldest = history.counts(store), history.hub(store), history.oldest_waiting(store)
    store.close()
    if as_json:
        print(json.dumps({**counts, "hub": hub, "oldest_waiting": oldest and oldest["change"]["at"]}))  # noqa: T201 - not for rich
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for state, number in counts.items():
        table.add_row(state, str(number), style="bold red" if state == "failed" and number else "")
    table.add_row("hub", hub, style="" if hub == "connected" else "yellow")
    output.print(table)
    if oldest:
        entity = f"{oldest['entity']['type']} {oldest['entity']['name'] or oldest['entity']['id']}"
        since = f"since {oldest['change']['at']}" + (f": {oldest['error']}" if oldest["error"] else ".")
        sentence = f"Oldest waiting: run {oldest['id']}, {oldest['automation']} for {entity} {since}"
        output.print(sentence, markup=False, soft_wrap=True)
