"""The sandbox's refusals of a request, in ftrack's shape.

    SandboxError
    ├── ParseError                  the text of a query is wrong
    ├── ValidationError             a value, name or reference is wrong
    │   ├── UnknownTypeError        no such entity type
    │   └── UnknownAttributeError   no such attribute
    ├── EntityNotFoundError         nothing has that key
    ├── DuplicateEntryError         something with that key or name exists already
    ├── PermissionDeniedError       the user may not do this ("PermissionError" to clients)
    ├── InvalidCredentialsError     unknown user or wrong key
    ├── InvalidActionError          no such operation
    ├── MalformedRequestError       the request is not an array of operations
    ├── MissingLibraryError         installed without the libraries for media ("NotImplementedError" to clients)
    └── ServerFailureError          a defect of the sandbox itself

Clients see the class name as ``exception``. The two specialised ``ValidationError`` kinds keep the
name ``ValidationError``, because that is what the JavaScript client looks for.
"""

from __future__ import annotations

from typing import Any, ClassVar


class SandboxError(Exception):
    """A refusal that is sent to the client.

    Attributes:
        exception_name: The class name that clients see.
        http_status: Status for clients that ask for strict answers; the others always get 200.
    """

    exception_name: ClassVar[str] = "ServerError"
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, error_code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.error_code = error_code

    def to_json(self) -> dict[str, Any]:
        """Return the body of the response: ``exception``, ``content`` and ``error_code``."""
        return {"exception": self.exception_name, "content": self.message, "error_code": self.error_code}


class ParseError(SandboxError):
    """The text of a query cannot be understood; ``position`` counts characters from 0."""

    exception_name = "ParseError"
    http_status = 400

    def __init__(self, message: str, *, position: int | None = None) -> None:
        super().__init__(message if position is None else f"{message} (at character {position})")
        self.position = position


class ValidationError(SandboxError):
    """A value, a name or a reference in a request is wrong."""

    exception_name = "ValidationError"
    http_status = 400


class UnknownTypeError(ValidationError):
    """No entity type has that name."""


class UnknownAttributeError(ValidationError):
    """The entity type has no attribute of that name."""


class EntityNotFoundError(SandboxError):
    """Nothing of that type has that key."""

    exception_name = "EntityNotFoundError"
    http_status = 404


class DuplicateEntryError(SandboxError):
    """Something with the same key, or the same name in the same place, exists already."""

    exception_name = "DuplicateEntryError"
    http_status = 409


class PermissionDeniedError(SandboxError):
    """The user may not do this."""

    exception_name = "PermissionError"
    http_status = 403


class InvalidCredentialsError(SandboxError):
    """The user is unknown or inactive, or the key is not the user's."""

    exception_name = "InvalidCredentialsError"
    http_status = 401


class InvalidActionError(SandboxError):
    """No operation has that name.

    The text quotes the name as Python 2 did, since the official client's session.py looks for
    exactly that to say that a server is too old.
    """

    exception_name = "InvalidActionError"
    http_status = 400

    def __init__(self, action: object) -> None:
        super().__init__(f"Invalid action u'{action}'")


class MalformedRequestError(SandboxError):
    """The request is not a JSON array of operations."""

    exception_name = "MalformedRequestError"
    http_status = 400


class MissingLibraryError(SandboxError):
    """The sandbox was installed without the libraries for pictures and movies."""

    exception_name = "NotImplementedError"
    http_status = 501


class ServerFailureError(SandboxError):
    """The sandbox itself failed; the log has the details, the client does not."""

    exception_name = "InternalServerError"
    http_status = 500
