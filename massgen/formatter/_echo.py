"""What a provider said earlier, verbatim: whether it may go back as it is.

`complete_message` keeps the wire's own blocks under a provider key, with the model that made them. They go back
unchanged if the neutral fields of the message still say the same (the caller may have edited them), and their reasoning
only to the model that made it: signatures and encrypted reasoning are bound to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from massgen.backend.call_ids import is_synthetic_id
from massgen.formatter._history import Assistant, Call

Json = Any

# What a provider puts around the name that was asked for: a path, a region, a date, a version, "latest".
_ROUTE = re.compile(r"^(.*/|([a-z]{2,6}\.)?anthropic\.)")
_SNAPSHOT = re.compile(r"([-@:](\d{4}-?\d{2}-?\d{2}|\d{2}-\d{2}|\d{3,4}|v\d+(:\d+)?))+$")


@dataclass(frozen=True, slots=True)
class Echo:
    """Blocks in their order; `same_model` says whether their reasoning may go back."""

    blocks: list[Mapping[str, Json]]
    same_model: bool


def kept_blocks(turn: Assistant, key: str, blocks_key: str, model: str | None) -> Echo | None:
    """The blocks that `turn` carries under the provider key `key`, or None.

    Beside them stand `model`, which the provider named, and `requested_model`, where the backend recorded it: an alias
    such as `gemini-flash-latest` is answered by a model of another name, and is still the same one to the provider.
    """
    kept = turn.source.get(key)
    if not isinstance(kept, Mapping):
        return None
    blocks = kept.get(blocks_key)
    if not isinstance(blocks, list) or not blocks or not all(isinstance(block, Mapping) for block in blocks):
        return None
    names = [name for name in (kept.get("model"), kept.get("requested_model")) if name]
    same = not names or any(is_same_model(name, model) for name in names)
    return Echo(blocks, same)


def is_same_model(made_by: str | None, asked: str | None) -> bool:
    """Whether two names can be one model: an alias and its dated snapshot are. A name that is not known matches."""
    if not made_by or not asked:
        return True
    names = [_ROUTE.sub("", name.lower()).removesuffix("-latest") for name in (made_by, asked)]
    aliases = [_SNAPSHOT.sub("", name) for name in names]
    return names[0] == names[1] or (aliases[0] == aliases[1] and aliases[0] in names)


def agrees(turn: Assistant, text: str, calls: Sequence[Call]) -> bool:
    """Whether verbatim blocks that say `text` and make `calls` are still what the neutral fields of `turn` say.

    An id of ours in the message stands for one that the provider did not send, or sent before.
    """
    if text != turn.text or len(calls) != len(turn.calls):
        return False
    return all(_same_call(kept, shown) for kept, shown in zip(calls, turn.calls, strict=True))


def _same_call(kept: Call, shown: Call) -> bool:
    same_id = kept.id == shown.id or is_synthetic_id(shown.id)
    return same_id and kept.name == shown.name and _canonical(kept.arguments) == _canonical(shown.arguments)


def _canonical(arguments: str) -> str:
    """JSON text whose equality is the equality of JSON values (in Python, 1 == True == 1.0)."""
    try:
        return msgspec.json.encode(msgspec.json.decode(arguments), order="deterministic").decode()
    except msgspec.DecodeError:
        return arguments


NATIVE = {"anthropic": "content", "gemini": "parts", "openai_responses": "items", "mistral": "content"}
"""Under which provider key a message keeps the blocks of a wire, and their name there."""

_OWN = frozenset({"role", "content", "parts", "tool_calls", "function_call", "refusal", "name", *NATIVE})
_OF_A_RESPONSE = frozenset({"type", "id", "status", "model", "stop_reason", "stop_sequence", "stop_details", "usage"})


def is_extra(key: str) -> bool:
    """Whether a key of the model's message is neither read into the neutral values nor about its response:
    `reasoning_content`, `audio`.
    """
    return key not in _OWN and key not in _OF_A_RESPONSE


_SAID: Mapping[tuple[str, str], frozenset[str]] = {
    ("anthropic", "text"): frozenset({"type", "text"}),
    ("anthropic", "tool_use"): frozenset({"type", "id", "name", "input"}),
    ("openai_responses", "message"): frozenset({"type", "id", "status", "role", "content"}),
    ("openai_responses", "output_text"): frozenset({"type", "text"}),
    ("openai_responses", "refusal"): frozenset({"type", "refusal"}),
    ("openai_responses", "function_call"): frozenset({"type", "id", "status", "call_id", "name", "arguments"}),
    ("gemini", "text"): frozenset({"text"}),
    ("mistral", "text"): frozenset({"type", "text"}),
    ("gemini", "functionCall"): frozenset({"functionCall"}),
}
"""(Provider key, kind of block) -> its keys that a message says in its own fields."""


def unsaid(key: str, blocks: Json) -> list[str]:
    """What of a provider's blocks the text and the calls of their message do not say: `thinking`, `text.citations`.

    The ids and states of items count as nothing; an order in which text follows a call is named as `order`, and what
    are no blocks as `unreadable`.
    """
    if not isinstance(blocks, list) or not all(isinstance(block, Mapping) for block in blocks):
        return ["unreadable"]
    found: list[str] = []
    called = False
    for block in blocks:
        kind = _kind(key, block)
        found.extend(_more(key, kind, block))
        inner = block.get("content") if kind == "message" else None
        for part in inner if isinstance(inner, list) else ():
            found.extend(_more(key, str(part.get("type")), part) if isinstance(part, Mapping) else ["unreadable"])
        if called and kind in ("text", "message"):
            found.append("order")
        called = called or kind in ("tool_use", "function_call", "functionCall")
    return list(dict.fromkeys(found))


def _kind(key: str, block: Mapping[str, Json]) -> str:
    if key != "gemini":
        return str(block.get("type"))
    if block.get("thought"):
        return "thought"
    return next((name for name in ("functionCall", "text") if name in block), next(iter(block), ""))


def _more(key: str, kind: str, block: Mapping[str, Json]) -> Iterator[str]:
    said = _SAID.get((key, kind))
    if said is None:
        yield kind
    else:
        yield from (f"{kind}.{name}" for name, value in block.items() if name not in said and value)


def decode_object(arguments: str) -> dict[str, Json] | None:
    """The object that the JSON text is, or None if it is none."""
    try:
        value = msgspec.json.decode(arguments)
    except msgspec.DecodeError:
        return None
    return value if isinstance(value, dict) else None
