"""Which chunk types a backend can yield, and what hides the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from massgen_audit.facts.shapes import Call, Value
from massgen_audit.model.reach import Reached
from massgen_audit.model.repo import STREAM, RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.values import Evidence, Verdict
from massgen_audit.verdicts import missing, not_applicable, present, searched, seen, unverifiable

# The fields of which a chunk of a type carries at least one, the usual one first; from the chunk contract.
FIELDS: dict[str, tuple[str, ...]] = {
    "content": ("content",),
    "tool_calls": ("tool_calls",),
    "reasoning": ("reasoning_delta", "content", "reasoning_text"),
    "reasoning_done": ("reasoning_text", "reasoning_delta", "content"),
    "reasoning_summary": ("reasoning_summary_delta", "content", "reasoning_delta"),
    "reasoning_summary_done": ("reasoning_summary_text", "content"),
    "complete_message": ("complete_message",),
    "complete_response": ("response", "complete_message"),
    "error": ("error", "content", "error_info"),
}
VOCABULARY = frozenset(FIELDS) | frozenset(
    """
    done agent_status backend_status compression_status mcp_status custom_tool_status hook_execution media
    media_progress attachment attachment_complete checkpoint_activated checkpoint_completed compression_needed
    """.split()  # noqa: SIM905 - a list of words reads better as one
)
_DECLARED_IN = ("massgen/stream_chunk/__init__.py", "massgen/stream_chunk/base.py", "massgen/backend/stream_chunk.py")


def declared_types(model: RepoModel) -> frozenset[str]:
    """The types that the checkout's own enumeration of chunk types has."""
    return model.once("declared chunk types", lambda: frozenset(_declared(model)))


def _declared(model: RepoModel) -> Iterator[str]:
    for path in _DECLARED_IN:
        module = model.source.module(path)
        for fact in module.classes if module else ():
            if fact.enum:
                yield from (value[1] for _, _, value in fact.attributes if value[0] == "str")


@dataclass(frozen=True, slots=True)
class Emission:
    type: str
    reached: Reached
    call: Call

    def evidence(self) -> Evidence:
        return seen(self.reached.path, self.call.place, "calls", f'makes a "{self.type}" chunk', self.reached.via)


@dataclass(frozen=True, slots=True)
class Stream:
    emissions: tuple[Emission, ...]
    hidden: tuple[Evidence, ...]  # chunks whose type cannot be read, or that are made elsewhere

    def of(self, kind: str) -> tuple[Emission, ...]:
        return tuple(item for item in self.emissions if item.type == kind)


def stream_of(model: RepoModel, unit: Unit) -> Stream:
    """Every chunk construction reachable from `stream_with_tools` on the class of the unit."""
    return model.once(f"stream of {unit.info.path}:{unit.info.name}", lambda: _stream_of(model, unit))


def _stream_of(model: RepoModel, unit: Unit) -> Stream:
    emissions: list[Emission] = []
    hidden: list[Evidence] = []
    reachable = model.reach.from_method(unit.info, STREAM)
    for reached in reachable:
        for call in reached.function.calls:
            if call.chain.endswith("StreamChunk"):
                kinds = _chunk_types(model, reached, call, reachable)
                emissions.extend(Emission(kind, reached, call) for kind in kinds)
                if not kinds:
                    hidden.append(
                        seen(reached.path, call.place, "calls", "a chunk whose type is computed", reached.via)
                    )
        if reached.function.relays and reached.hops == 0:
            foreign = _foreign_sources(model, reached)
            hidden.extend(seen(reached.path, call.place, "calls", "relays chunks made elsewhere") for call in foreign)
    return Stream(tuple(emissions), tuple(hidden))


def _chunk_types(model: RepoModel, reached: Reached, call: Call, reachable: tuple[Reached, ...]) -> tuple[str, ...]:
    value: Value | None = call.keyword("type") or (call.args[0] if call.args else None)
    if value is None or value[0] not in ("str", "name"):
        return ()
    if value[0] == "str":
        return (value[1],)
    known = _enum_value(model, reached.path, value[1])
    return (known,) if known else _handed_over(model, value[1], reachable)


def _handed_over(model: RepoModel, dotted: str, reachable: tuple[Reached, ...]) -> tuple[str, ...]:
    """For `config.chunk_type`: the literals that reachable calls give for that name, if all of them are literals."""
    owner, _, name = dotted.rpartition(".")
    if not owner:
        return ()
    start = reachable[0]
    return model.once(f"{name} on {start.via}", lambda: _literals(name, reachable))


def _literals(name: str, reachable: tuple[Reached, ...]) -> tuple[str, ...]:
    given = (call.keyword(name) for reached in reachable for call in reached.function.calls if call.keywords)
    values = {value for value in given if value is not None}
    return tuple(sorted(text for _, text in values)) if all(kind == "str" for kind, _ in values) else ()


def _enum_value(model: RepoModel, path: str, dotted: str) -> str:
    owner, _, member = dotted.rpartition(".")
    member = member if owner and not owner.endswith(".value") else ""
    module = model.source.module(path)
    key = model.classes.resolve_class(module, owner) if module and owner else None
    info = model.classes.get(key) if key else None
    for name, _, value in info.fact.attributes if info else ():
        if name == member and value[0] == "str":
            return value[1]
    return ""


def _foreign_sources(model: RepoModel, reached: Reached) -> list[Call]:
    """Calls of other objects' methods in a function that passes chunks on: their chunks are out of sight."""
    return [
        call
        for call in reached.function.calls
        if call.chain.startswith("self.") and call.chain.count(".") > 1 and "stream" in call.chain.lower()
    ]


def judge(model: RepoModel, unit: Unit, kind: str) -> Verdict:
    """Whether the class can yield chunks of one type."""
    found = model.definition(unit.info, STREAM)
    if found is None or found[1].abstract:
        return not_applicable(f"{unit.info.name} implements no {STREAM}")
    stream = stream_of(model, unit)
    made = stream.of(kind)
    if made:
        return present(f'"{kind}" chunks are made', made[0].evidence())
    owner, method = found
    where = searched(
        owner.path, method.place, f'followed {STREAM}: {len(stream.emissions)} chunk constructions, none "{kind}"'
    )
    if stream.hidden:
        return unverifiable(
            f'whether {unit.info.name} yields "{kind}" is hidden: chunks come from elsewhere', *stream.hidden[:3]
        )
    return missing(f'{unit.info.name} never yields "{kind}"', where)
