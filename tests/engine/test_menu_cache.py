from __future__ import annotations

from typing import Any

from callboard.changes import Entity
from callboard.engine.actions import menu_cache
from callboard.engine.actions.menu_cache import KnownEntity, KnownUser, MenuCache, Selected, UserKey
from callboard.ftrack import Ftrack


class Scripted(Ftrack):
    """Answers from a table, and counts what it was asked."""

    def __init__(self, rows: dict[str, Entity]) -> None:
        super().__init__("http://nowhere.example", "user", "key")
        self.rows = rows
        self.asked: list[str] = []

    def query_many(self, expressions: Any) -> list[list[Entity]]:
        self.asked += expressions
        return [
            [row for entity_id, row in self.rows.items() if f'"{entity_id}"' in expression]
            for expression in expressions
        ]


def entity(type_name: str, entity_id: str, **values: Any) -> Entity:
    return Entity({"__entity_type__": type_name, "id": entity_id, **values})


SHOT, PROJECT = Selected("task", "shot"), Selected("show", "project")
ROWS = {"shot": entity("Shot", "shot", project_id="project"), "project": entity("Project", "project", name="demo")}


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_what_was_read_once_is_known() -> None:
    ftrack = Scripted(ROWS)
    memory = MenuCache(ftrack)
    assert memory.entities([SHOT, PROJECT]) is None
    memory.read_entities([SHOT, PROJECT])
    asked = len(ftrack.asked)
    assert memory.entities([SHOT, PROJECT]) == [
        KnownEntity("Shot", "shot", "project", "demo"),
        KnownEntity("Project", "project", "project", "demo"),
    ]
    assert len(ftrack.asked) == asked


def test_what_ftrack_does_not_have_stays_unknown() -> None:
    memory = MenuCache(Scripted({}))
    memory.read_entities([SHOT])
    assert memory.entities([SHOT]) is None


def test_what_belongs_to_no_project_needs_no_question() -> None:
    ftrack = Scripted({})
    assert MenuCache(ftrack).entities([Selected("user", "anna")]) == [KnownEntity("user", "anna")]
    assert ftrack.asked == []


def test_a_projects_name_is_asked_for_again_after_a_while() -> None:
    clock, ftrack = Clock(), Scripted(dict(ROWS))
    memory = MenuCache(ftrack, clock)
    memory.read_entities([SHOT])
    clock.seconds = 61
    assert memory.entities([SHOT]) is None
    ftrack.rows["project"] = entity("Project", "project", name="renamed")
    asked = len(ftrack.asked)
    memory.read_entities([SHOT])
    assert memory.entities([SHOT]) == [KnownEntity("Shot", "shot", "project", "renamed")]
    assert len(ftrack.asked) == asked + 1


def test_roles_are_asked_for_again_after_a_while() -> None:
    anna = entity("User", "anna", username="anna", first_name="Anna", last_name=None, user_security_roles=[])
    clock, user = Clock(), UserKey("id", "anna")
    memory = MenuCache(Scripted({"anna": anna}), clock)
    known = memory.read_user(user)
    assert isinstance(known, KnownUser)
    assert (known.person.name, known.roles) == ("Anna", frozenset())
    assert memory.user(user) == known
    clock.seconds = 61
    assert memory.user(user) is None


def test_only_so_much_is_remembered(monkeypatch: Any) -> None:
    monkeypatch.setattr(menu_cache, "_SIZE", 2)
    rows = {name: entity("Shot", name, project_id=None) for name in ("a", "b", "c")}
    memory = MenuCache(Scripted(rows))
    for name in ("a", "b"):
        memory.read_entities([Selected("task", name)])
    assert memory.entities([Selected("task", "a")])
    memory.read_entities([Selected("task", "c")])
    assert memory.entities([Selected("task", "b")]) is None
    assert memory.entities([Selected("task", "a"), Selected("task", "c")])
