"""Addresses in the configuration: of servers, of folders, of the networks to listen on."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit


def web_address(url: str) -> str:
    """Return the URL itself, when it has ``http`` or ``https`` and a host.

    Raises:
        ValueError: It has not.
    """
    try:
        parts = urlsplit(url)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        whole = False
    if not whole:
        raise ValueError(f"{url!r} is no web address; write it with http:// or https://")
    return url


def absolute_path(folder: str) -> str:
    """Return the path itself, when it begins at the root.

    Raises:
        ValueError: It does not.
    """
    if not Path(folder).is_absolute():
        raise ValueError(f"{folder!r} is no absolute path; begin it with /")
    return folder


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches what listens on *host*."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
