"""The errors, by what happens next.

    CallboardError
    ├── ConfigurationError   the settings are wrong; nothing starts
    ├── TryAgain             may recover by itself; the run waits and is retried
    ├── Refused              will not recover by itself; the run has failed
    └── Cancelled            someone cleared the job; it stops where it is

Every message is one sentence for a person: it names the thing and how to fix it.
"""

from __future__ import annotations


class CallboardError(Exception):
    """The base class of every error that Callboard raises on purpose."""


class ConfigurationError(CallboardError):
    """The settings are wrong.

    Attributes:
        problems: One sentence for each mistake, with the file, the key and what is allowed.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class TryAgain(CallboardError):  # noqa: N818 - named for what happens next, like every error here
    """Something is unavailable that may come back: the network, a storage, a service.

    Attributes:
        after: Minimum seconds to wait, if the other side asked for them (``Retry-After``).
    """

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Refused(CallboardError):  # noqa: N818 - named for what happens next, like every error here
    """The request cannot be carried out until a person changes something."""


class Cancelled(CallboardError):  # noqa: N818 - named for what happens next, like every error here
    """The job was cleared from the queue while it ran."""
