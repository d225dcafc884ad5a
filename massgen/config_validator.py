"""Validates a configuration before anything runs: every problem at once, each with its place and what to do.

A configuration is MassGen's: `agents: [{id, backend: {type, model, ...}}]`, or one `agent:`. What a backend's own code
refuses is refused here too; the rules that hold for every type come from the registry.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path as FilePath
from typing import Any

import msgspec

from massgen.backend._excluded_params import EXCLUDED_PARAMS
from massgen.backend.capabilities import (
    BACKEND_CAPABILITIES,
    BackendCapabilities,
    get_capabilities,
    get_capabilities_by_url,
    unknown_type,
    validate_backend_config,
)
from massgen.backend.factory import backend_class
from massgen.backend.http import HTTPBackend
from massgen.config_source import Mark, Path, Source, parse
from massgen.errors import ConfigurationError
from massgen.token_manager.prices import is_version_of

Json = Any
Check = Callable[[BackendCapabilities, Mapping[str, Json]], Iterator["Finding"]]


class Severity(StrEnum):
    ERROR = "error"  # it cannot work
    WARNING = "warning"  # it works, though perhaps not as meant


class Finding(msgspec.Struct, frozen=True):
    """A problem inside one mapping: the key it is about ("" for the mapping itself), and a sentence."""

    key: str
    message: str
    severity: Severity = Severity.ERROR


class Problem(msgspec.Struct, frozen=True):
    """A problem and where it is: `path` such as `agents[0].backend.model`, and line and column from 1 where known."""

    message: str
    path: str
    severity: Severity
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}: " if self.line else ""
        where = f"{self.path}: " if self.path else ""
        return f"{place}{self.severity}: {where}{self.message}"


def validate_file(path: str | FilePath) -> list[Problem]:
    """Every problem of a YAML or JSON file, in the order of the file. Raises `OSError` where it cannot be read."""
    source = parse(FilePath(path).read_text(encoding="utf-8", errors="replace"))
    faults = [_problem(Finding("", what), place, where) for where, place, what in source.faults]
    if source.data is None and faults:
        return faults
    return sorted(faults + _validate(source), key=lambda problem: (problem.line or 0, problem.column or 0))


def validate_config(config: Json) -> list[Problem]:
    """Every problem of a configuration that is data already."""
    return _validate(Source(config, {}, []))


def _validate(source: Source) -> list[Problem]:
    return [
        _problem(finding, source.mark((*path, finding.key) if finding.key else path),
                 (*path, finding.key) if finding.key else path)
        for path, finding in _findings(source.data)
    ]  # fmt: skip


def _problem(finding: Finding, mark: Mark | None, path: Path) -> Problem:
    shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    place = (mark.line, mark.column) if mark else (None, None)
    return Problem(finding.message, shown, finding.severity, *place)


def _findings(config: Json) -> Iterator[tuple[Path, Finding]]:
    if not isinstance(config, Mapping):
        yield (), Finding("", "a configuration is a mapping with agents, a list, or agent, a mapping")
        return
    if "agents" in config and "agent" in config:
        yield (), Finding("agent", "agents and agent exclude each other: move this agent into the list")
    if "agents" not in config and "agent" not in config:
        yield (), Finding("", "there is no agent: add agents, a list, or agent, a mapping")
    yield from _agents(config.get("agents"), "agents" in config)
    if "agent" in config:
        yield from _agent(("agent",), config["agent"])


def _agents(agents: Json, given: bool) -> Iterator[tuple[Path, Finding]]:
    if not given:
        return
    if not isinstance(agents, list) or not agents:
        yield (), Finding("agents", "agents is a list with at least one agent")
        return
    seen: dict[Json, int] = {}
    for index, agent in enumerate(agents):
        yield from _agent(("agents", index), agent)
        name = agent.get("id") if isinstance(agent, Mapping) else None
        if not isinstance(name, str) or not name:
            if isinstance(agent, Mapping):
                yield ("agents", index), Finding("id", "every agent of a list needs an id, a text of its own")
        elif name in seen:
            yield ("agents", index), Finding("id", f"agents[{seen[name]}] has the id {name!r} already: ids are unique")
        else:
            seen[name] = index


_AGENT_KEYS = ("id", "backend", "system_message")


def _agent(path: Path, agent: Json) -> Iterator[tuple[Path, Finding]]:
    if not isinstance(agent, Mapping):
        yield path, Finding("", "an agent is a mapping with id and backend")
        return
    for key in agent:
        if key not in _AGENT_KEYS and (close := _close(key, _AGENT_KEYS)):
            yield path, Finding(str(key), f"unknown key {key!r}: did you mean {close}?")
    backend = agent.get("backend")
    if not isinstance(backend, Mapping):
        yield path, Finding("backend" if "backend" in agent else "", "backend is a mapping with type and its options")
        return
    for finding in validate_backend(backend):
        yield (*path, "backend"), finding


def validate_backend(backend: Mapping[str, Json]) -> list[Finding]:
    """Every problem of one `backend` mapping, `type` included."""
    given = backend.get("type")
    if not isinstance(given, str) or not given:
        known = ", ".join(BACKEND_CAPABILITIES)
        return [Finding("type" if "type" in backend else "", f"type is required: one of {known}")]
    row = get_capabilities(given)
    if row is None:
        return [Finding("type", unknown_type(given))]
    config = {str(name): value for name, value in backend.items() if name != "type"}
    checks = (*CHECKS, *SPECIAL.get(row.backend_type, ()))
    findings = [finding for check in checks for finding in check(row, config)]
    if all(finding.severity is Severity.WARNING for finding in findings):
        findings += _trial(row, config)
    return findings


def _trial(row: BackendCapabilities, config: Mapping[str, Json]) -> Iterator[Finding]:
    """What the backend's own code refuses: it is made and asked for a request, of which nothing is sent."""
    given = {name: value for name, value in config.items() if value is not None and name != "api_key"}
    try:
        made = backend_class(row.backend_type, given.pop("api", None))
        backend = made(**{"base_url": row.base_url, "model": row.default_model, **given})
        assert isinstance(backend, HTTPBackend)
        _finish(backend.prepare(_MESSAGES, _TOOLS, {}))
    except ConfigurationError as error:
        for problem in error.problems:
            text = problem.removeprefix(f"{row.backend_type}: ")
            option = text.partition(" ")[0].rstrip(":")
            yield Finding(option if option in config else "", text)


