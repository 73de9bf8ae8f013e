"""Messages to systemd: that it is ready, that it works, that it ends or takes a new configuration.

The protocol is a datagram to the socket in ``NOTIFY_SOCKET``, as ``man 3 sd_notify`` has it. Without such a
socket, nothing is sent.
"""

from __future__ import annotations

import os
import socket
import time


class Supervisor:
    """The service manager that started this process, if one did."""

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        #: Seconds between two signs of life: half of what systemd waits for.
        self.interval = int(os.environ.get("WATCHDOG_USEC", "0")) / 2_000_000 or None

    def ready(self) -> None:
        """Say that the server listens."""
        self._tell("READY=1")

    def alive(self) -> None:
        """Say that the server still works."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the server is about to end."""
        self._tell("STOPPING=1")

    def reloading(self) -> None:
        """Say that the server begins again with a changed configuration."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def status(self, sentence: str) -> None:
        """Show a sentence in ``systemctl status``."""
        self._tell(f"STATUS={sentence}")

    def _tell(self, message: str) -> None:
        if not self._address:
            return
        # A name that begins with @ lies in the abstract namespace.
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.sendto(message.encode(), address)
