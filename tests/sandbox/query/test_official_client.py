"""The official client asks the running server."""

from __future__ import annotations

from ftrack_sandbox.testing import SandboxServer


def test_every_type_can_be_queried_and_every_attribute_populated(ftrack_sandbox_session: SandboxServer) -> None:
    session = ftrack_sandbox_session.session()
    found = []
    for name in session.types:
        entity = session.query(name).first()
        if entity is not None:
            session.populate([entity], ", ".join(entity.keys()))
            assert isinstance(entity, session.types[entity.entity_type])
            found.append(name)
    assert {"Project", "Task", "Context", "AssetVersion", "User", "Status", "ProjectSchema", "List"} <= set(found)


def test_pages_are_fetched_one_by_one_until_nothing_follows(ftrack_sandbox_session: SandboxServer) -> None:
    session = ftrack_sandbox_session.session()
    everything = session.query("select id from TypedContext").all()
    paged = session.query("select id from TypedContext", page_size=10)
    assert [entity["id"] for entity in paged] == [entity["id"] for entity in everything]
    assert len(everything) > 20


def test_workflows_say_which_statuses_and_types_are_allowed(ftrack_sandbox_session: SandboxServer) -> None:
    session = ftrack_sandbox_session.session()
    schema = session.query("Project").first()["project_schema"]
    assert "Not Started" in [status["name"] for status in schema.get_statuses("Task")]
    assert "Animation" in [kind["name"] for kind in schema.get_types("Task")]
