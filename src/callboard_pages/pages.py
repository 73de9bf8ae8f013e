"""Renders pages: templates with every text escaped, and the parts that all pages share."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from callboard_pages import charts, words
from callboard_pages.forms import FIELD, csrf_token

_log = logging.getLogger(__name__)

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
#: What Starlette itself says about addresses -> the sentence for people.
_SENTENCES = {
    "Not Found": "There is no page at this address.",
    "Method Not Allowed": "The page at this address only shows something; forms are sent elsewhere.",
}


class Pages:
    """The pages of one application.

    Args:
        folder: The application's own templates. They extend ``pages/base.html`` and import ``pages/macros.html``.
        own_static: The application's own scripts, styles and pictures; ``own_static(NAME)`` is the address of one.
        product: The name that stands at the top.
        zone: The zone of the clock on the pages.
        shared: What every template gets, asked for with each request: at least ``nav``, a list of
            (address, label, key) of the main pages.
        clock: Returns the time now.
    """

    def __init__(
        self,
        folder: Path,
        *,
        own_static: Path | None = None,
        product: str,
        zone: tzinfo = UTC,
        shared: Callable[[Request], Mapping[str, Any]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._zone, self._clock, self._shared = zone, clock, shared
        self.environment = Environment(
            loader=FileSystemLoader([folder, _HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._addresses: dict[tuple[str, str], str] = {}
        self._folders = {"pages": _STATIC, **({"own": own_static} if own_static else {})}
        self.environment.globals |= {
            "product": product,
            "static": lambda name: self._static("pages", name),
            "own_static": lambda name: self._static("own", name),
            "charts": charts,
        }
        self.environment.filters |= {
            "when": self._when,
            "age": lambda value: words.age((self._clock() - words.moment(value)).total_seconds()),
            "duration": words.duration,
            "amount": words.amount,
            "size": words.size,
            "json": _pretty_json,
        }

    @property
    def routes(self) -> Sequence[Route]:
        """The routes of scripts, styles and pictures, whose addresses change with their contents."""
        return (Route("/static/{whose}/{name}", self._asset),)

    def render(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page.

        Args:
            request: What is answered; its session holds the secret of the forms.
            template: The file in the application's folder.
            status: The HTTP status.
            values: What the template needs.
        """
        has_session = "session" in request.scope
        context = {
            "request": request,
            FIELD: csrf_token(request) if has_session else "",
            **self._shared(request),
            **values,
        }
        text = self.environment.get_template(template).render(context)
        return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})

    async def refuse(self, request: Request, error: Exception) -> Response:
        """Answer with the sentence of an ``HTTPException``; an exception handler of Starlette."""
        assert isinstance(error, HTTPException)
        return self.say(request, error.status_code, _SENTENCES.get(error.detail, error.detail))

    def say(self, request: Request, status: int, sentence: str) -> HTMLResponse:
        """Return a page that says in a sentence what went wrong."""
        return self.render(request, "pages/error.html", status=status, sentence=sentence, code=status)

    def _asset(self, request: Request) -> Response:
        folder = self._folders.get(request.path_params["whose"])
        path = folder / Path(request.path_params["name"]).name if folder else None
        if path is None or not path.is_file():
            raise HTTPException(404, "This file does not exist.")
        return FileResponse(path, headers={"Cache-Control": "public, max-age=31536000, immutable"})

    def _static(self, whose: str, name: str) -> str:
        """Return the address of a file; every page has several, so a file is read once."""
        key = (whose, name)
        if key not in self._addresses:
            digest = hashlib.sha256((self._folders[whose] / name).read_bytes()).hexdigest()[:12]
            self._addresses[key] = f"/static/{whose}/{name}?{digest}"
        return self._addresses[key]

    def _when(self, value: datetime | float | str | None) -> Markup:
        """Write a time on the studio's clock with its age beside it."""
        if value is None:
            return Markup("")
        at, now = words.moment(value), self._clock()
        return Markup('<time datetime="{}" title="{}">{} <span class="age">{}</span></time>').format(
            at.isoformat(),
            at.astimezone(self._zone).strftime("%A %d %B %Y %H:%M:%S %Z"),
            words.clock(at, self._zone, now),
            words.age((now - at).total_seconds()),
        )


def _pretty_json(value: Any) -> str:
    """Write a value as indented JSON, as a text that is escaped like any other."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
