"""Wrong passwords are counted, and whoever has too many has to wait."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

#: Wrong passwords from one address before it has to wait; the first wait in seconds, which doubles, and the longest.
_FREE, _WAIT, _LONGEST = 5, 30.0, 3600.0
#: Wrong passwords from everywhere within so many seconds, before strangers have to wait.
_TOGETHER, _WITHIN = 100, 600.0
#: Addresses that are remembered.
_REMEMBERED = 10_000


@dataclass
class _Tries:
    """The tries from one address."""

    wrong: int = 0
    until: float = 0.0
    known: bool = False


class Attempts:
    """Says who may try a password now. Used by one thread.

    Many wrong passwords from everywhere make strangers wait, but nobody whose address has had the right one: otherwise
    one attacker could keep the whole studio out.

    Args:
        clock: A steady clock, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._recent: deque[float] = deque(maxlen=_TOGETHER)

    def wait(self, address: str) -> float:
        """Return the seconds until a password from this address is looked at; 0 when it is now."""
        moment, tries = self._clock(), self._of(address)
        if tries.until > moment:
            return tries.until - moment
        if not tries.known and len(self._recent) == _TOGETHER:
            return max(self._recent[0] + _WITHIN - moment, 0.0)
        return 0.0

    def count_wrong(self, address: str) -> None:
        """Note a wrong password."""
        moment, tries = self._clock(), self._of(address)
        tries.wrong += 1
        if tries.wrong >= _FREE:
            tries.until = moment + min(_WAIT * 2 ** min(tries.wrong - _FREE, 20), _LONGEST)
        self._recent.append(moment)

    def count_right(self, address: str) -> None:
        """Note the right password: from now on the address is known."""
        self._tries[_network(address)] = _Tries(known=True)

    def _of(self, address: str) -> _Tries:
        key = _network(address)
        tries = self._tries.setdefault(key, _Tries())
        self._tries.move_to_end(key)
        if len(self._tries) > _REMEMBERED:
            self._tries.popitem(last=False)
        return tries


def _network(address: str) -> str:
    """Return what counts as one address: of IPv6, the network that one customer has."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
