"""Read the body of a request: Stripe's form encoding, or an uploaded file."""

import re

from . import forms
from .calls import Upload
from .errors import invalid
from .forms import Params

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_NAME = re.compile(rb'name="([^"]*)"')
_FILENAME = re.compile(rb'filename="([^"]*)"')
_TYPE = re.compile(rb"(?im)^content-type:\s*([^\r\n]+)")


def read(content_type: str, body: bytes) -> tuple[Params, dict[str, Upload]]:
    """Return the parameters and the files of a body."""
    if content_type.startswith("multipart/form-data"):
        return _multipart(content_type, body)
    try:
        return forms.parse(body.decode()), {}
    except UnicodeDecodeError:
        raise invalid("The body is not UTF-8.") from None


def _multipart(content_type: str, body: bytes) -> tuple[Params, dict[str, Upload]]:
    match = _BOUNDARY.search(content_type)
    if not match:
        raise invalid("The multipart body has no boundary.")
    files: dict[str, Upload] = {}
    params: Params = {}
    for part in body.split(b"--" + match[1].encode())[1:-1]:
        head, content = _split(part)
        name = _NAME.search(head)
        if not name:
            raise invalid("A part of the multipart body has no name.")
        key = name[1].decode()
        filename, kind = _FILENAME.search(head), _TYPE.search(head)
        if filename:
            content_type = kind[1].decode() if kind else "application/octet-stream"
            files[key] = Upload(filename[1].decode(), content_type, content)
        else:
            params[key] = content.decode()
    return params, files


def _split(part: bytes) -> tuple[bytes, bytes]:
    head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    return head, content.removesuffix(b"\r\n")
