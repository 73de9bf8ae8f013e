"""Of changes in a private project only those hear who see it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from ftrack_api.event.base import Event
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ftrack_sandbox.testing import SandboxServer

ARTIST = "ines.marques"


class Listener:
    """What somebody hears of, by entity id."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.events: list[Any] = []
        session.event_hub.subscribe("topic=ftrack.update", self.events.append)
        # The server takes one frame after the other: who hears this is subscribed to what came before.
        echoes: list[Any] = []
        session.event_hub.subscribe("topic=echo", echoes.append)
        session.event_hub.publish(Event("echo"))
        until(lambda: session.event_hub.wait(0.01) or echoes)

    @property
    def heard(self) -> set[str]:
        self.session.event_hub.wait(0.01)
        return {each["entityId"] for event in self.events for each in event["data"]["entities"]}


@pytest.fixture
def admin(ftrack_sandbox: SandboxServer) -> Any:
    return ftrack_sandbox.session()


@pytest.fixture
def artist(ftrack_sandbox: SandboxServer, admin: Any) -> Iterator[Listener]:
    user = admin.query(f'User where username is "{ARTIST}"').one()
    key = admin.reset_remote("api_key", entity=user)["api_key"]
    with ftrack_sandbox.session(api_user=ARTIST, api_key=key, auto_connect_event_hub=True) as session:
        yield Listener(session)


def project(session: Any, *, is_private: bool) -> Any:
    name = f"p_{uuid.uuid4().hex[:8]}"
    schema = session.query("ProjectSchema").first()
    data = {"name": name, "full_name": name, "project_schema": schema, "is_private": is_private}
    created = session.create("Project", data)
    session.commit()
    return created


def test_who_does_not_see_a_project_hears_nothing_of_it(admin: Any, artist: Listener) -> None:
    secret = project(admin, is_private=True)
    hidden = admin.create("Shot", {"name": "010", "parent": secret})
    admin.commit()
    hidden["description"] = "the secret"
    admin.commit()
    admin.create("Note", {"content": "the secret", "author": admin.query("User").first(), "parent_id": hidden["id"]})
    admin.commit()
    admin.delete(hidden)
    admin.commit()
    opened = project(admin, is_private=False)
    until(lambda: opened["id"] in artist.heard)
    assert len(artist.events) == 1


def test_one_batch_is_told_of_as_far_as_it_may_be(admin: Any, artist: Listener) -> None:
    secret, opened = project(admin, is_private=True), project(admin, is_private=False)
    until(lambda: opened["id"] in artist.heard)
    artist.events.clear()
    hidden = admin.create("Shot", {"name": "010", "parent": secret})
    shown = admin.create("Shot", {"name": "010", "parent": opened})
    admin.commit()
    until(lambda: shown["id"] in artist.heard)
    [event] = artist.events
    assert hidden["id"] not in artist.heard
    assert secret["id"] not in event["data"]["parents"]
    assert opened["id"] in event["data"]["parents"]


def test_who_sees_a_private_project_hears_of_it(ftrack_sandbox: SandboxServer, admin: Any, artist: Listener) -> None:
    secret = project(admin, is_private=True)
    role = admin.query(f'UserSecurityRole where user.username is "{ARTIST}"').first()
    admin.create("UserSecurityRoleProject", {"user_security_role": role, "project": secret})
    admin.commit()
    with ftrack_sandbox.session(auto_connect_event_hub=True) as another:
        administrator = Listener(another)
        shot = admin.create("Shot", {"name": "010", "parent": secret})
        admin.commit()
        until(lambda: shot["id"] in artist.heard)
        until(lambda: shot["id"] in administrator.heard)
