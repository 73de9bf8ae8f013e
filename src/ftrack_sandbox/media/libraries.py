"""The libraries for pictures and movies, which an installation of the sandbox alone may lack."""

from __future__ import annotations

import importlib

from ftrack_sandbox.errors import MissingLibraryError


def need(what: str, **libraries: str) -> None:
    """Refuse what cannot be done without some libraries.

    Args:
        what: What needs them, for the message.
        libraries: By the name under which a library is imported: the name under which people know it.

    Raises:
        MissingLibraryError: One of them is not installed.
    """
    for module, name in libraries.items():
        try:
            importlib.import_module(module)
        except ImportError:
            raise MissingLibraryError(
                f"{what} needs {name}, which is not installed: pip install 'ftrack-sandbox[media]'."
            ) from None
