"""Uploads from a form: first the file, then everything that names it in one batch, as ftrack's own web pages do."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import requests
from starlette.datastructures import UploadFile

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.web.pages.client import Client, create

_SERVER_LOCATION: Final = "3a372bde-05bc-11e4-8908-20c9d081909b"
_PATIENCE: Final = (10, 600)


@dataclass(frozen=True)
class Upload:
    """A file that the server has, and that a batch has to give a component.

    Attributes:
        component_id: The id that its component must have.
        name: Its name without extension.
        file_type: Its extension with the dot.
        size: In bytes.
    """

    component_id: str
    name: str
    file_type: str
    size: int

    def operations(self, **data: Any) -> list[dict[str, Any]]:
        """Return the operations that create its component and say where it lies; ``data`` is more for the component."""
        return [
            create(
                "FileComponent",
                id=self.component_id,
                name=self.name,
                file_type=self.file_type,
                size=self.size,
                **data,
            ),
            create(
                "ComponentLocation",
                component_id=self.component_id,
                location_id=_SERVER_LOCATION,
                resource_identifier=self.component_id,
            ),
        ]


@contextmanager
def uploaded(client: Client, files: Sequence[UploadFile]) -> Iterator[list[Upload]]:
    """Upload files, and forget them again if what comes next is refused.

    Raises:
        SandboxError: The server does not take a file.
    """
    done: list[Upload] = []
    try:
        done.extend(_put(client, each) for each in files)
        yield done
    except BaseException:
        for each in done:
            client.sandbox.files.forget(each.component_id)
        raise


def _put(client: Client, file: UploadFile) -> Upload:
    path = PurePosixPath((file.filename or "").replace("\\", "/"))
    upload = Upload(str(uuid.uuid4()), path.stem or "file", path.suffix, file.size or 0)
    asked = {"action": "get_upload_metadata", "component_id": upload.component_id, "file_size": upload.size}
    permit = client.call(asked)[0]
    try:
        with requests.Session() as session:
            # A proxy for the internet has no way to this server.
            session.trust_env = False
            answer = session.put(permit["url"], data=file.file, headers=permit["headers"], timeout=_PATIENCE)
    except requests.RequestException as error:
        raise ValidationError(f"The upload of {path.name} broke off: {error}.") from error
    if not answer.ok:
        raise ValidationError(f"The upload of {path.name} was refused with status {answer.status_code}: try again.")
    return upload
