"""Vertex AI: where on Google Cloud a publisher's models are, and how a request proves whose it is.

Source: google-genai's `_api_client.py`, anthropic-sdk-python's `lib/vertex/_client.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from massgen.backend._options import is_flag, is_on
from massgen.backend.base import LLMBackend
from massgen.backend.tokens import GoogleCredentials, Token, checked
from massgen.errors import ConfigurationError

_NAME = re.compile(r"[A-Za-z0-9.:_-]+")
_MULTI_REGIONS = frozenset({"us", "eu"})


class Vertex(msgspec.Struct, frozen=True):
    """A place on Vertex AI. `token` is None where the request carries an API key: express mode's, or a project's."""

    address: str
    project: str | None
    location: str
    token: Token | None

    def url(self, publisher: str, model: str, method: str) -> str:
        """The address of a model's method; without a project it is express mode's."""
        return self.resource(f"publishers/{publisher}/models/{quote(model, safe='@')}:{method}")

    def resource(self, path: str) -> str:
        """The address of what is at `path` of the project's location."""
        place = f"projects/{quote(self.project, safe='')}/locations/{self.location}/" if self.project else ""
        return f"{self.address}/{place}{path}"


def vertex_of(backend: LLMBackend, api_key: str | None, *, version: str, express: bool) -> Vertex | None:
    """The place that the backend's configuration names; None where it does not ask for Vertex AI.

    `express` says that the publisher's models may be had by a key alone, without a project. A `base_url` that is not
    the type's own stands in place of Google's host and of `version`. Raises `ConfigurationError` with every problem.
    """
    config, kind = backend.config, backend.backend_type
    if problems := list(_problems(config, express)):
        raise ConfigurationError([f"{kind}: {problem}" for problem in problems])
    if not is_on(config.get("vertexai")):
        return None
    location, given = config.get("location") or "global", config.get("base_url")
    own = given in (None, "", backend.capabilities.base_url)
    address = f"{host(location)}/{version}" if own else str(given).rstrip("/")
    return Vertex(address, config.get("project"), location, _token(config, kind, api_key))


def _token(config: Mapping[str, Any], kind: str, api_key: str | None) -> Token | None:
    """The caller's token, else Google Cloud's default one where neither a key nor the caller's client stands for it."""
    try:
        if config.get("access_token") is not None:
            return checked("access_token", config["access_token"])
        default = config.get("project") and not api_key and config.get("http_client") is None
        return GoogleCredentials() if default else None
    except ConfigurationError as error:
        raise ConfigurationError([f"{kind}: {problem}" for problem in error.problems]) from error


def host(location: str) -> str:
    """The address that serves a location: a region, a multi-region, or `global`."""
    if location == "global":
        return "https://aiplatform.googleapis.com"
    if location in _MULTI_REGIONS:
        return f"https://aiplatform.{location}.rep.googleapis.com"
    return f"https://{location}-aiplatform.googleapis.com"


def _problems(config: Mapping[str, Any], express: bool) -> Iterator[str]:
    if not is_flag(config.get("vertexai")):
        yield f"vertexai is true or false, not {config['vertexai']!r}"
    elif not is_on(config.get("vertexai")):
        for name in ("project", "location", "access_token"):
            if config.get(name) is not None:
                yield f"{name} has no effect without vertexai: true"
    elif not config.get("project") and (not express or config.get("access_token") is not None):
        yield "project is required on Vertex AI with a token: express mode knows keys only"
    for name in ("project", "location"):
        value = config.get(name)
        if value is not None and not (isinstance(value, str) and _NAME.fullmatch(value)):
            yield f"{name} is the name of one on Google Cloud, not {value!r}"
