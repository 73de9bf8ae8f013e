"""Checks of addresses in the configuration: servers, folders, the networks to listen on."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit

#: The beginning of an absolute path: a drive, a server with a share, or the root.
_ABSOLUTE = re.compile(r"[A-Za-z]:([/\\]|$)|[/\\]{2}[^/\\]+[/\\]+[^/\\]|/(?![/\\])")


def web_address(url: str) -> str:
    """Return the URL itself if it has ``http`` or ``https`` and a host.

    Raises:
        ValueError: It lacks one of them.
    """
    try:
        parts = urlsplit(url)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        whole = False
    if not whole:
        raise ValueError(f"{url!r} is not a web address; begin it with http:// or https://")
    return url


def absolute_path(folder: str) -> str:
    """Return the path itself if it begins at the root.

    Raises:
        ValueError: It does not.
    """
    if not Path(folder).is_absolute():
        raise ValueError(f"{folder!r} is not an absolute path; begin it with /")
    return folder


def any_absolute_path(prefix: str) -> str:
    r"""Return the path itself if it begins at the root of any platform: ``/``, ``P:`` or ``\\server\share``.

    Raises:
        ValueError: It does not, or leads up again.
    """
    if _ABSOLUTE.match(prefix) is None:
        raise ValueError(
            f"the prefix {prefix!r} is not absolute; begin it with a drive (P:), a share (\\\\server\\share) or /"
        )
    return without_dots(prefix)


def without_dots(path: str) -> str:
    """Return the path itself if it has no ``..`` in it.

    Raises:
        ValueError: It has.
    """
    if ".." in path.replace("\\", "/").split("/"):
        raise ValueError(f"{path!r} has '..' in it; write the path without it")
    return path


def network(address: str) -> str:
    """Return the text itself if it is an IP address, or a network such as ``10.0.0.0/8``.

    Raises:
        ValueError: It is neither.
    """
    try:
        ipaddress.ip_network(address)
    except ValueError:
        raise ValueError(f"{address!r} is not an IP address or a network; write 10.0.0.4 or 10.0.0.0/8") from None
    return address


def is_loopback(host: str) -> bool:
    """Return whether a server on *host* can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
