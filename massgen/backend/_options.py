"""What can be wrong with a backend's options before any request, whatever the type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from massgen.backend._resilience_options import resilience_problems

if TYPE_CHECKING:
    from massgen.backend.capabilities import BackendCapabilities

# Option -> the capability without which it has no effect.
_NEEDS = {
    "enable_web_search": "web_search",
    "enable_x_search": "x_search",
    "enable_code_execution": "code_execution",
    "enable_code_interpreter": "code_execution",
    "mcp_servers": "mcp",
}
# Options that other clients have under these names -> what does it here.
_ELSEWHERE = {
    "custom_tools": "has no effect: a backend runs no tools itself; pass their definitions to stream_with_tools",
    "append_system_prompt": "is not a backend option: set system_message on the agent",
    "system_prompt": "is not a backend option: set system_message on the agent",
    "timeout": "says too little: set connect_timeout, idle_timeout or total_timeout, in seconds",
    "headers": "is called extra_headers here",
    "default_headers": "is called extra_headers here",
    "default_query": "is not supported: pass an http_client with such parameters",
    "extra_query": "is not supported: pass an http_client with such parameters",
    "proxy": "is not an option: set HTTPS_PROXY in the environment, or pass an http_client with the proxy",
}
_FLAGS = ("true", "1", "false", "0")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_SECONDS = ("connect_timeout", "idle_timeout", "total_timeout")


def problems(row: BackendCapabilities, config: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each problem. It begins with the name of the option that it is about."""
    yield from _unsupported(row, config)
    yield from _named(row, config)
    yield from _wire(row, config.get("api"))
    yield from malformed(row, config)


def _unsupported(row: BackendCapabilities, config: Mapping[str, Any]) -> Iterator[str]:
    for name, capability in _NEEDS.items():
        if config.get(name) and capability not in row.supported_capabilities:
            yield f"{name} has no effect: backend type {row.backend_type} has no {capability}; remove it"
    for name, instead in _ELSEWHERE.items():
        if config.get(name) is not None:
            yield f"{name} {instead}"


def _wire(row: BackendCapabilities, api: Any) -> Iterator[str]:
    if api is not None and api not in row.apis:
        choice = (
            f"choose {' or '.join(row.apis)}" if row.apis else f"backend type {row.backend_type} has one: leave it out"
        )
        yield f"api names the wire to speak, not {api!r}: {choice}"


def _named(row: BackendCapabilities, config: Mapping[str, Any]) -> Iterator[str]:
    if row.is_open and config.get("model") in (None, "", "custom"):
        yield f"model is required for backend type {row.backend_type}: name the model to use"
    elif not isinstance(config.get("model", ""), str):
        yield f"model must be a string, not {config['model']!r}"


def malformed(row: BackendCapabilities, config: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each option of the connection that cannot work, whoever makes the backend."""
    yield from _address(row, config)
    key = config.get("api_key")
    if key is not None and (why := _unsendable(key)):
        yield f"api_key {why}"
    for name in _SECONDS:
        value = config.get(name)
        if value is not None and not (_is_number(value) and 0 < value < float("inf")):
            yield f"{name} is a number of seconds above 0, not {value!r}"
    retries = config.get("max_retries")
    if retries is not None and not (isinstance(retries, int) and _is_number(retries) and retries >= 0):
        yield f"max_retries is a whole number from 0 on, not {retries!r}"
    title = config.get("provider_name")
    if title is not None and not isinstance(title, str):
        yield f"provider_name is a text, not {title!r}"
    headers = config.get("extra_headers")
    if headers is not None and not isinstance(headers, Mapping):
        yield "extra_headers is a mapping from header names to texts"
    elif headers:
        yield from (f"extra_headers cannot be sent: {problem}" for problem in header_problems(headers))
    yield from resilience_problems(config)
    body = config.get("extra_body")
    if body is not None and not isinstance(body, Mapping):
        yield "extra_body is a mapping that is merged into the request's body"


def _address(row: BackendCapabilities, config: Mapping[str, Any]) -> Iterator[str]:
    options = ("base_url", *row.address_options)
    option = next((name for name in options if config.get(name)), "base_url")
    url = config.get(option) or row.base_url
    if not url and not row.needs_address:
        return
    if not url:
        required = " or ".join(options)
        variables = " or ".join(name for option in options for name in row.env_options.get(option, ()))
        where = f", or {variables} in the environment" if variables else ""
        yield f"{required} is required for backend type {row.backend_type}: the address of the server's API{where}"
    elif http_host(url) is None:
        shown = re.sub(r"//[^/]*@", "//***@", repr(url))
        yield f"{option} must be an http or https address such as https://host/v1, not {shown}"
    elif urlsplit(url).query or urlsplit(url).fragment:
        yield f"{option} must end with its path: leave out what begins with ? or #"


def header_problems(headers: Mapping[Any, Any]) -> Iterator[str]:
    """One sentence for each header that HTTP cannot carry. Values are not shown: many are credentials."""
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            yield f"{name!r} is no name of a header"
        elif why := _unsendable(value):
            yield f"the header {name} {why}"


def _unsendable(value: Any) -> str | None:
    """Why `value` cannot be in a header, or None."""
    if not isinstance(value, str):
        return f"must be a text, not {type(value).__name__}"
    if not value.isascii():
        return "holds characters that are not ASCII: check that it was copied whole and alone"
    if not value.replace("\t", " ").isprintable():
        return "holds a line break or another control character: check that it was copied whole and alone"
    return None


def is_flag(value: Any) -> bool:
    """Whether `value` says yes, no, or nothing; in the environment it is a word."""
    return value is None or isinstance(value, bool) or (isinstance(value, str) and value.lower() in _FLAGS)


def is_on(value: Any) -> bool:
    """Whether a flag says yes."""
    return value is True or (isinstance(value, str) and value.lower() in ("true", "1"))


def http_host(url: Any) -> str | None:
    """The host of an http or https address, in lower case; None for anything else."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
    except ValueError:
        return None
    return parts.hostname if parts is not None and parts.scheme in ("http", "https") else None


_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104  # where a server listens -> where it is asked


def address_of(host: str, port: int) -> str:
    """The address that a variable such as OLLAMA_HOST means, which names a server's address for its client as well.

    Its forms are those of ollama-python's `_parse_host`: `host`, `:port`, `host:port/path`, a whole address. Without a
    scheme the port is `port` unless it is named; with one it is the scheme's own.
    """
    scheme, separator, rest = host.partition("://")
    if not separator:
        scheme, rest = "http", host
    place, slash, path = rest.rstrip("/").partition("/")
    name, colon, given = place.rpartition(":")
    if not colon or "]" in given:  # a colon inside brackets is one of an IPv6 address
        name, given = place, ""
    name = _ANY_ADDRESS.get(name, name) or "127.0.0.1"
    if not given and not separator:
        given = str(port)
    return f"{scheme}://{name}{f':{given}' if given else ''}{slash}{path}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
