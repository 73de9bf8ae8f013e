"""A job that the test itself carries out, on real servers: what a work gets in hand, without an engine around it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from callboard.changes import Person, Reference
from callboard.configuration.discovery import load_automations
from callboard.errors import Cancelled
from callboard.forms import Form, Launch, Message, StartJob
from callboard.ftrack import Ftrack, ids
from callboard.registry import Action
from callboard.settings import Settings
from callboard.settings.models import AutomationSettings, FtrackSettings, ReviewFtrackSettings, StudioSettings
from ftrack_sandbox.testing import SandboxServer

Work = Callable[[Any, dict[str, Any]], str]


def ftrack_of(sandbox: SandboxServer) -> Ftrack:
    """Plain access to a sandbox, as its administrator."""
    return Ftrack(sandbox.url, sandbox.api_user, sandbox.api_key)


class CarriedJob:
    """Implements :class:`callboard.jobs.Job`.

    Attributes:
        sandbox: The studio's ftrack.
        review: The ftrack that clients see, or None.
        said: Every sentence of progress.
        pictures: What was shown beside the job.
        checkpoints: What was remembered; hand it to the next job to go on after a crash.
        cancel_at: Number of the look at which the job is found to be cleared; None: never.
    """

    def __init__(
        self,
        action: str,
        sandbox: SandboxServer,
        *,
        review: SandboxServer | None = None,
        media_roots: Iterable[object] = (),
        path_map: dict[str, str] | None = None,
        component_paths: str = "here",
        username: str = "nadia.okoro",
        checkpoints: dict[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        self.ftrack = ftrack_of(sandbox)
        self.said: list[str] = []
        self.pictures: list[bytes] = []
        self.checkpoints = {} if checkpoints is None else checkpoints
        self.cancel_at: int | None = None
        actions = load_automations().actions
        self._action = actions[action]
        tables: dict[str, AutomationSettings] = {name: each.settings() for name, each in actions.items()}
        tables[action] = self._action.settings(**settings)
        self._looks = 0
        self.sandbox, self.review = sandbox, review
        server = {"server": sandbox.url, "api_user": sandbox.api_user, "api_key": sandbox.api_key}
        self.settings = Settings(
            ftrack=FtrackSettings.model_validate(server),
            review_ftrack=None
            if review is None
            else ReviewFtrackSettings.model_validate(
                {"server": review.url, "api_user": review.api_user, "api_key": review.api_key}
            ),
            studio=StudioSettings.model_validate(
                {
                    "media_roots": [str(root) for root in media_roots],
                    "path_map": path_map or {},
                    "component_paths": component_paths,
                }
            ),
            automations=tables,
        )
        [user] = self.ftrack.query(f'select first_name, last_name from User where username is "{username}"')
        self.user = Person(user.id, username, f"{user['first_name']} {user['last_name']}")

    @property
    def automation_settings(self) -> Any:
        return self.settings.automation(self._action.name)

    @property
    def review_ftrack(self) -> Ftrack:
        assert self.review is not None
        return ftrack_of(self.review)

    def session(self) -> Any:
        return self.sandbox.session()

    def review_session(self) -> Any:
        assert self.review is not None
        return self.review.session()

    def progress(self, sentence: str, done: float | None = None) -> None:
        assert done is None or 0 <= done <= 1
        self.check()
        self.said.append(sentence)

    def show(self, picture: bytes) -> None:
        assert picture.startswith(b"\xff\xd8"), "a JPEG"
        self.pictures.append(picture)

    def check(self) -> None:
        self._looks += 1
        if self.cancel_at is not None and self._looks >= self.cancel_at:
            raise Cancelled("Nadia cleared it from the queue.")

    @property
    def looks(self) -> int:
        """How often the work asked whether the job was cleared."""
        return self._looks

    def remember(self, key: str, value: Any) -> None:
        self.checkpoints[key] = value

    def recall(self, key: str) -> Any:
        return self.checkpoints.get(key)

    # What the test does with it

    def launch(self, *entities: Any, values: dict[str, Any] | None = None) -> Form | Message | StartJob:
        """What the action answers to a launch on entities of the official client."""
        declared: Action = self._action
        selection = [read for each in entities for read in self._read(declared, each)]
        launch = Launch(selection, self.user, values or {}, self.ftrack)
        return declared.answer(launch, self.automation_settings)

    def carry_out(self, *entities: Any, values: dict[str, Any] | None = None) -> str:
        """Launch the action and do its work at once; returns the work's sentence."""
        answer = self.launch(*entities, values=values)
        assert isinstance(answer, StartJob), answer
        return answer.work(self, answer.arguments)

    def _read(self, declared: Action, each: Any) -> list[Any]:
        reference = Reference(each.entity_type, each["id"])
        reads = ", ".join(("id", *declared.reads))
        return self.ftrack.query(f"select {reads} from {reference.type} where id in {ids([reference.id])}")


def at_once(jobs: Sequence[CarriedJob], *entities: Any, values: dict[str, Any] | None = None) -> list[Any]:
    """What the works of some launches answer that begin at the same moment, or what they raise."""
    barrier = threading.Barrier(len(jobs))

    def carry_out(job: CarriedJob) -> Any:
        answer = job.launch(*entities, values=values)
        assert isinstance(answer, StartJob), answer
        barrier.wait()
        try:
            return answer.work(job, answer.arguments)
        except Exception as error:  # noqa: BLE001 - told to the test's own thread
            return error

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(carry_out, jobs))


def mistake(form: Form | Message | StartJob) -> str:
    """The sentence on top of a form that came back."""
    assert isinstance(form, Form), form
    assert form.items[0]["type"] == "label", form
    return str(form.items[0]["value"])


def entered(form: Form | Message | StartJob) -> dict[str, Any]:
    """The values that a form shows."""
    assert isinstance(form, Form), form
    return {item["name"]: item["value"] for item in form.items if "name" in item}