_MESSAGES = [{"role": "user", "content": "?"}]
_TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]


def _finish(request: Coroutine[Any, Any, Json]) -> None:
    """Run a coroutine that waits for nothing, inside or outside of an event loop."""
    try:
        request.send(None)
    except StopIteration:
        pass
    finally:
        request.close()


def _registry(row: BackendCapabilities, config: Mapping[str, Json]) -> Iterator[Finding]:
    """What the registry alone can tell. Each sentence begins with the option it is about."""
    for problem in validate_backend_config(row.backend_type, dict(config)):
        option = problem.partition(" ")[0]
        yield Finding(option if option in config else "", problem)


def _model(row: BackendCapabilities, config: Mapping[str, Json]) -> Iterator[Finding]:
    model = config.get("model")
    if row.is_open or row.any_model or not isinstance(model, str):
        return
    if not any(is_version_of(model, known) for known in row.models):
        close = _close(model, row.models, 0.75)
        meant = f"did you mean {close}? " if close else ""
        what = f"{model} is not in the list of {row.provider_name}'s models: {meant}it is sent as it is"
        yield Finding("model", what, Severity.WARNING)


def _own_type(row: BackendCapabilities, config: Mapping[str, Json]) -> Iterator[Finding]:
    serving = get_capabilities_by_url(config.get("base_url"))
    if serving is not None and row.is_open and not row.key_variables:
        what = f"this address is {serving.provider_name}'s: type {serving.backend_type} knows what it does differently"
        yield Finding("type", what, Severity.WARNING)


def _objects(row: BackendCapabilities, config: Mapping[str, Json]) -> Iterator[Finding]:
    for name in ("clock", "http_client"):
        if config.get(name) is not None:
            yield Finding(name, f"{name} is an object that only code can give: remove it")


def _secrets(row: BackendCapabilities, config: Mapping[str, Json]) -> Iterator[Finding]:
    if config.get("api_key"):
        variables = " or ".join(row.key_variables)
        instead = f"set {variables} in the environment instead" if variables else "pass it in code instead"
        yield Finding("api_key", f"a key in a file gets copied with the file: {instead}", Severity.WARNING)


