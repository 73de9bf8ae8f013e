"""Charts of an hour, a day or a month: changes per minute, and the time to effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from markupsafe import Markup

from callboard.engine.store.database import Store
from callboard.engine.store.figures import CHANGES, MINUTE, QUARTER, SHIFT, Figures, read_figures, together
from callboard_pages.charts import Series, bars, lines
from callboard_pages.words import amount, duration


@dataclass(frozen=True)
class Period:
    """The time that a chart shows.

    Attributes:
        name: What it is called in addresses.
        span: Seconds of a step.
        steps: How many.
        label: How the time of a step is written.
    """

    name: str
    span: int
    steps: int
    label: str


PERIODS = {
    each.name: each
    for each in (
        Period("hour", MINUTE, 60, "%H:%M"),
        Period("day", QUARTER, 96, "%H:%M"),
        Period("month", SHIFT, 120, "%d %b"),
    )
}


@dataclass(frozen=True)
class Trends:
    """Changes and runs within a period.

    Attributes:
        period: Which one.
        figures: Of each step, by automation; nothing where nothing happened.
        labels: When each step began, on the studio's clock.
    """

    period: Period
    figures: Sequence[Mapping[str, Figures]]
    labels: Sequence[str]

    def of(self, automation: str) -> Figures:
        """Return all that happened in one automation; see :data:`CHANGES`."""
        return together(step[automation] for step in self.figures if automation in step)

    @property
    def changes(self) -> Markup:
        """The chart of changes per minute."""
        per_minute = [_changes(step) * MINUTE / self.period.span for step in self.figures]
        return bars(f"Changes per minute over the last {self.period.name}", self.labels, Series("changes", per_minute))

    @property
    def about_changes(self) -> str:
        """The same in a sentence."""
        count = self.of(CHANGES).changes
        if not count:
            return f"none within the last {self.period.name}"
        most = max(_changes(step) for step in self.figures) * MINUTE / self.period.span
        return f"{amount(count)} within the last {self.period.name}, at most {most:.3g} a minute"

    @property
    def effects(self) -> Markup:
        """The chart of the time from a change to its effect."""
        steps = [together(step.values()) for step in self.figures]
        series = [Series("half of the runs within", [step.quantile(0.5) for step in steps])]
        series.append(Series("95 % of the runs within", [step.quantile(0.95) for step in steps], "second"))
        label = f"Time from a change to its effect over the last {self.period.name}"
        return lines(label, self.labels, series, unit="s")

    @property
    def about_effects(self) -> str:
        """The same in a sentence."""
        all_ = together(each for step in self.figures for each in step.values())
        half, most = all_.quantile(0.5), all_.quantile(0.95)
        if half is None or most is None:
            return f"nothing was done within the last {self.period.name}"
        return f"half within {duration(half)}, 95 % within {duration(most)}, of {amount(sum(all_.took))} runs"


def _changes(step: Mapping[str, Figures]) -> int:
    return step[CHANGES].changes if CHANGES in step else 0


def read_trends(store: Store, period: Period, now: datetime, zone: tzinfo) -> Trends:
    """Return what happened within a period that ends now.

    Args:
        store: The database.
        period: Which one.
        now: Aware.
        zone: The studio's clock.

    Raises:
        TryAgain: The database cannot be reached.
    """
    last = int(now.timestamp()) // period.span * period.span
    starts = [last - number * period.span for number in reversed(range(period.steps))]
    found = read_figures(store, period.span, starts[0])
    labels = [datetime.fromtimestamp(start, UTC).astimezone(zone).strftime(period.label) for start in starts]
    return Trends(period, [found.get(start, {}) for start in starts], labels)
