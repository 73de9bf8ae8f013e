from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from pydantic import SecretStr

from callboard import Reference, Refused, SendSlack, TryAgain
from callboard.demo.slack_stub import Fault, SlackStub
from callboard.settings.models import SlackSettings
from callboard.studio.slack import Slack

ANN, BEN = "ann@studio.example", "ben@studio.example"


class Ledger:
    """What has been sent, in memory."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def sent(self) -> list[str]:
        return self.keys

    def note(self, *keys: str) -> None:
        self.keys += keys


@pytest.fixture
def stub() -> Iterator[SlackStub]:
    with SlackStub(token="xoxb-1") as stub:
        yield stub


def slack(stub: SlackStub, **settings: Any) -> Slack:
    token = SecretStr(settings.pop("token", "xoxb-1"))
    given = {"default_channel": "#production", **settings}
    return Slack(SlackSettings(token=token, api_url=stub.url, **given), "https://studio.example")


def message(*people: tuple[str, str], **values: Any) -> SendSlack:
    return SendSlack(people=list(people), project="heron", text="SH010 is ready.", **values)


def test_each_person_gets_the_message_by_the_address_that_ftrack_knows(stub: SlackStub) -> None:
    said = slack(stub).send(message(("ann", ANN), ("ben", BEN)), Ledger())
    assert said == "sent a Slack message to ann, ben"
    assert [(each["to"], each["text"]) for each in stub.messages] == [
        (ANN, "SH010 is ready."),
        (BEN, "SH010 is ready."),
    ]


def test_the_message_links_to_the_task_in_ftrack(stub: SlackStub) -> None:
    slack(stub).send(message(("ann", ANN), task=Reference("Task", "t-1"), project_id="p-1"), Ledger())
    [sent] = stub.messages
    address = "https://studio.example/#slideEntityId=t-1&amp;slideEntityType=task&amp;view=tasks"
    assert f"<{address}&amp;itemId=projects&amp;entityId=p-1&amp;entityType=show|Open in ftrack>" in sent["text"]


def test_the_settings_say_who_is_who_on_slack(stub: SlackStub) -> None:
    people = {"ann": "U-ann", "ben": "#lighting", "cleo": "cleo@elsewhere.example"}
    slack(stub, people=people).send(message(("ann", ANN), ("ben", BEN), ("cleo", "")), Ledger())
    assert [each["channel"] for each in stub.messages] == ["D-ann", "#lighting", "D-cleo@elsewhere.example"]


def test_a_user_name_that_is_an_address_will_do(stub: SlackStub) -> None:
    slack(stub).send(message((ANN, "")), Ledger())
    assert [each["to"] for each in stub.messages] == [ANN]


def test_people_who_share_a_channel_get_one_message_there(stub: SlackStub) -> None:
    said = slack(stub, people={"ann": "#lighting", "ben": "#lighting"}).send(
        message(("ann", ""), ("ben", "")), Ledger()
    )
    assert said == "sent a Slack message to ann, ben"
    assert [each["to"] for each in stub.messages] == ["#lighting"]


def test_nobody_to_tell_goes_to_the_projects_channel_with_the_reason(stub: SlackStub) -> None:
    nobody = message(fallback_reason="nobody is assigned to Lighting in SH010")
    said = slack(stub, projects={"heron": "#heron"}).send(nobody, Ledger())
    assert said == "sent a Slack message to #heron (nobody is assigned to Lighting in SH010)"
    assert slack(stub).send(nobody, Ledger()).startswith("sent a Slack message to #production")
    assert [each["to"] for each in stub.messages] == ["#heron", "#production"]
    assert all("nobody is assigned to Lighting in SH010" in each["text"] for each in stub.messages)


def test_a_project_channel_that_is_closed_gives_way_to_the_default_one(stub: SlackStub) -> None:
    stub.closed.add("#heron")
    slack(stub, projects={"heron": "#heron"}).send(message(), Ledger())
    assert [each["to"] for each in stub.messages] == ["#production"]


def test_unknown_and_deactivated_people_fall_back_to_the_channel_and_are_named(stub: SlackStub) -> None:
    stub.unknown.add(ANN)
    stub.deactivated |= {BEN, "U9"}
    everybody = message(("ann", ANN), ("ben", BEN), ("cleo", "cleo@studio.example"), ("dan", ""), ("eve", ""))
    said = slack(stub, people={"eve": "U9"}).send(everybody, Ledger())
    assert said == (
        "sent a Slack message to cleo and sent a Slack message to #production (Slack does not know ann, ben, dan, eve)"
    )
    assert [each["to"] for each in stub.messages] == ["cleo@studio.example", "#production"]
    assert "Slack does not know ann, ben, dan, eve" in stub.messages[1]["text"]


def test_nobody_writes_to_somebody_who_has_left(stub: SlackStub) -> None:
    stub.deactivated.add(ANN)
    slack(stub).send(message(("ann", ANN)), Ledger())
    assert stub.calls == ["users.lookupByEmail", "chat.postMessage"]
    assert [each["to"] for each in stub.messages] == ["#production"]


def test_no_channel_anywhere_is_refused_with_the_mend(stub: SlackStub) -> None:
    with pytest.raises(
        Refused,
        match=r"No Slack channel for project heron: set slack\.default_channel, or add heron to slack\.projects",
    ):
        slack(stub, default_channel="").send(message(), Ledger())
    stub.closed.add("#production")
    with pytest.raises(Refused, match="Slack lets nobody write to #production: invite the app there"):
        slack(stub).send(message(), Ledger())


def test_a_request_to_wait_is_obeyed(stub: SlackStub) -> None:
    stub.fail([Fault("chat.postMessage", status=429, retry_after=30)])
    with pytest.raises(TryAgain, match="Slack asks to wait") as caught:
        slack(stub).send(message(("ann", ANN)), Ledger())
    assert caught.value.after == 30


def test_nobody_calls_while_slack_asks_to_wait(stub: SlackStub) -> None:
    now = 1000.0
    settings = SlackSettings(token=SecretStr("xoxb-1"), api_url=stub.url, default_channel="#production")
    patient = Slack(settings, "https://studio.example", clock=lambda: now)
    stub.fail([Fault("chat.postMessage", status=429, retry_after=30)])
    with pytest.raises(TryAgain, match="Slack asks to wait"):
        patient.send(message(("ann", ANN)), Ledger())
    calls = len(stub.calls)
    now += 10
    with pytest.raises(TryAgain, match="Slack asks to wait") as caught:
        patient.send(message(("ann", ANN)), Ledger())
    assert (caught.value.after, stub.calls[calls:]) == (20, [])
    now += 20
    patient.send(message(("ben", BEN)), Ledger())
    assert [each["to"] for each in stub.messages] == [BEN]


@pytest.mark.parametrize(
    "fault", [Fault(status=500), Fault(status=502), Fault(error="internal_error"), Fault(error="<html>")]
)
def test_slack_out_of_order_is_waited_for(stub: SlackStub, fault: Fault) -> None:
    stub.fail([fault])
    with pytest.raises(TryAgain, match="Slack is out of order"):
        slack(stub).send(message(("ann", ANN)), Ledger())
    assert stub.messages == []


def test_slack_out_of_reach_is_waited_for() -> None:
    with SlackStub() as stub:
        away = slack(stub)
    with pytest.raises(TryAgain, match=r"Slack cannot be reached: .*refused"):
        away.send(message(("ann", ANN)), Ledger())


def test_what_was_sent_before_a_failure_is_not_sent_again(stub: SlackStub) -> None:
    ledger = Ledger()
    stub.fail([Fault("conversations.open", error="user_disabled"), Fault("conversations.open", status=503)])
    everybody = message(("ann", ANN), ("ben", BEN), ("cleo", "cleo@studio.example"))
    with pytest.raises(TryAgain):
        slack(stub).send(everybody, ledger)
    assert [each["to"] for each in stub.messages] == ["cleo@studio.example"]
    stub.fail([Fault("chat.postMessage", status=429, retry_after=1)])
    with pytest.raises(TryAgain):
        slack(stub).send(everybody, ledger)
    slack(stub).send(everybody, ledger)
    slack(stub).send(everybody, ledger)
    assert sorted(each["to"] for each in stub.messages) == [ANN, BEN, "cleo@studio.example"]


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "missing_scope", "account_inactive"])
def test_a_refused_token_does_not_heal(stub: SlackStub, error: str) -> None:
    stub.fail([Fault(error=error)])
    with pytest.raises(Refused, match=f"Slack refused it: {error}; look at slack.token"):
        slack(stub).send(message(("ann", ANN)), Ledger())


def test_a_wrong_token_is_refused_and_not_repeated_in_the_sentence(stub: SlackStub) -> None:
    with pytest.raises(Refused, match="invalid_auth") as caught:
        slack(stub, token="xoxb-secret").send(message(("ann", ANN)), Ledger())
    assert "xoxb-secret" not in str(caught.value)


def test_a_cut_off_answer_delays_its_message_and_no_other(stub: SlackStub) -> None:
    ledger, everybody = Ledger(), message(("ann", ANN), ("ben", BEN))
    stub.fail([Fault("chat.postMessage", cut=True)])
    with pytest.raises(TryAgain, match="Slack cannot be reached: its answer was cut off"):
        slack(stub).send(everybody, ledger)
    assert [each["to"] for each in stub.messages] == [BEN]
    slack(stub).send(everybody, ledger)
    assert [each["to"] for each in stub.messages] == [BEN, ANN]


class FiftyLookUps(SlackStub):
    """Allows fifty look-ups, until the next minute."""

    looked_up = 0

    def answer(self, method: str, arguments: dict[str, str], token: str) -> tuple[int, dict[str, str], bytes]:
        self.looked_up += method == "users.lookupByEmail"
        if method == "users.lookupByEmail" and self.looked_up > 50:
            return 429, {"Retry-After": "30"}, b""
        return super().answer(method, arguments, token)


def test_a_group_beyond_slacks_limit_of_look_ups_is_reached_in_a_few_attempts() -> None:
    group, ledger = [(f"artist{number}", f"artist{number}@studio.example") for number in range(120)], Ledger()
    attempts = 0
    with FiftyLookUps() as stub:
        while len(stub.messages) < len(group):
            attempts += 1
            stub.looked_up = 0
            # A fresh one each time: what counts must survive a restart.
            with suppress(TryAgain):
                slack(stub).send(message(*group), ledger)
        assert attempts == 3
        assert sorted(each["to"] for each in stub.messages) == sorted(address for _, address in group)


def test_a_limit_on_look_ups_does_not_hold_up_those_who_are_known(stub: SlackStub) -> None:
    patient = slack(stub)
    patient.send(message(("ann", ANN)), Ledger())
    stub.fail([Fault("users.lookupByEmail", status=429, retry_after=30)])
    with pytest.raises(TryAgain):
        patient.send(message(("ben", BEN), ("ann", ANN)), Ledger())
    assert [each["to"] for each in stub.messages] == [ANN, ANN]


def test_people_are_looked_up_once(stub: SlackStub) -> None:
    often = slack(stub)
    for _ in range(3):
        often.send(message(("ann", ANN)), Ledger())
    assert stub.calls.count("users.lookupByEmail") == 1


def test_a_slack_that_does_not_answer_is_not_asked_for_everybody() -> None:
    with SlackStub() as stub:
        impatient, group = slack(stub), [(f"artist{number}", f"artist{number}@studio.example") for number in range(60)]
        stub.fail([Fault(cut=True)] * 60)
        with pytest.raises(TryAgain):
            impatient.send(message(*group), Ledger())
        assert len(stub.calls) == 3


def test_a_user_name_of_any_length_fits_the_ledger(stub: SlackStub) -> None:
    ledger, long = Ledger(), f"{'x' * 300}@studio.example"
    slack(stub).send(message((long, "")), ledger)
    assert all(len(key) <= 100 for key in ledger.keys)
