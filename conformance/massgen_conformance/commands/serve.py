"""`serve`: the player as a server for any client, on every wire at once.

A prompt that holds a scenario's name in brackets (`[tool]`, `[error-429]`) is answered with that scenario, any other
with the default one. Which of its turns is said follows from the conversation, not from a count, so that clients may
repeat themselves. A request that the provider would refuse is refused, with everything that is wrong with it.
"""

from __future__ import annotations

import argparse
import re
import sys
import threading
from collections.abc import Mapping

from massgen_conformance.cassette.programme import PROGRAMME
from massgen_conformance.commands.problems import UsageProblem
from massgen_conformance.plan import Reply, Respond
from massgen_conformance.player import Player
from massgen_conformance.providers import PLAYABLE, Profile
from massgen_conformance.scenario import Scenario
from massgen_conformance.scenarios import SCENARIOS
from massgen_conformance.speakers.base import NeutralRequest, UnspeakableTurn, json_reply
from massgen_conformance.trace import Received

HINT = """any API key will do
a prompt with the name of a scenario in it is answered with that one: [tool], [reasoning], [unicode], [error-429] ...
stop with Ctrl-C
"""
SERVED = {name: profile for name, profile in PLAYABLE.items() if not profile.process}
NAMED = re.compile(r"\[([a-z0-9-]+)\]")


def main(arguments: argparse.Namespace) -> int:
    """Serve until interrupted."""
    known = scenarios()
    if arguments.scenario not in known:
        raise UsageProblem(f"unknown scenario {arguments.scenario}; known: {', '.join(sorted(known))}")
    try:
        player = Player(arguments.port)
        player.start()
    except OSError as error:
        raise UsageProblem(f"cannot listen on port {arguments.port}: {error}") from error
    try:
        with player.exchange(answering(known, arguments.scenario), root=True) as exchange:
            for name, profile in SERVED.items():
                sys.stdout.write(f"{name:<16} {exchange.base_url}{profile.base_path}\n")
            sys.stdout.write(HINT)
            sys.stdout.flush()
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    finally:
        player.stop()
    return 0


def scenarios() -> dict[str, Scenario]:
    """Everything that can be said, by name; the programme's conversations go before the checks'."""
    return {**SCENARIOS, **{name: piece.scenario for name, piece in PROGRAMME.items()}}


def answering(known: Mapping[str, Scenario], default: str) -> Respond:
    """Answers each request in the language of the provider that its path belongs to."""

    def respond(_number: int, received: Received) -> Reply:
        profile = profile_of(received.target)
        if profile is None:
            return json_reply(404, {"error": {"message": f"nothing is served at {received.target[:80]}"}})
        problems = profile.speaker.problems(received)
        if problems:
            return profile.speaker.refuse(400, "bad_request", "; ".join(problems))
        asked = profile.speaker.read(received)
        name = _named(asked, known) or default
        refused = PROGRAMME[name].refused if name in PROGRAMME else None
        if refused is not None:
            return profile.speaker.refuse(refused.status, refused.kind, refused.message, refused.headers)
        turns = known[name].turns
        try:
            return profile.speaker.reply(turns[min(_turn(asked), len(turns) - 1)], request=received)
        except UnspeakableTurn as lack:
            return profile.speaker.refuse(400, "bad_request", f"the scenario {name} cannot be said here: {lack}")

    return respond


def profile_of(target: str) -> Profile | None:
    """The provider with the longest base path that fits the address."""
    path = target.partition("?")[0]
    fitting = [
        profile
        for profile in SERVED.values()
        if path.startswith(profile.base_path) and path.endswith(profile.speaker.paths)
    ]
    return max(fitting, key=lambda profile: len(profile.base_path), default=None)


def _named(asked: NeutralRequest, known: Mapping[str, Scenario]) -> str:
    said = [message.text for message in asked.messages if message.role == "user"]
    found = [name for name in NAMED.findall(said[-1] if said else "") if name in known]
    return found[-1] if found else ""


def _turn(asked: NeutralRequest) -> int:
    """How many answers there have been since the user last spoke."""
    count = 0
    for message in reversed(asked.messages):
        if message.role == "user":
            break
        count += message.role == "assistant"
    return count
