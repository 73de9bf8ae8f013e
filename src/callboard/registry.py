"""The decorators that declare automations: ``@on_created``, ``@on_status``, ``@action``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from callboard.changes import Change
from callboard.effects import Effect
from callboard.forms import Answer, Launch
from callboard.settings.models import ActionSettings, AutomationSettings


@dataclass(frozen=True)
class Related:
    """A look-up of related entities, made once for a whole batch.

    ``Related("AssetVersion", by="asset_id", of="asset_id", reads=("version", "status.name"))`` gives each change the
    versions whose ``asset_id`` is the changed entity's ``asset_id``.

    Attributes:
        type: Schema type to read.
        by: Its attribute or dotted path that is compared with *of*.
        of: Dotted path of the changed entity, which is read as well. A path through a collection compares with every
            member (so ``link.id`` works). Both empty: every entity of the type, for types that a studio has few of,
            such as list categories.
        reads: Projections to read.
        where: A further condition in ftrack's query language, fixed text.
    """

    type: str
    by: str = ""
    of: str = ""
    reads: tuple[str, ...] = ()
    where: str = ""


Plan = Callable[[Change, Any], Iterable[Effect]]


@dataclass(frozen=True)
class Trigger:
    """An automation that runs by itself when something changes."""

    name: str
    plan: Plan
    kind: Literal["created", "status"]
    entity_type: str
    settings: type[AutomationSettings]
    reads: tuple[str, ...] = ()
    related: Mapping[str, Related] = field(default_factory=dict)
    workflow: bool = False
    to: str | None = None
    needs: tuple[str, ...] = ()
    leaving: bool = False

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return _first_line(self.plan)

    def statuses(self, settings: AutomationSettings) -> list[str]:
        """Return the names of the statuses that the automation waits for; none when it waits for every status."""
        wanted = getattr(settings, self.to) if self.to is not None else ()
        return [wanted] if isinstance(wanted, str) else list(wanted)

    def why_not(self, change: Change, settings: AutomationSettings) -> str | None:
        """Return why the automation ignores this change, or None when it handles it."""
        if self.to is None:
            return None
        names = self.statuses(settings)
        if change.status in names or (self.leaving and change.from_status in names):
            return None
        if self.leaving and change.from_status is not None:
            return f"Neither {change.from_status} nor {change.status} is one of {', '.join(names)}."
        return f"The status became {change.status}, which is not one of {', '.join(names)}."


@dataclass(frozen=True)
class Action:
    """An automation that people pick in ftrack's menu."""

    name: str
    answer: Callable[[Launch, Any], Answer]
    label: str
    on: tuple[str, ...]
    settings: type[ActionSettings]
    reads: tuple[str, ...] = ()
    several: bool = False
    needs: tuple[str, ...] = ()
    heavy: bool = False

    @property
    def identifier(self) -> str:
        """The action's ``actionIdentifier`` in ftrack."""
        return f"callboard.{self.name}"

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return _first_line(self.answer)


class Registry:
    """The known automations, by name."""

    def __init__(self) -> None:
        self.triggers: dict[str, Trigger] = {}
        self.actions: dict[str, Action] = {}

    @property
    def automations(self) -> dict[str, Trigger | Action]:
        """All automations by name, triggers first, then actions."""
        return {**dict(sorted(self.triggers.items())), **dict(sorted(self.actions.items()))}

    def add(self, automation: Trigger | Action) -> None:
        """Register an automation.

        Raises:
            ValueError: Another automation has that name.
        """
        if automation.name in self.automations:
            raise ValueError(f"There are two automations named {automation.name!r}; rename one of the functions.")
        if isinstance(automation, Trigger):
            self.triggers[automation.name] = automation
        else:
            self.actions[automation.name] = automation


#: The registry that the decorators below fill.
registry = Registry()


def on_created(
    entity_type: str,
    *,
    settings: type[AutomationSettings] = AutomationSettings,
    reads: Sequence[str] = (),
    related: Mapping[str, Related] | None = None,
    needs: Sequence[str] = (),
) -> Callable[[Plan], Plan]:
    """Call the function for every new entity of a type.

    Args:
        entity_type: ``Project``, ``Task`` or ``AssetVersion``.
        settings: The model of the automation's table in the configuration.
        reads: Projections of the entity to read, as in ftrack's queries.
        related: Look-ups of related entities.
        needs: Tables of the configuration that it requires, such as ``slack``; without them it is off.
    """

    def declare(plan: Plan) -> Plan:
        trigger = Trigger(
            name=plan.__name__,
            plan=plan,
            kind="created",
            entity_type=entity_type,
            settings=settings,
            reads=tuple(reads),
            related=related or {},
            needs=tuple(needs),
        )
        registry.add(trigger)
        return plan

    return declare


def on_status(
    entity_type: str,
    *,
    to: str | None = None,
    leaving: bool = False,
    settings: type[AutomationSettings] = AutomationSettings,
    reads: Sequence[str] = (),
    related: Mapping[str, Related] | None = None,
    workflow: bool = False,
    needs: Sequence[str] = (),
) -> Callable[[Plan], Plan]:
    """Call the function when an entity gets another status, or its first one on creation.

    Args:
        entity_type: ``Task``, another typed context, or ``AssetVersion``.
        to: Name of the setting that holds the status name or names to wait for; None: every status.
        leaving: Whether to call it also when an entity leaves one of these statuses.
        settings: The model of the automation's table in the configuration.
        reads: Projections of the entity to read, as in ftrack's queries.
        related: Look-ups of related entities.
        workflow: Whether to read ``change.workflow``.
        needs: Tables of the configuration that it requires, such as ``slack``; without them it is off.
    """

    def declare(plan: Plan) -> Plan:
        trigger = Trigger(
            name=plan.__name__,
            plan=plan,
            kind="status",
            entity_type=entity_type,
            settings=settings,
            reads=tuple(reads),
            related=related or {},
            workflow=workflow,
            to=to,
            needs=tuple(needs),
            leaving=leaving,
        )
        registry.add(trigger)
        return plan

    return declare


def action(
    label: str,
    *,
    on: Sequence[str],
    settings: type[ActionSettings] = ActionSettings,
    reads: Sequence[str] = (),
    several: bool = False,
    needs: Sequence[str] = (),
    heavy: bool = False,
) -> Callable[[Callable[[Launch, Any], Answer]], Callable[[Launch, Any], Answer]]:
    """Offer the function in ftrack's action menu.

    Args:
        label: Text of the menu entry.
        on: Schema types it applies to; empty: any selection.
        settings: The model of the action's table in the configuration.
        reads: Projections to read of the selected entities.
        several: Whether it takes more than one selected entity.
        needs: Tables of the configuration that it requires, such as ``review_ftrack``; without them it is off.
        heavy: Whether its jobs encode or move media; one heavy job runs at a time, and other jobs do not wait for it.
    """

    def declare(answer: Callable[[Launch, Any], Answer]) -> Callable[[Launch, Any], Answer]:
        declared = Action(
            name=answer.__name__,
            answer=answer,
            label=label,
            on=tuple(on),
            settings=settings,
            reads=tuple(reads),
            several=several,
            needs=tuple(needs),
            heavy=heavy,
        )
        registry.add(declared)
        return answer

    return declare


def _first_line(function: Callable[..., Any]) -> str:
    return (function.__doc__ or "").strip().partition("\n")[0]
