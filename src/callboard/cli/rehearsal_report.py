"""The report of ``callboard rehearse`` in the terminal."""

from __future__ import annotations

import json
from datetime import datetime

from rich.markup import escape
from rich.table import Table

from callboard.cli.common import output, print_plain
from callboard.rehearsal.comparison import Difference
from callboard.rehearsal.entries import Rehearsal
from callboard.rehearsal.summary import Group, Summary

#: Maximum lines per part; the other reports have all of them.
_LINES = 20


def print_json(rehearsal: Rehearsal, summary: Summary, differences: list[Difference] | None, begin: datetime) -> None:
    """Print everything for scripts."""
    report = {
        "since": begin.isoformat(),
        **summary.as_json(),
        "entries": [entry.as_json() for entry in rehearsal.entries],
        "against": None if differences is None else [each.as_json() for each in differences],
    }
    print_plain(json.dumps(report, indent=2, ensure_ascii=False))


def print_summary(summary: Summary) -> None:
    """Print a summary of a rehearsal."""
    output.print(f"{summary.changes:,} changes were played.")
    table = Table("automation", "looked at", "would act", "nothing to do", "refused", "differs", box=None)
    for name, tally in summary.tallies.items():
        table.add_row(name, *map(str, (tally.looked_at, tally.act, tally.nothing, tally.refused, tally.differs)))
    output.print(table)
    for name, reason in summary.off.items():
        output.print(f"{name}: {escape(reason)}")
    if summary.differences:
        output.print("\n[bold]Callboard did something else at the time[/]")
        for entry in summary.differences[:_LINES]:
            assert entry.actual is not None
            would = "; ".join(entry.would) or entry.reason
            line = f"{entry.automation}: {entry.what}: would {would}; did: {entry.actual.summary}"
            output.print(f"  {escape(line)}", soft_wrap=True)
        _print_rest(len(summary.differences))
    _print_groups("Refused", summary.refused)
    _print_counts("Statuses", summary.statuses)
    _print_counts("Lists", summary.lists)
    _print_counts("Folders and files", summary.folders)
    people = {f"{day}, {name}": count for day, messages in summary.messages.items() for name, count in messages.items()}
    _print_counts("Slack messages", people)
    _print_groups("Nothing to do", summary.nothing)


def _print_groups(title: str, groups: tuple[Group, ...]) -> None:
    if groups:
        output.print(f"\n[bold]{title}[/]")
    for group in groups[:_LINES]:
        line = f"{group.count:>6}  {group.automation}: {group.reason} For example: {group.examples[0]}."
        output.print(escape(line), soft_wrap=True)
    _print_rest(len(groups))


def _print_counts(title: str, counts: dict[str, int]) -> None:
    if counts:
        output.print(f"\n[bold]{title}[/]")
    for name, count in list(counts.items())[:_LINES]:
        output.print(f"{count:>6}  {escape(name)}", soft_wrap=True)
    _print_rest(len(counts))


def print_differences(differences: list[Difference]) -> None:
    """Print what the other configuration would do instead."""
    if not differences:
        output.print("Both configurations do the same for every change.")
    for each in differences[:_LINES]:
        output.print(f"[bold]{escape(each.entry.what)}[/], {each.entry.automation}", soft_wrap=True)
        for sign, entry in (("-", each.one), ("+", each.other)):
            would = "ignores it" if entry is None else "; ".join(entry.would) or entry.reason
            output.print(f"  {sign} {escape(would)}", soft_wrap=True)
    _print_rest(len(differences))
    output.print(f"{len(differences):,} differences.")


def _print_rest(count: int) -> None:
    if count > _LINES:
        output.print(f"        and {count - _LINES:,} more; --json and --html show them.")
