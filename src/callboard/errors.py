"""What can go wrong, by what is done about it.

    CallboardError
    ├── ConfigurationError   the settings are wrong; nothing starts
    ├── TryAgain             may heal by itself; the run waits and is tried again
    ├── Refused              will not heal by itself; the run has failed
    └── Cancelled            somebody cleared the job; it stops where it is

Every message is one sentence for a person: it names the thing and, where there is one, the mend.
"""

from __future__ import annotations


class CallboardError(Exception):
    """The base of everything Callboard raises on purpose."""


class ConfigurationError(CallboardError):
    """The settings are wrong.

    Attributes:
        problems: One sentence for each mistake, with the file, the key and what is allowed.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class TryAgain(CallboardError):  # noqa: N818 - named for what is done, as every error here
    """Something is away that may come back: the network, a storage, a service.

    Attributes:
        after: Seconds to wait at least, where the other side said so (``Retry-After``).
    """

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Refused(CallboardError):  # noqa: N818 - named for what is done, as every error here
    """It cannot be done as asked, now or later, until a person changes something."""


class Cancelled(CallboardError):  # noqa: N818 - named for what is done, as every error here
    """The job was cleared from the queue while it ran."""
