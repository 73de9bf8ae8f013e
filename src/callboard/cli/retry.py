"""``callboard retry``: make failed runs due again."""

from __future__ import annotations

from typing import Annotated

import typer

from callboard.cli.common import ConfigFile, output, settings_of, wrong_usage
from callboard.errors import Refused


def retry(
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="RUN...", help="The numbers of the runs.", show_default=False)
    ] = None,
    *,
    failed: Annotated[bool, typer.Option("--failed", help="Retry all failed runs.")] = False,
    config: ConfigFile = None,
) -> None:
    """Make failed runs due again.

    They are planned again, except for runs that were carried out in part.
    """
    if bool(numbers) == failed:
        raise wrong_usage("Name the runs to retry, or use --failed for all of them.")
    from callboard.cli.history import history_of

    with history_of(settings_of(config)) as history:
        due = history.retry(None if failed else numbers)
    if not failed and (others := sorted(set(numbers or []) - set(due))):
        listed = ", ".join(str(number) for number in others)
        raise Refused(f"Only failed runs can be retried, and these have not failed: {listed}. Due again: {len(due)}.")
    output.print(f"Due again: {len(due)}.")
