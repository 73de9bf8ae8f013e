"""The tasks of whoever is signed in, that are not done yet."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ftrack_sandbox.web.pages.client import quoted
from ftrack_sandbox.web.pages.visit import Visit, page

_MANY: Final = 100


def _show(visit: Visit) -> Response:
    offset = visit.offset("from")
    mine = f"assignments any (resource_id is {quoted(visit.client.user_id)})"
    everything = "all" in visit.request.query_params
    state = "" if everything else 'and (status.state.name is_not "Done" or status_id is none)'
    tasks = visit.client.query(
        "select name, link, status.name, status.color, type.name, priority.name, end_date, thumbnail_id from Task "
        f"where {mine} {state} order by project.full_name, end_date, parent.name, name "
        f"limit {_MANY + 1} offset {offset}"
    )
    more = "&all" if everything else ""
    return visit.render(
        "my_tasks.html",
        tasks=tasks[:_MANY],
        everything=everything,
        newer=f"?from={max(offset - _MANY, 0)}{more}" if offset else None,
        older=f"?from={offset + _MANY}{more}" if len(tasks) > _MANY else None,
    )


ROUTES = [Route("/my-tasks", page(_show))]
