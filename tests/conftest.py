"""What all tests share."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # The official client's old pyparsing imports a module that Python deprecates; once imported, it is quiet.
    warnings.simplefilter("ignore", DeprecationWarning)
    import ftrack_api  # noqa: F401
