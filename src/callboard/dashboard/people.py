"""People who look at a page, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import HTTPConnection


class Role(StrEnum):
    """The things that somebody may do."""

    #: See everything, and change it.
    FULL = "full"
    #: See everything.
    VIEWER = "read-only"


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in.

    Attributes:
        name: What they call themselves, or what the reverse proxy calls them.
        role: What they may do.
        by_cookie: Whether they signed in here, and so can sign out.
    """

    name: str
    role: Role
    by_cookie: bool = False

    @property
    def may_change(self) -> bool:
        """Whether they may change anything."""
        return self.role is Role.FULL


def person_of(request: HTTPConnection) -> Person | None:
    """Return who sent a request; None when they are not signed in."""
    person: Person | None = getattr(request.state, "person", None)
    return person
