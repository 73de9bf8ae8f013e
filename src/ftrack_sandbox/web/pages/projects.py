"""The projects."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from ftrack_sandbox.web.pages.visit import Visit, page


def _show(visit: Visit) -> Response:
    projects = visit.client.query("select name, full_name, color, status from Project order by full_name")
    return visit.render("projects.html", projects=projects)


ROUTES = [Route("/", page(_show))]
