"""Forms that change something: only a page that we made for the person who sends it may send one."""

from __future__ import annotations

import hmac
import secrets

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

#: The name of the hidden field, and of the header that scripts may send instead.
FIELD, HEADER = "csrf", "X-CSRF-Token"


def csrf_token(request: Request) -> str:
    """Return the secret of this person's session that every form repeats."""
    token: str = request.session.setdefault(FIELD, secrets.token_urlsafe(24))
    return token


async def read_form(request: Request, *, max_fields: int = 1000) -> FormData:
    """Return the fields of a form that was sent, after checking that it comes from one of our pages.

    Raises:
        HTTPException: 403, the form lacks the secret of the session; 400, it cannot be read.
    """
    header = request.headers.get(HEADER)
    form = await request.form(max_fields=max_fields)
    given = header if header is not None else form.get(FIELD)
    known = request.session.get(FIELD)
    if not isinstance(given, str) or not known or not hmac.compare_digest(given.encode(), known.encode()):
        raise HTTPException(
            403, "This form is too old, or it was not sent from this page; go back and reload the page."
        )
    return form
