"""The cookie of those who have signed in: its name, and the key that signs it."""

from __future__ import annotations

import hashlib
import hmac

from callboard.settings import Settings


def cookie_key(settings: Settings) -> str:
    """Return the key that signs cookies.

    It follows from the secrets of the configuration, so that servers which share it accept each other's cookies, a
    restart signs nobody out, and a new password signs everybody out.
    """
    parts = (settings.dashboard.password, settings.dashboard.viewer_password)
    text = "\0".join(["callboard pages", *(part.get_secret_value() for part in parts)])
    return hmac.digest(settings.ftrack.api_key.get_secret_value().encode(), text.encode(), "sha256").hex()


def cookie_name(address: str) -> str:
    """Return the name of the cookie: one for each address, since browsers do not tell ports apart.

    Args:
        address: What browsers open.
    """
    digest = hashlib.sha256(address.encode()).hexdigest()[:8]
    # Browsers take a cookie with this prefix only over https, and from this very host.
    return f"{'__Host-' if address.startswith('https:') else ''}callboard-{digest}"
