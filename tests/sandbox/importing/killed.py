"""Run an import that is killed by the operating system at its n-th commit: before it, or right after it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ftrack_sandbox.cli import main
from ftrack_sandbox.store import Store, Transaction

_commit, _when = int(sys.argv[1]), sys.argv[2]
_writing = Store.writing
_count = 0


@contextmanager
def _counted(store: Store) -> Iterator[Transaction]:
    global _count  # noqa: PLW0603 - this process is about to end
    _count += 1
    with _writing(store) as transaction:
        yield transaction
        if (_count, _when) == (_commit, "before"):
            os.kill(os.getpid(), signal.SIGKILL)
    if (_count, _when) == (_commit, "after"):
        os.kill(os.getpid(), signal.SIGKILL)


Store.writing = _counted  # type: ignore[method-assign,assignment]
sys.argv = ["ftrack-sandbox", *sys.argv[3:]]
main()
