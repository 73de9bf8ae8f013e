"""The clock that can be set, and the counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import ftrack_api.exception
import pytest

from ftrack_sandbox.control.client import Control, ControlError
from ftrack_sandbox.control.clock import Clock

if TYPE_CHECKING:
    from ftrack_sandbox.testing import SandboxServer

EVE = datetime(2030, 12, 31, 23, 59, 50, tzinfo=UTC)


def created_at(server: SandboxServer, name: str) -> datetime:
    session = server.session()
    schema = session.query("ProjectSchema").first()
    session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
    session.commit()
    found: Any = server.session().query(f"select created_at from Project where name is {name}").one()
    moment: datetime = found["created_at"].datetime
    return moment


def test_what_is_created_follows_the_clock(ftrack_sandbox: SandboxServer) -> None:
    ftrack_sandbox.clock.set(EVE, stopped=True)
    assert created_at(ftrack_sandbox, "one") == EVE
    ftrack_sandbox.clock.advance(20)
    assert created_at(ftrack_sandbox, "two") == EVE + timedelta(seconds=20)
    ftrack_sandbox.clock.reset()
    assert abs(created_at(ftrack_sandbox, "three") - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_set_clock_goes_on(ftrack_sandbox: SandboxServer) -> None:
    ftrack_sandbox.clock.set(EVE)
    assert EVE <= ftrack_sandbox.clock.now() < EVE + timedelta(minutes=1)
    assert ftrack_sandbox.clock.now() > EVE


def test_other_time_zones_are_understood() -> None:
    clock = Clock()
    clock.set(datetime.fromisoformat("2030-06-01T12:00:00+02:00"), stopped=True)
    assert clock() == datetime(2030, 6, 1, 10, tzinfo=UTC)


def test_a_moment_without_a_time_zone_is_refused(ftrack_sandbox_session: SandboxServer) -> None:
    server = ftrack_sandbox_session
    with pytest.raises(ControlError, match="timezone"):
        Control(server.url, server.api_user, server.api_key).ask("POST", "clock", {"set": "2030-01-01T00:00:00"})


@pytest.mark.parametrize("seconds", [1e12, -1e12, 1e308])
def test_the_clock_does_not_leave_the_calendar(ftrack_sandbox: SandboxServer, seconds: float) -> None:
    before = ftrack_sandbox.clock.now()
    with pytest.raises(Exception, match="advance"):
        ftrack_sandbox.clock.advance(seconds)
    assert (ftrack_sandbox.clock.now() - before).total_seconds() < 3600


def test_requests_are_counted_by_action(ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    ftrack_sandbox.statistics.reset()
    operation = {"action": "query", "expression": "select id from Project"}
    session.call([operation, operation])
    session.call([operation])
    counts = ftrack_sandbox.statistics.now()
    assert (counts["requests"], counts["operations"]) == (2, {"query": 3})
    assert counts["seconds"] > 0


def test_actions_that_do_not_exist_are_not_counted(ftrack_sandbox: SandboxServer) -> None:
    for operations in ([{"action": "junk"}], ["no object", {"action": "junk"}]):
        with pytest.raises(ftrack_api.exception.ServerError):
            ftrack_sandbox.session().call(operations)
    assert "junk" not in ftrack_sandbox.statistics.now()["operations"]
