"""Batch Create: a sequence with its shots and their tasks, from a numbering rule."""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from typing import Any

from pydantic import Field

from callboard import (
    ActionSettings,
    Entity,
    Form,
    Ftrack,
    Job,
    Launch,
    Message,
    Refused,
    StartJob,
    action,
    batches,
    forms,
    paths,
    quote,
)

TITLE = "Batch Create"
NO_YES = [("no", "No"), ("yes", "Yes")]


class BatchCreateSettings(ActionSettings):
    """``[automations.batch_create]``."""

    max_shots: int = Field(default=1000, ge=1, description="Maximum number of shots in one batch.")


@action(TITLE, on=tuple(batches.LEVELS), settings=BatchCreateSettings, reads=("name", "project_id"))
def batch_create(launch: Launch, settings: BatchCreateSettings) -> Form | Message | StartJob:
    """Create a sequence, its shots and their tasks from a numbering rule."""
    parent, values = launch.selection[0], launch.values
    types = _task_types(launch.ftrack, parent["project_id"])
    step = _text(values, "step")
    if not step:
        return _count_form("1")
    try:
        count = _count(values, parent.type, len(types))
    except Refused as mistake:
        return _count_form(_text(values, "count")).with_mistake(str(mistake))
    details = _details_form(parent, types, count, values)
    if step == "count":
        return details
    try:
        batch = _batch(parent, types, count, values, settings.max_shots)
        existing = batches.read_existing(launch.ftrack, batch)
    except Refused as mistake:
        return details.with_mistake(str(mistake))
    if step == "details":
        return _preview_form(batch, existing, values)
    started = f"{batch.sequence or parent['name']} is being created; its Job shows the progress."
    reply: Form | Message = Message(started)
    if _text(values, "another") == "yes":
        again = _details_form(parent, types, count, {**values, "sequence": ""})
        reply = replace(again, items=[forms.label(started), *again.items])
    # The new ids follow from the key, so that a job that runs again cannot create anything twice.
    arguments = {"batch": asdict(batch), "key": str(uuid.uuid4())}
    return StartJob(create_batch, arguments, f"{TITLE} in {parent['name']} is waiting.", reply)


def create_batch(job: Job, arguments: dict[str, Any]) -> str:
    """Create the missing part of a batch in one transaction, and report what was created and what existed."""
    batch = batches.Batch(
        **{**arguments["batch"], "tasks": [batches.TaskWish(**task) for task in arguments["batch"]["tasks"]]}
    )
    ids = batches.own_ids(batch, arguments["key"])
    job.progress(f"Checking what exists in {batch.parent_name}")
    existing = batches.read_existing(job.ftrack, batch)
    while missing := [path for path in ids if path not in existing]:
        job.progress(f"Creating {batch.describe_count(missing)} in {batch.parent_name}")
        try:
            job.ftrack.commit(batches.operations(batch, ids, existing))
        except Refused:
            # Someone may have just created some of it, or an answer that never arrived was a success.
            before, existing = existing, batches.read_existing(job.ftrack, batch)
            if len(existing) == len(before):
                raise
        else:
            break
    ours = [path for path, own_id in ids.items() if existing.get(path, own_id) == own_id]
    kept = [path for path, own_id in ids.items() if existing.get(path, own_id) != own_id]
    created = f"Created {batch.describe_count(ours)}" if ours else "Created nothing"
    return f"{created} in {batch.parent_name}." + (f" Kept {batch.describe_count(kept)} that existed." if kept else "")


def _task_types(ftrack: Ftrack, project_id: str) -> dict[str, str]:
    """Return the names of the task types that the project's workflow schema has, by id, in ftrack's order."""
    [project] = ftrack.query(
        "select project_schema._task_type_schema.types.name, project_schema._task_type_schema.types.sort "
        f"from Project where id is {quote(project_id)}"
    )
    types = project.at("project_schema._task_type_schema.types") or []
    if not types:
        raise Refused("The project's workflow schema has no task types; add some to it in ftrack.")
    return {each.id: each["name"] for each in sorted(types, key=lambda each: (each["sort"] or 0, each["name"]))}


def _count_form(count: str) -> Form:
    return Form([forms.number("count", "Number of tasks", count), forms.hidden("step", "count")], TITLE, "Continue")


