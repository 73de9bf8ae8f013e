"""Planning: an automation is called for a change, and its effects are checked; nothing is touched."""

from __future__ import annotations

import inspect
import logging
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from callboard.changes import Change
from callboard.effects import EFFECTS_VERSION, Effect
from callboard.engine.running.texts import readable
from callboard.errors import Refused, TryAgain
from callboard.registry import Trigger

_log = logging.getLogger(__name__)

_EFFECTS = get_args(get_args(Effect)[0])
_PLAN: TypeAdapter[list[Effect]] = TypeAdapter(list[Effect])


def plan(trigger: Trigger, change: Change, settings: Any) -> list[Effect]:
    """Return what an automation wants to be done about a change.

    Args:
        trigger: The automation.
        change: With all that it reads.
        settings: The automation's own settings.

    Raises:
        TryAgain, Refused: What the automation raised; and Refused, in one sentence, for its defects.
    """
    try:
        effects = list(trigger.plan(change, settings) or ())
    except (TryAgain, Refused):
        raise
    except Exception as error:
        _log.exception("%s failed for %s %s", trigger.name, change.entity_type, change.entity_id)
        raise Refused(f"{trigger.name} has a defect: {_where(trigger, error)}.") from error
    for effect in effects:
        if not isinstance(effect, _EFFECTS):
            raise Refused(f"{trigger.name} has a defect: it yielded {effect!r}, which is not an effect.")
        try:
            effect.model_dump_json()
        except PydanticSerializationError as error:
            what = f"it yielded a {effect.kind} that cannot be stored"
            raise Refused(f"{trigger.name} has a defect: {what}: {readable(str(error))}.") from error
    return effects


def _where(trigger: Trigger, error: Exception) -> str:
    """Return the error's type and message, and the line of the automation's own file that it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == inspect.getsourcefile(trigger.plan)]
    frame = (own or frames)[-1]
    said = error.args[0] if isinstance(error, KeyError) and error.args else error
    message = " ".join(str(said).split()).rstrip(".")
    return f"{type(error).__name__}: {message} ({Path(frame.filename).name}:{frame.lineno})"


def to_json(effects: Sequence[Effect]) -> dict[str, Any]:
    """Return a plan as it is stored, with the version of the effects that it is made of."""
    return {"version": EFFECTS_VERSION, "effects": [effect.model_dump(mode="json") for effect in effects]}


def from_json(stored: Any) -> list[Effect]:
    """Return the effects of a stored plan.

    Args:
        stored: As :func:`to_json` makes it, or a list of effects alone, as Callboard 0.1 stored it.

    Raises:
        Refused: The present effects do not know it.
    """
    known = stored if isinstance(stored, dict) else {"version": 1, "effects": stored}
    version, effects = known.get("version"), known.get("effects")
    if version != EFFECTS_VERSION:
        raise Refused(
            f"Another version of Callboard planned this run (effects of version {version}; this one applies version "
            f"{EFFECTS_VERSION}); see what it did so far, then let `callboard retry` plan it again."
        )
    try:
        return _PLAN.validate_python(effects)
    except ValidationError as error:
        raise Refused(
            f"The stored plan of this run is not known to this version of Callboard ({_first_mistake(error)}); "
            f"see what it did so far, then let `callboard retry` plan it again."
        ) from error


def _first_mistake(error: ValidationError) -> str:
    mistake = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in mistake["loc"])
    sentence = " ".join(mistake["msg"].split())
    return f"{place}: {sentence}" if place else sentence
