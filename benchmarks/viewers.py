"""People who keep a page open, as a browser does: they listen, and fetch the page again when it has changed.

``python viewers.py ADDRESS COUNT`` is so many of them, until it is ended; a process of its own, since
browsers run on other machines.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds that a page waits for further changes before it fetches itself.
_TOGETHER = 0.15
#: Topics of the first page.
_TOPICS = {"runs", "servers", "automations", "figures"}


def main(address: str, count: int) -> None:
    """Open so many pages."""
    for _ in range(count):
        threading.Thread(target=_view, args=(address,), daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


def _view(address: str) -> None:
    session = requests.Session()
    session.get(address, timeout=60).raise_for_status()
    changed = threading.Event()
    threading.Thread(target=_fetch, args=(session, address, changed), daemon=True).start()
    with requests.get(f"{address}/live", stream=True, timeout=60) as listening:
        for line in listening.iter_lines():
            if line.startswith(b"data: ") and line.removeprefix(b"data: ").decode() in _TOPICS:
                changed.set()


def _fetch(session: requests.Session, address: str, changed: threading.Event) -> None:
    while True:
        changed.wait()
        time.sleep(_TOGETHER)
        changed.clear()
        session.get(address, timeout=60).raise_for_status()


@contextmanager
def viewing(address: str, count: int, log: Path) -> Iterator[None]:
    """Keep so many pages open until the block ends."""
    from servers import running

    if not count:
        yield
        return
    with running([sys.executable, __file__, address, str(count)], log):
        yield


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
