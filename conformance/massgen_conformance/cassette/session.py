"""Records the programme for a subject: from its provider, from a peer on this machine, or from the kit's own player."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from massgen_conformance.cassette.endpoints import ENDPOINTS, SYNTHETIC_ORIGIN, variables_of
from massgen_conformance.cassette.errors import Reason, RecordingRefused
from massgen_conformance.cassette.forms import SHORTEST
from massgen_conformance.cassette.job import Job
from massgen_conformance.cassette.passage import record_passage
from massgen_conformance.cassette.passing import by_subject, from_player
from massgen_conformance.cassette.programme import Piece
from massgen_conformance.cassette.record import Mode, Outcome, record
from massgen_conformance.cassette.sidecar import Provenance
from massgen_conformance.cassette.store import Store
from massgen_conformance.cassette.take import conversation, unretrying, verification
from massgen_conformance.driver import CANARY, responses
from massgen_conformance.guard import is_local
from massgen_conformance.plan import Respond
from massgen_conformance.player import Player
from massgen_conformance.providers import speaker_for, starts_process
from massgen_conformance.subject import Subject


@dataclass(frozen=True, slots=True)
class Session:
    """Where recordings go and where they come from.

    `base_url` replaces the provider's own; with `ws:` or `wss:` WebSockets are recorded. `from_player` asks nobody but
    the kit. `executable` is the command-line agent, where it is not the one on PATH. `keys` maps names of environment
    variables to their values.
    """

    store: Store
    player: Player
    base_url: str = ""
    from_player: bool = False
    key_variable: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    executable: str = ""

    @property
    def websocket(self) -> bool:
        return self.base_url.startswith(("ws:", "wss:"))

    async def record(self, subject: Subject, piece: Piece, mode: Mode = Mode.ALL) -> Outcome | None:
        """Record one piece; None when the subject lacks what it needs. `UnspeakableTurn` when the player cannot say it.

        Raises `MissingRecording` and `RecordingRefused` as `record` does.
        """
        if not piece.scenario.needs <= subject.abilities:
            return None
        if self.websocket or starts_process(subject):
            return await self._passage(subject, piece, mode)
        fitted = unretrying(subject)
        if self.from_player:
            with self.player.exchange(_says(fitted, piece)) as exchange:
                job = self._job(fitted, piece, exchange.base_url + subject.base_path, Provenance.SYNTHETIC)
                return await record(job, self.store, mode)
        upstream = self.base_url or _live(subject)
        local = is_local(urlsplit(upstream).hostname or "?")
        return await record(
            self._job(fitted, piece, upstream, Provenance.PEER if local else Provenance.LIVE), self.store, mode
        )

    async def _passage(self, subject: Subject, piece: Piece, mode: Mode) -> Outcome:
        if not self.from_player:
            return await record_passage(by_subject(self, subject, piece), self.store, mode)
        with self.player.exchange(_says(subject, piece)) as exchange:
            return await record_passage(from_player(self, subject, piece, exchange.base_url), self.store, mode)

    def _job(self, subject: Subject, piece: Piece, upstream: str, provenance: Provenance) -> Job:
        synthetic = provenance is Provenance.SYNTHETIC
        refused = piece.refused
        if provenance is Provenance.LIVE and not piece.live:
            told = f"{subject.provider} cannot be asked for status {refused.status if refused else 200}"
            raise RecordingRefused(Reason.UNSUPPORTED, f"{told}; record {piece.name} with --from-player")
        variables, key = self.key_of(subject.provider)
        if synthetic:
            key = CANARY
        elif refused is not None and refused.key:
            key = refused.key
        return Job(
            provider=subject.provider,
            scenario=piece.name,
            upstream=upstream,
            stored_as=SYNTHETIC_ORIGIN + subject.base_path if synthetic else "",
            api_key=key,
            other_secrets=tuple(value for value in self.keys.values() if len(value) >= SHORTEST and value != key),
            drive=conversation(subject, piece.scenario, key),
            verify=verification(subject, piece, self.player),
            provenance=provenance,
            model=subject.model,
            key_variable=" or ".join(variables),
            requests=1 if refused else len(piece.scenario.turns),
            statuses=(refused.status if refused else 200,),
        )

    def key_of(self, provider: str) -> tuple[tuple[str, ...], str]:
        """The variables that may hold a provider's key, and the key, "" where there is none."""
        variables = (self.key_variable,) if self.key_variable else variables_of(provider)
        return variables, next((self.keys[name] for name in variables if self.keys.get(name)), "")


def _live(subject: Subject) -> str:
    endpoint = ENDPOINTS.get(subject.provider)
    if endpoint is None:
        raise RecordingRefused(Reason.UNSUPPORTED, f"nothing is known of {subject.provider}'s address; give --base-url")
    return endpoint.origin + subject.base_path


def _says(subject: Subject, piece: Piece) -> Respond:
    try:
        speaker = speaker_for(subject)
    except ValueError as error:
        raise RecordingRefused(Reason.UNSUPPORTED, f"the player cannot answer: {error}") from error
    refused = piece.refused
    if refused is None:
        return responses(piece.scenario, speaker)
    reply = speaker.refuse(refused.status, refused.kind, refused.message, refused.headers)
    return lambda _number, _request: reply
