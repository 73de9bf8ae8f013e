"""What all tests share."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

with warnings.catch_warnings():
    # The official client's old pyparsing imports a module that Python deprecates; once imported, it is quiet.
    warnings.simplefilter("ignore", DeprecationWarning)
    import ftrack_api  # noqa: F401 - imported here for its warnings

# How fast a machine makes up examples, or runs one, is no behavior.
settings.register_profile("callboard", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("callboard")


def pytest_xdist_auto_num_workers() -> int:
    """Return half as many workers again as there are cores: tests of real servers often wait for an answer."""
    cores = os.cpu_count() or 1
    return cores + cores // 2


@pytest.fixture(scope="session", autouse=True)
def _let_everybody_log() -> Iterator[None]:
    """While the official client's hub reconnects, also after its test, it silences the whole process: not in tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging, "disable", lambda _level: None)
        yield
