"""Text that is data arrives in Slack as it is: checked against a small reading of Slack's markup."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callboard import SendSlack, escape
from callboard.mrkdwn import fill


def shown(mrkdwn: str) -> str:
    """What Slack shows of a text: code as it is; outside of it, pairs of signs at the edges of words are taken away."""
    parts = re.split(r"`([^`\n]+)`", mrkdwn)
    for place in range(0, len(parts), 2):
        for sign in (r"\*", "_", "~"):
            parts[place] = re.sub(rf"(?<![^\W_]){sign}(\S(?:.*?\S)?){sign}(?![^\W_])", r"\1", parts[place])
    plain = "".join(parts)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@pytest.mark.parametrize(
    "name", ["SH010", "heron_010_comp", "A<B", "R&D", "a > b", "*SH010*", "_old_", "~x~", "x_", ":100:"]
)
def test_a_name_arrives_as_it_is(name: str) -> None:
    assert shown(escape(name)) == name
    assert shown(fill("*{shot}* is _omitted_, {shot}.", {"shot": name})) in {
        f"{name} is omitted, {name}.",
        f"*{name}* is omitted, {name}.",  # bold code
    }


def test_an_ordinary_name_is_left_alone() -> None:
    assert escape("heron_010_comp-v01") == "heron_010_comp-v01"


@given(st.text(st.characters(exclude_categories=("C", "Z")), max_size=20))
@example("*_`<&>`_*")
def test_any_name_arrives_readable(name: str) -> None:
    written = escape(name)
    assert shown(written) == name.replace("`", "\u02cb")
    # No link, mention or broadcast can be forged.
    assert "<" not in written


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_value_is_never_taken_for_a_name(one: str, two: str) -> None:
    assert fill("{one} {two}", {"one": one, "two": two}) == f"{escape(one)} {escape(two)}"


def test_a_message_holds_its_values_and_nothing_else() -> None:
    effect = SendSlack(
        people=[], project="heron", text="*{shot}* is {status}.", values={"shot": "A<B", "status": "Cut"}
    )
    assert effect.text == "*A&lt;B* is Cut."
    assert SendSlack.model_validate(effect.model_dump(mode="json")) == effect


def test_a_name_without_value_is_a_defect() -> None:
    with pytest.raises(ValueError, match=r"the text has \{shto\}, which is not among its values"):
        SendSlack(people=[], project="heron", text="{shto}", values={"shot": "SH010"})


def test_text_without_values_is_left_alone() -> None:
    assert SendSlack(people=[], project="heron", text="{a} *b*").text == "{a} *b*"
