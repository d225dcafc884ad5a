"""Whose backends are under test: `--target module:factory`, or the one installed target.

A target is a factory `factory(*, provider, base_url, api_key, model, **config)`. Facts about it that the kit cannot
see may be set on it as attributes, each optional: `providers` (the names it serves), `abilities` (what its backends
offer, in place of what the provider offers), `config` (keywords that every one of its backends is made with),
`contacts` (hosts that its libraries ask for other things than the model, such as the tables of a tokenizer).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from massgen_conformance.providers import PLAYABLE, PROVIDERS, starts_process
from massgen_conformance.speakers import SPEAKERS
from massgen_conformance.speakers.agents import AGENTS
from massgen_conformance.subject import AGENT_ABILITIES, PROCESS_WIRE, WEBSOCKET_WIRE, Factory, Subject

GROUP: Final = "massgen_conformance.targets"
EVERY: Final = "all"
ABILITIES: Final = frozenset(AGENT_ABILITIES).union(*(profile.abilities for profile in PLAYABLE.values()))
"""What a backend may be said to offer."""


class TargetError(ValueError):
    """The target or provider that was asked for cannot be had; says what to do."""


def load_target(spec: str = "", installed: Iterable[EntryPoint] | None = None) -> tuple[str, Factory]:
    """The name of a target and its factory. Raises `TargetError`.

    `spec` is `module:factory`; without one the only entry point of the group is taken.
    """
    if spec:
        return spec, _imported(spec)
    found = list(entry_points(group=GROUP) if installed is None else installed)
    if len(found) == 1:
        return found[0].value, _imported(found[0].value)
    if not found:
        raise TargetError(
            "no backend is installed to be tested: give one with --target module:factory, where "
            "factory(*, provider, base_url, api_key, model, **config) returns an object with stream_with_tools"
        )
    choices = ", ".join(sorted(f"{point.name} ({point.value})" for point in found))
    raise TargetError(f"several targets are installed, choose one with --target: {choices}")


def _imported(spec: str) -> Factory:
    module_name, _, attribute = spec.partition(":")
    if not module_name or not attribute:
        raise TargetError(f"--target is module:factory, not {spec!r}")
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # a repository is tested where it stands, installed or not
    try:
        module = import_module(module_name)
    except ImportError as error:
        raise TargetError(f"the target's module {module_name!r} cannot be imported: {error}") from error
    found: object = module
    for part in attribute.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise TargetError(f"{module_name!r} has no factory {attribute!r}")
    return found


def subjects(names: Sequence[str], factory: Factory, wire: str = "") -> list[Subject]:
    """The subjects for these provider names (`all`: every one that the target serves). Raises `TargetError`."""
    served = [str(name) for name in getattr(factory, "providers", ())] or list(PROVIDERS)
    wanted = [name for asked in names for name in (served if asked == EVERY else [asked])]
    return [subject(name, factory, wire) for name in dict.fromkeys(wanted)]


def subject(name: str, factory: Factory, wire: str = "") -> Subject:
    """One provider of a target: its profile, or for an unknown name the plain profile of `wire`."""
    if wire and wire not in SPEAKERS:
        raise TargetError(f"unknown wire {wire!r}; known: {', '.join(sorted(SPEAKERS))}")
    profile = PLAYABLE.get(name)
    if profile is None or (wire and profile.wire != wire):
        if not wire:
            known = ", ".join(PLAYABLE)
            raise TargetError(f"unknown provider {name!r}; name its protocol with --wire, or use one of: {known}, all")
        profile = next(profile for profile in PLAYABLE.values() if profile.wire == wire)
    declared = getattr(factory, "abilities", None)
    if unknown := sorted(frozenset(declared or ()) - ABILITIES):
        raise TargetError(f"unknown abilities {', '.join(unknown)}; known: {', '.join(sorted(ABILITIES))}")
    return Subject(
        provider=name,
        wire=profile.wire,
        factory=factory,
        model=profile.model,
        base_path=profile.base_path,
        abilities=profile.abilities if declared is None else frozenset(declared),
        contacts=frozenset(getattr(factory, "contacts", ())),
        config=dict(getattr(factory, "config", {})),
    )


def over_websocket(name: str, factory: Factory) -> Subject:
    """A provider of a target that is asked over a WebSocket, known to the kit or not. Raises `TargetError`."""
    return replace(_known_or_plain(name, factory), wire=WEBSOCKET_WIRE)


def over_process(name: str, factory: Factory) -> Subject:
    """A provider of a target that is a command-line agent, one of the kit's or another. Raises `TargetError` for a
    provider that is asked at an address."""
    found = _known_or_plain(name, factory)
    if not starts_process(found):
        agents = ", ".join(AGENTS)
        raise TargetError(f"{name} is asked at an address and starts no process; give --provider one of: {agents}")
    return found


def _known_or_plain(name: str, factory: Factory) -> Subject:
    if name in PLAYABLE:
        return subject(name, factory)
    plain = subject(name, factory, next(iter(AGENTS)))
    return replace(plain, wire=PROCESS_WIRE, model="")
