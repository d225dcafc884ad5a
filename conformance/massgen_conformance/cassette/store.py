"""Cassettes as files: vcrpy 9's own format at `<root>/<provider>/<scenario>.yaml`.

vcrpy owns the format, so its serializer writes and reads the files: whoever uses vcrpy can play ours, and any vcrpy
cassette can be loaded here. Its loader is libyaml's safe loader plus a few inert constructors (strings, tuples, byte
buffers), so a file from a stranger executes nothing; without libyaml loading is refused, because the pure-Python
parser is some fifty times slower.

A repeated header of a request keeps its first value only: vcrpy stores request headers that way.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from massgen_conformance.cassette.errors import CassetteError, MissingRecording, UnreadableCassette

Headers: TypeAlias = tuple[tuple[str, str], ...]

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")


def header(headers: Headers, name: str) -> str | None:
    """The first value of a header, or None."""
    return next((value for key, value in headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it left the client; header names are in lower case."""

    method: str
    uri: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it came from the wire; `body` is all of it, without transfer coding."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One request and its answer."""

    request: Request
    response: Response


@dataclass(frozen=True, slots=True)
class Cassette:
    """The exchanges of one scenario, in order."""

    interactions: tuple[Interaction, ...]


def decoded(response: Response) -> Response:
    """The response without content coding (gzip, deflate), its content-length made true.

    Raises `UnreadableCassette` for another coding, or for a body that is not what its coding says.
    """
    coding = header(response.headers, "content-encoding")
    if coding is None or coding == "identity":
        return response
    if coding not in ("gzip", "deflate"):
        raise UnreadableCassette(f"the body has content-encoding {coding!r}; only gzip and deflate can be undone here")
    try:
        body = zlib.decompress(response.body, zlib.MAX_WBITS | 32)
    except zlib.error as error:
        raise UnreadableCassette(f"the body is not {coding} as its header says: {error}") from error
    kept = tuple(pair for pair in response.headers if pair[0] != "content-encoding")
    return replace(response, headers=sized(kept, len(body)), body=body)


def sized(headers: Headers, length: int) -> Headers:
    """The headers with an existing content-length set to `length`."""
    return tuple((name, str(length) if name == "content-length" else value) for name, value in headers)


def loads(text: str, where: str = "cassette") -> Cassette:
    """Parse a vcrpy cassette (YAML, or vcrpy's JSON serialization). Raises `UnreadableCassette`."""
    import yaml
    from vcr.serialize import deserialize
    from vcr.serializers import jsonserializer, yamlserializer

    if not yaml.__with_libyaml__:
        raise CassetteError("PyYAML was built without libyaml; install a PyYAML wheel that has yaml.CSafeLoader")
    serializer = jsonserializer if text.lstrip().startswith("{") else yamlserializer
    try:
        requests, responses, *_ = deserialize(text, serializer)
    except Exception as error:  # vcrpy has no error type of its own here: whatever it raises means "not a cassette"
        raise UnreadableCassette(f"{where} is not a vcrpy cassette: {type(error).__name__}: {error}") from error
    try:
        pairs = zip(requests, responses, strict=True)
        return Cassette(tuple(Interaction(_request(request), _response(response)) for request, response in pairs))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableCassette(f"{where} has an interaction of an unknown shape: {error!r}") from error


def dumps(cassette: Cassette) -> str:
    """The cassette as vcrpy's YAML; the same value always gives the same text, all ASCII."""
    from vcr.request import Request as VcrRequest
    from vcr.serialize import serialize
    from vcr.serializers import yamlserializer

    requests = [
        VcrRequest(item.request.method, item.request.uri, item.request.body, dict(reversed(item.request.headers)))
        for item in cassette.interactions
    ]
    responses = [
        {
            "status": {"code": item.response.status, "message": item.response.reason},
            "headers": _grouped(item.response.headers),
            "body": {"string": item.response.body},
        }
        for item in cassette.interactions
    ]
    return str(serialize({"requests": requests, "responses": responses}, yamlserializer))


def load(path: Path) -> Cassette:
    """Read a cassette file. Raises `UnreadableCassette` with the path."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableCassette(f"cannot read {path}: {error}") from error
    return loads(text, str(path))


def write(files: Mapping[Path, str]) -> None:
    """Put files in place together: all are written beside their targets first and then swapped in.

    A failure leaves every target as it was. Raises `OSError`.
    """
    staged: dict[Path, Path] = {}
    before: dict[Path, bytes | None] = {}
    try:
        for path, text in files.items():
            staged[path] = _stage(path, text)
        for path, temporary in staged.items():
            before[path] = path.read_bytes() if path.exists() else None
            temporary.replace(path)
    except BaseException:
        for path, old in before.items():
            _restore(path, old)
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
        raise


def _stage(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _restore(path: Path, old: bytes | None) -> None:
    if old is None:
        path.unlink(missing_ok=True)
    elif path.read_bytes() != old:
        path.write_bytes(old)


@dataclass(frozen=True, slots=True)
class Store:
    """The folder of cassettes."""

    root: Path

    def path(self, provider: str, scenario: str) -> Path:
        """Where a recording lives. Raises `CassetteError` for a name that is not a plain file name."""
        for name in (provider, scenario):
            if not _NAME.fullmatch(name):
                raise CassetteError(f"{name!r} cannot name a recording; use lower-case letters, digits, '_', '.', '-'")
        return self.root / provider / f"{scenario}.yaml"

    def sidecar_path(self, provider: str, scenario: str) -> Path:
        return self.path(provider, scenario).with_suffix(".meta.yaml")

    def has(self, provider: str, scenario: str) -> bool:
        return self.path(provider, scenario).is_file()

    def load(self, provider: str, scenario: str) -> Cassette:
        """The recording. Raises `MissingRecording` with the command that makes it."""
        path = self.path(provider, scenario)
        if not path.is_file():
            raise MissingRecording(provider, scenario, str(path))
        return load(path)

    def names(self) -> Iterator[tuple[str, str]]:
        """(provider, scenario) of everything stored, sorted."""
        for path in sorted(self.root.glob("*/*.yaml")):
            if not path.name.startswith(".") and not path.name.endswith(".meta.yaml"):
                yield path.parent.name, path.name.removesuffix(".yaml")


def _request(request: Any) -> Request:
    body = request.body_bytes
    pairs = tuple((name.lower(), _text(value)) for name, value in request.headers.items())
    return Request(request.method, request.uri, pairs, _bytes(body))


def _response(response: Any) -> Response:
    if "status_code" in response:  # how vcrpy before 6 stored httpx responses
        return Response(int(response["status_code"]), _flat(response["headers"]), _bytes(response.get("content")))
    status = response["status"]
    body = response["body"]["string"]
    return Response(int(status["code"]), _flat(response["headers"]), _bytes(body), status.get("message") or "")


def _flat(headers: dict[str, Any]) -> Headers:
    return tuple(
        (name.lower(), _text(value))
        for name, values in headers.items()
        for value in (values if isinstance(values, (list, tuple)) else [values])
    )


def _grouped(headers: Headers) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    return grouped


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(value: Any) -> bytes:
    if value is None:
        return b""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, (dict, list)):  # what aiohttp was given as `json=`: vcrpy keeps that, not what was sent of it
        return json.dumps(value).encode()
    raise TypeError(f"a body of type {type(value).__name__}")