def _filesystem(row: BackendCapabilities, config: Mapping[str, Json]) -> Iterator[Finding]:
    if config.get("cwd") and row.filesystem_support == "none":
        what = f"backend type {row.backend_type} has no file tools: cwd has no effect"
        yield Finding("cwd", what, Severity.WARNING)


# Parameters that providers take, so that they are not mistaken for misspelt options of ours.
_PROVIDER_PARAMS = frozenset(
    {"betas", "extra_body", "frequency_penalty", "generation_config", "include", "include_reasoning",
     "instructions", "logit_bias", "logprobs", "max_completion_tokens", "max_output_tokens", "max_tokens",
     "metadata", "models", "n", "output_config", "parallel_tool_calls", "plugins", "presence_penalty",
     "prompt_cache_key", "provider", "reasoning", "reasoning_effort", "reasoning_format", "repetition_penalty",
     "response_format", "route", "safety_settings", "seed", "service_tier", "stop", "stop_sequences", "store",
     "stream_options", "temperature", "text", "thinking", "thinking_config", "tool_choice", "top_k",
     "top_logprobs", "top_p", "transforms", "user", "verbosity"}
)  # fmt: skip
_KNOWN = sorted({*EXCLUDED_PARAMS, *_PROVIDER_PARAMS, "model"})


def _spelling(row: BackendCapabilities, config: Mapping[str, Json]) -> Iterator[Finding]:
    for name in config:
        if name not in _KNOWN and not name.startswith("_") and (close := _close(name, _KNOWN, 0.85)):
            yield Finding(name, f"unknown option {name!r}: did you mean {close}? As it is, the provider gets it")


def _betas(row: BackendCapabilities, config: Mapping[str, Json]) -> Iterator[Finding]:
    betas = config.get("betas")
    if betas is not None and not (isinstance(betas, list) and all(isinstance(beta, str) for beta in betas)):
        yield Finding("betas", "betas is a list of anthropic-beta flags")


def _temperature(row: BackendCapabilities, config: Mapping[str, Json]) -> Iterator[Finding]:
    if config.get("temperature") not in (None, 1):
        what = "Kimi's reasoning models take no temperature but 1: leave it out unless the model does not think"
        yield Finding("temperature", what, Severity.WARNING)


_ZAI_LIMIT = 131_072


def _answer_length(row: BackendCapabilities, config: Mapping[str, Json]) -> Iterator[Finding]:
    limit = config.get("max_tokens")
    if isinstance(limit, int) and not 1 <= limit <= _ZAI_LIMIT:
        yield Finding("max_tokens", f"max_tokens is from 1 to {_ZAI_LIMIT:,} at {row.provider_name}, not {limit}")


def _thinks(row: BackendCapabilities, config: Mapping[str, Json]) -> Iterator[Finding]:
    if config.get("enable_thinking") is not True:
        return
    for name, plain in (("tool_choice", ("auto", "none")), ("response_format", ({"type": "text"},))):
        if config.get(name) is not None and config[name] not in plain:
            what = f"{name} cannot demand anything while the model thinks: set enable_thinking to false"
            yield Finding(name, what, Severity.WARNING)


def _token(row: BackendCapabilities, config: Mapping[str, Json]) -> Iterator[Finding]:
    if config.get("access_token"):
        what = "a token in a file expires and gets copied: leave it out, and Google Cloud's credentials are used"
        yield Finding("access_token", what, Severity.WARNING)


CHECKS: tuple[Check, ...] = (_registry, _model, _own_type, _objects, _secrets, _filesystem, _spelling)
SPECIAL: dict[str, tuple[Check, ...]] = {
    "moonshot": (_temperature,),
    "qwen": (_thinks,),
    "zai": (_answer_length,),
    "claude": (_betas, _token),
    "gemini": (_token,),
}
"""Rules of single types that show only when the provider answers."""


def _close(name: Json, known: Sequence[str], cutoff: float = 0.6) -> str | None:
    found = difflib.get_close_matches(str(name), known, n=1, cutoff=cutoff)
    return found[0] if found else None
