"""Stored plans: what an automation wanted is what is carried out after a crash; what is not known says so."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.engine.work import sighting

from callboard.changes import Reference
from callboard.effects import EFFECTS_VERSION, Effect, Ensure, SendSlack, SetMetadata
from callboard.engine.running.plan import from_json, plan, to_json
from callboard.errors import Refused
from callboard.registry import Trigger
from callboard.settings.models import AutomationSettings

KINDS = get_args(get_args(Effect)[0])
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(Reference, st.builds(Reference, st.text(max_size=20), st.text(max_size=20)))

values = st.dictionaries(
    st.text(max_size=10), st.none() | st.booleans() | st.integers() | st.text(max_size=10), max_size=3
)
st.register_type_strategy(Ensure, st.builds(Ensure, type=st.text(max_size=10), found_by=values, values=values))
st.register_type_strategy(
    SendSlack,
    st.builds(
        SendSlack,
        people=st.lists(st.tuples(st.text(max_size=10), st.text(max_size=10)), max_size=3),
        project=st.text(max_size=10),
        text=st.sampled_from(["Ready.", "*{shot}* is ready."]),
        values=st.builds(dict, shot=st.text(max_size=10)),
        task=st.none() | st.from_type(Reference),
    ),
)
plans = st.lists(st.one_of([st.from_type(kind) for kind in KINDS]), max_size=4)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


def stored(effects: list[Any]) -> Any:
    """A plan as it comes back from a database."""
    return json.loads(json.dumps(to_json(effects)))


@given(plans)
def test_a_stored_plan_comes_back_as_it_was(effects: list[Any]) -> None:
    assert from_json(stored(effects)) == effects


@given(plans.filter(bool), st.data())
def test_a_damaged_plan_is_refused_in_one_sentence(effects: list[Any], data: st.DataObject) -> None:
    whole = stored(effects)
    place = data.draw(st.integers(0, len(effects) - 1))
    damaged = whole["effects"][place]
    match data.draw(st.sampled_from(["kind", "missing", "unknown"])):
        case "kind":
            damaged["kind"] = data.draw(st.text(max_size=20).map("un{}known".format))
        case "missing":
            del damaged["kind"]
        case "unknown":
            damaged["of a later version"] = 1
    with pytest.raises(Refused, match="let `callboard retry` plan it again") as caught:
        from_json(whole)
    assert "\n" not in str(caught.value)


@given(anything)
def test_nothing_that_is_stored_raises_anything_else(stored_plan: Any) -> None:
    try:
        from_json(stored_plan)
    except Refused as error:
        assert str(error).endswith("plan it again.")  # noqa: PT017 - most of it is refused, and nothing else is raised


@given(st.integers().filter(lambda version: version != EFFECTS_VERSION))
def test_another_version_is_named(version: int) -> None:
    with pytest.raises(Refused, match=f"effects of version {version};"):
        from_json({"version": version, "effects": []})


@pytest.mark.parametrize("value", [float("nan"), Reference("Task", "t"), object(), ["a list"]])
def test_a_value_that_would_not_come_back_is_no_effect(value: Any) -> None:
    with pytest.raises(ValidationError):
        Ensure(type="Task", found_by={"name": value})


def test_a_text_that_cannot_be_stored_is_a_defect_of_its_automation() -> None:
    effect = SetMetadata(entity=Reference("Task", "t"), key="file", value="\udcff")
    wrong = Trigger("note", lambda _change, _settings: [effect], "created", "Task", AutomationSettings)
    with pytest.raises(Refused, match="note has a defect: it yielded a set_metadata that cannot be stored"):
        plan(wrong, sighting("task").change, AutomationSettings())


@pytest.mark.parametrize("kind", KINDS)
def test_every_effect_says_what_it_does(kind: Any) -> None:
    @given(st.from_type(kind))
    def says(effect: Any) -> None:
        assert effect.describe() or effect.kind == "skip"

    says()
