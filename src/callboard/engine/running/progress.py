"""The progress of a run's plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from callboard.effects import CopyFiles, CopyTemplate, Effect, MakeFolders, SetMetadata, Skip
from callboard.engine.running.texts import readable
from callboard.engine.store.batches import Run
from callboard.errors import Refused, TryAgain


@dataclass
class Progress:
    """The progress of a run's plan.

    Attributes:
        done: What was done, in a phrase, by the effect's place in the plan.
        problem: Why it went no further.
        parked: Whether it was not begun, since the server stops.
        copied: What was done on disk and ftrack is to note, by the effect's place …
        to_note: … and what it is to note.
    """

    run: Run
    effects: Sequence[Effect]
    done: dict[int, str] = field(default_factory=dict)
    problem: TryAgain | Refused | None = None
    parked: bool = False
    copied: dict[int, str] = field(default_factory=dict)
    to_note: dict[int, SetMetadata] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, effects: Sequence[Effect]) -> Progress:
        """Return the progress of a run's plan, with what former attempts at the same plan have done.

        Args:
            run: The run.
            effects: Its plan: the one that was stored, or a new one.
        """
        if run.plan is None or len(run.effects) != len(effects):
            return cls(run, effects)
        return cls(run, effects, {place: each["text"] for place, each in enumerate(run.effects) if each["done"]})

    @property
    def going(self) -> bool:
        """Whether there may be more to do."""
        return self.problem is None and not self.parked

    @property
    def keeps_plan(self) -> bool:
        """Whether the plan must be completed, because a new one would find a part of it done already.

        After a refusal that is so only if other people have seen a part of it: they change what the plan was made of,
        a name or a setting, and folders that are there are no reason to leave anything out.
        """
        done = [effect for place, effect in enumerate(self.effects) if place in self.done or place in self.copied]
        if isinstance(self.problem, Refused):
            return any(not isinstance(effect, Skip | MakeFolders | CopyFiles | CopyTemplate) for effect in done)
        return self.run.plan is not None or any(not isinstance(effect, Skip) for effect in done)

    def remaining(self) -> list[tuple[int, Effect]]:
        """Return the effects that are not done yet, with their places."""
        return [(place, effect) for place, effect in enumerate(self.effects) if place not in self.done]

    @property
    def records(self) -> list[dict[str, Any]]:
        """Each effect with what was done, or with what was to be done."""
        return [
            {
                "kind": effect.kind,
                "text": readable(self.done.get(place, effect.describe())),
                "done": place in self.done and not isinstance(effect, Skip),
            }
            for place, effect in enumerate(self.effects)
        ]

    @property
    def summary(self) -> str:
        """One sentence about what was done."""
        said = "; ".join(text.rstrip(".") for _, text in sorted(self.done.items()))
        return readable(f"{said[0].upper()}{said[1:]}.") if said else ""
