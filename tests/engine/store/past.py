"""A studio's past: many runs of many automations, projects, people and shots, made by the database itself."""

from __future__ import annotations

from sqlalchemy import TextClause, text
from tests.engine.store.backlog import SERIES

from callboard.engine.store.database import Store
from callboard.engine.store.facets import insert_facets
from callboard.engine.store.labels import Label, note_labels
from callboard.engine.store.tables import changes
from callboard.engine.store.whys import number_whys

#: How many there are of each; a run gets one of each by its number, so that every combination is somewhere.
AUTOMATIONS, PROJECTS, PEOPLE, TASKS = 12, 23, 211, 17
#: Runs of one entity, one after another; and shots of a project.
EACH, SHOTS = 7, 450
#: One run in so many has failed.
FAILED = 97
ERRORS = ("Slack did not answer.", "The folder cannot be created.", "There is no such status.")


def _person(column: str) -> str:
    value = """'{"id": "u' || PLACE || '", "username": "person' || PLACE || '.name", "name": "Person Number"}'"""
    return f"({value.replace('PLACE', column)})"


def _sql(statement: str) -> TextClause:
    """Return a statement that is carried out as it is written."""
    return text(statement.replace(":", "\\:"))


def fill_past(store: Store, count: int) -> None:
    """Store so many runs that are over, one a second since 1970."""
    with store.writing() as connection:
        postgresql = connection.dialect.name == "postgresql"
        series = SERIES[connection.dialect.name].format(count=count)
        entity = f"n / {EACH}"
        json = "::json" if postgresql else ""
        connection.execute(
            _sql(
                "insert into changes (key, kind, entity_type, entity_id, project_id, at, stored, heard, generation, "
                "name, parent, project, by) "
                f"select 'past:' || n, 'status', 'Task', 'e' || ({entity}), 'p' || (({entity}) % {PROJECTS}), "
                f"n, n, false, 1, 'task' || (({entity}) % {TASKS}), 'SH' || (1000 + (({entity}) % {SHOTS})), "
                f"'project' || (({entity}) % {PROJECTS}), {_person(f'(n % {PEOPLE})')}{json} "
                f"from ({series}) as numbered"
            )
        )
        number = dict(zip(ERRORS, number_whys(connection, dict(enumerate(ERRORS))).values(), strict=True))
        error = f"case n % {len(ERRORS)} " + " ".join(
            f"when {place} then '{said}'" for place, said in enumerate(ERRORS)
        )
        why = f"case n % {len(ERRORS)} " + " ".join(
            f"when {place} then {number[said]}" for place, said in enumerate(ERRORS)
        )
        failed = f"n % {FAILED} = 0"
        connection.execute(
            _sql(
                "insert into runs (change_key, automation, lane, entity_type, entity_id, at, state, head, due, "
                "attempts, tried, summary, cancelled, finished, error, why) "
                f"select 'past:' || n, 'automation' || (n % {AUTOMATIONS}), 'p', 'Task', 'e' || ({entity}), n, "
                f"case when {failed} then 'failed' else 'done' end, false, n, 1, 0, 'Did it.', false, n, "
                f"case when {failed} then {error} end end, case when {failed} then {why} end end "
                f"from ({series}) as numbered"
            )
        )
        named = [
            *(Label.of("automation", f"automation{each}") for each in range(AUTOMATIONS)),
            *(Label.of("project", f"p{each}", f"project{each}") for each in range(PROJECTS)),
            *(Label.of("person", f"person{each}.name", also="Person Number") for each in range(PEOPLE)),
            *(Label.of("name", f"task{each}") for each in range(TASKS)),
            *(Label.of("name", f"SH{1000 + each}") for each in range(SHOTS)),
        ]
        note_labels(connection, named)
        insert_facets(connection, changes.c.stored, changes.c.key.startswith("past:"))