def _details_form(parent: Entity, types: Mapping[str, str], count: int, values: Mapping[str, Any]) -> Form:
    items = [forms.hidden("step", "details"), forms.hidden("count", count)]
    levels = batches.LEVELS[parent.type]
    if "Sequence" in levels:
        items.append(forms.text("sequence", "Sequence name", _text(values, "sequence"), hint="001"))
    if "Shot" in levels:
        prefix = _text(values, "prefix") or "no"
        items += [
            forms.text("expression", "Expression", _text(values, "expression") or "####", hint="SH####"),
            forms.text("incremental", "Incremental", _text(values, "incremental"), hint="10-50:10"),
            forms.choice("prefix", "Add sequence prefix", NO_YES, prefix),
        ]
    for number, default in zip(range(1, count + 1), types, strict=False):
        chosen = _text(values, f"type_{number}") or default
        items += [
            forms.choice(f"type_{number}", f"Task {number}: Type", list(types.items()), chosen),
            forms.number(f"bid_{number}", f"Task {number}: Bid (hours)", _text(values, f"bid_{number}") or "0"),
        ]
    return Form(items, f"{TITLE} in {parent['name']}", "Preview")


def _preview_form(batch: batches.Batch, existing: Collection[batches.Names], values: Mapping[str, Any]) -> Form:
    missing = [path for path in batch.paths() if path not in existing]
    kept = [path for path in batch.paths() if path in existing]
    items = [forms.label(f"**Will be created:** {batch.describe_count(missing) if missing else 'nothing'}")]
    items += [forms.label(line) for line in batch.list_names(missing)]
    if kept:
        items.append(forms.label(f"**Already exists, stays unchanged:** {batch.describe_count(kept)}"))
        items += [forms.label(line) for line in batch.list_names(kept)]
    if batch.shots:
        title = "Create another sequence" if batch.sequence else "Create more shots"
        items.append(forms.choice("another", title, NO_YES, "no"))
    state = {name: value for name, value in values.items() if _is_detail(name)}
    items += [forms.hidden(name, value) for name, value in {**state, "step": "preview"}.items()]
    return Form(items, f"{TITLE} in {batch.parent_name}", "Create")


def _is_detail(name: str) -> bool:
    return name in {"count", "sequence", "expression", "incremental", "prefix"} or name.startswith(("type_", "bid_"))


def _count(values: Mapping[str, Any], parent_type: str, types: int) -> int:
    written = _text(values, "count")
    lowest = 1 if parent_type == "Shot" else 0
    number = _number(written)
    if number is None or not number.is_integer() or not lowest <= number <= types:
        raise Refused(
            f"Number of tasks {written!r} is not a whole number from {lowest} to {types}, "
            f"the number of task types of the project."
        )
    return int(number)


def _batch(
    parent: Entity, types: Mapping[str, str], count: int, values: Mapping[str, Any], max_shots: int
) -> batches.Batch:
    """Return the batch that the second form asks for, or raise Refused with the first mistake in it."""
    levels = batches.LEVELS[parent.type]
    sequence = paths.check_name(_text(values, "sequence"), "sequence") if "Sequence" in levels else ""
    shots: list[str] = []
    if "Shot" in levels:
        prefix = sequence or parent["name"] if _text(values, "prefix") == "yes" else ""
        expression, incremental = _text(values, "expression"), _text(values, "incremental")
        shots = paths.shot_names(expression, incremental, at_most=max_shots, prefix=prefix)
        for shot in shots:
            paths.check_name(shot, "shot")
    tasks = [_wish(number, types, values) for number in range(1, count + 1)]
    for name, times in Counter(task.name for task in tasks).items():
        if times > 1:
            raise Refused(f"Type {name} is chosen {times} times; choose each type once.")
    return batches.Batch(parent.type, parent.id, parent["name"], parent["project_id"], sequence, shots, tasks)


def _wish(number: int, types: Mapping[str, str], values: Mapping[str, Any]) -> batches.TaskWish:
    type_id = _text(values, f"type_{number}")
    if type_id not in types:
        raise Refused(f"Type of task {number} is not one of the project's task types; choose one from the list.")
    written = _text(values, f"bid_{number}") or "0"
    hours = _number(written)
    if hours is None or not 0 <= hours <= 100_000:
        raise Refused(f"Bid of {types[type_id]} {written!r} is not a number of hours, such as 8 or 1.5.")
    return batches.TaskWish(types[type_id], type_id, hours * 3600)


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return "" if value is None else str(value).strip()


def _number(written: str) -> float | None:
    try:
        number = float(written)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
