"""Uploads: get_upload_metadata and complete_multipart_upload, and the addresses that authorise themselves.

The official Python client puts a file to the address with no credentials at all (its
accessor/server.py), so the address carries a signature and an end.
"""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ftrack_sandbox.errors import PermissionDeniedError, ValidationError
from ftrack_sandbox.media.files import FileStore, file_etag
from ftrack_sandbox.operations.call import Call, Handler

PATH = "/component/upload"
MAXIMUM_PARTS = 10_000
_VALID_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Permit:
    """The permission in an upload address: one file, or one part of a file.

    Attributes:
        component_id: Whose file it is.
        size: How many bytes it has to have; None for a part, whose size only the client knows.
        checksum: Its MD5 in base64, if the client named one.
        upload_id: The multipart upload that it is a part of.
        part: The part's number, from 1.
    """

    component_id: str
    size: int | None = None
    checksum: str | None = None
    upload_id: str | None = None
    part: int | None = None


class Uploads:
    """Gives out upload addresses, and recognises them when files come."""

    def __init__(self, files: FileStore, secret: str) -> None:
        self._files = files
        self._secret = secret.encode()

    @property
    def handlers(self) -> dict[str, Handler]:
        """The operations that this module carries out."""
        return {
            "get_upload_metadata": self._get_upload_metadata,
            "complete_multipart_upload": self._complete_multipart_upload,
        }

    def permit(self, query: Mapping[str, str]) -> Permit:
        """Return what an address allows.

        Args:
            query: The parameters of the address.

        Raises:
            PermissionDeniedError: The signature is wrong, or the address is too old.
        """
        signed = {name: value for name, value in query.items() if name != "signature"}
        if not hmac.compare_digest(self._sign(signed).encode(), query.get("signature", "").encode()):
            raise PermissionDeniedError("The upload address is not one that this server gave out.")
        if float(signed["expires"]) < time.time():
            raise PermissionDeniedError("The upload address has expired; ask for a new one.")
        return Permit(
            component_id=signed["id"],
            size=int(signed["size"]) if "size" in signed else None,
            checksum=signed.get("checksum"),
            upload_id=signed.get("upload"),
            part=int(signed["part"]) if "part" in signed else None,
        )

    def _get_upload_metadata(self, call: Call, operation: dict[str, Any]) -> dict[str, Any]:
        component_id = _text(operation, "component_id")
        self._files.path(component_id)
        component = call.records.find("Component", [component_id])
        if component is not None:
            # The client may also upload first and create the component afterwards.
            call.permissions.check_update(component, {})
        parts = operation.get("parts")
        if parts is not None and parts != 1:
            return self._multipart(call, component_id, _count(parts))
        size = operation.get("file_size")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise ValidationError(f"file_size has to be a number of bytes, not {size!r}.")
        headers = {"Content-Type": "application/octet-stream"}
        limits = {"size": str(size)}
        checksum = operation.get("checksum")
        if checksum is not None:
            headers["Content-MD5"] = limits["checksum"] = _text(operation, "checksum")
        url = self._address(call.base_url, component_id, limits)
        return {"url": url, "headers": headers, "component_id": component_id}

    def _multipart(self, call: Call, component_id: str, parts: int) -> dict[str, Any]:
        upload_id = uuid.uuid4().hex
        urls = [
            {
                "part_number": number,
                "signed_url": self._address(call.base_url, component_id, {"upload": upload_id, "part": str(number)}),
            }
            for number in range(1, parts + 1)
        ]
        return {"urls": urls, "upload_id": upload_id, "component_id": component_id}

    def _complete_multipart_upload(self, call: Call, operation: dict[str, Any]) -> dict[str, Any]:
        component_id = _text(operation, "component_id")
        upload_id = _text(operation, "upload_id")
        numbers = self._check_parts(component_id, upload_id, operation.get("parts"))
        call.after_commit(lambda: self._files.join_parts(component_id, upload_id, numbers))
        return {"url": f"{call.base_url}/component/get?id={component_id}", "component_id": component_id}

    def _check_parts(self, component_id: str, upload_id: str, parts: Any) -> list[int]:
        """Return the numbers of the parts, in order, having seen that each one is here and whole."""
        if not isinstance(parts, list) or not parts:
            raise ValidationError("parts has to be a list of objects with e_tag and part_number.")
        numbers = []
        for part in parts:
            number = part.get("part_number") if isinstance(part, dict) else None
            if not isinstance(number, int) or not 1 <= number <= MAXIMUM_PARTS:
                raise ValidationError(f"part_number has to be from 1 to {MAXIMUM_PARTS}, not {number!r}.")
            path = self._files.part_path(component_id, upload_id, number)
            if not path.is_file():
                raise ValidationError(f"Part {number} of upload {upload_id} was not received.")
            if str(part.get("e_tag", "")).strip('"') != file_etag(path):
                raise ValidationError(f"The e_tag of part {number} is not that of what was received.")
            numbers.append(number)
        if numbers != sorted(set(numbers)):
            raise ValidationError("parts have to be in the order of their numbers, each named once.")
        return numbers

    def _address(self, base_url: str, component_id: str, limits: Mapping[str, str]) -> str:
        query = {"id": component_id, "expires": str(int(time.time() + _VALID_SECONDS)), **limits}
        return f"{base_url}{PATH}?{urlencode({**query, 'signature': self._sign(query)})}"

    def _sign(self, query: Mapping[str, str]) -> str:
        return hmac.new(self._secret, urlencode(sorted(query.items())).encode(), hashlib.sha256).hexdigest()


def _text(operation: Mapping[str, Any], name: str) -> str:
    value = operation.get(name)
    if not isinstance(value, str):
        raise ValidationError(f"{name} has to be text, not {value!r}.")
    return value


def _count(parts: Any) -> int:
    if not isinstance(parts, int) or not 1 < parts <= MAXIMUM_PARTS:
        raise ValidationError(f"parts has to be a number from 1 to {MAXIMUM_PARTS}, not {parts!r}.")
    return parts
