"""Legal chunk streams by hypothesis, and a second, slow opinion on whether a stream is legal."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

from massgen_conformance.contract import COMMON_FIELDS, FIELD_TYPES, SPECS

Chunk = dict[str, Any]
LETTERS = {"body": "b", "status": "s", "work": "w", "calls": "c", "message": "m", "response": "r", "error": "e"}
CLOSED = "(?:b[bsw]*)?(?:c[sw]*)?(?:mr?|r)"
OPEN = "(?:b[bsw]*)?(?:c[sw]*)?"
GRAMMAR = re.compile(f"[sw]*(?:{CLOSED}[sw]+)*(?:{CLOSED}[sw]*|{OPEN})e?d")

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)


def chunk(kind: str, **fields: Any) -> Chunk:
    return {"type": kind, **fields}


def call(call_id: str, arguments: str = "{}") -> Chunk:
    return {"id": call_id, "type": "function", "function": {"name": "f", "arguments": arguments}}


statuses = st.lists(st.just(chunk("backend_status", status="retrying")), max_size=1)
work = st.lists(
    st.sampled_from(
        [
            chunk("mcp_status", status="mcp_tool_called"),
            chunk("custom_tool_status", status="custom_tool_called"),
            chunk("hook_execution", hook_info={}, tool_call_id="x"),
        ]
    ),
    min_size=1,
    max_size=2,
)


@st.composite
def _thoughts(draw: st.DrawFn) -> list[Chunk]:
    deltas = draw(st.lists(words, min_size=1, max_size=3))
    if draw(st.booleans()):
        said = [chunk("reasoning", reasoning_delta=delta) for delta in deltas]
        return [*said, chunk("reasoning_done", reasoning_text="".join(deltas))]
    said = [chunk("reasoning_summary", reasoning_summary_delta=delta, summary_index=0) for delta in deltas]
    return [*said, chunk("reasoning_summary_done", reasoning_summary_text="".join(deltas), summary_index=0)]


@st.composite
def _attempt(draw: st.DrawFn, number: int, *, last: bool) -> list[Chunk]:
    texts = draw(st.lists(words, max_size=3))
    body = [piece for _ in range(draw(st.integers(0, 2))) for piece in draw(_thoughts())] + draw(statuses)
    body += [chunk("content", content=text) for text in texts]
    calls = [call(f"call_{number}_{index}") for index in range(draw(st.integers(0, 2)))]
    message: Chunk = {"role": "assistant", "content": "".join(texts) or draw(st.sampled_from([None, ""]))}
    if calls:
        message["tool_calls"] = calls
    handed = [chunk("tool_calls", tool_calls=calls)] if calls and last else []
    answered = [chunk("complete_response", response={})] if draw(st.booleans()) else []
    return [*body, *handed, chunk("complete_message", complete_message=message), *answered]


@st.composite
def legal_streams(draw: st.DrawFn) -> list[Chunk]:
    """Some attempts with tool work between them, then done, or an error in the last of them."""
    stream: list[Chunk] = list(draw(statuses))
    for number in range(draw(st.integers(0, 2))):
        stream += draw(_attempt(number, last=False)) + draw(work)
    final = draw(_attempt(9, last=True))
    failed = draw(st.booleans())
    if failed:
        stream += [piece for piece in final if piece["type"] in ("content", "agent_status")][: draw(st.integers(0, 3))]
        info = {"kind": "server", "provider": "p", "retryable": True}
        stream.append(chunk("error", error="it broke", error_info=info))
    else:
        stream += final
    called = any(piece["type"] == "tool_calls" for piece in final)
    prompt, completion = draw(st.integers(0, 99)), draw(st.integers(0, 99))
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    status = "error" if failed else "tool_calls" if called else "stop"
    return [*stream, chunk("done", status=status, usage=draw(st.sampled_from([None, usage])))]


@st.composite
def mutants(draw: st.DrawFn) -> list[Chunk]:
    """A legal stream with one or two changes: drop, duplicate, swap, retype, cut off."""
    stream = draw(legal_streams())
    for _ in range(draw(st.integers(1, 2))):
        position = draw(st.integers(0, max(len(stream) - 1, 0)))
        stream = _mutated(stream, position, draw(st.sampled_from(["drop", "double", "swap", "retype", "cut"])), draw)
    return stream


def _mutated(stream: list[Chunk], position: int, change: str, draw: st.DrawFn) -> list[Chunk]:
    before, here, after = stream[:position], stream[position : position + 1], stream[position + 1 :]
    if change == "drop":
        return before + after
    if change == "double":
        return before + here + here + after
    if change == "swap":
        return before + after[:1] + here + after[1:]
    if change == "cut":
        return before
    return before + [{**piece, "type": draw(st.sampled_from(sorted(SPECS)))} for piece in here] + after


def is_legal(stream: list[Chunk]) -> bool:
    """The second opinion: the whole stream at once, by a regular expression and comparisons."""
    if not all(_fields_fit(piece) for piece in stream):
        return False
    letters = "".join(LETTERS.get(SPECS[piece["type"]].role, "d") for piece in stream)
    return GRAMMAR.fullmatch(letters) is not None and _attempts_agree(stream, letters)


def _fields_fit(piece: Chunk) -> bool:
    spec = SPECS[piece["type"]]
    present = {name for name, value in piece.items() if value is not None and name not in COMMON_FIELDS}
    if not set(spec.required) <= present <= {*spec.required, *spec.optional}:
        return False
    return all(isinstance(piece[name], FIELD_TYPES[name]) for name in present)


def _attempts_agree(stream: list[Chunk], letters: str) -> bool:
    ids: list[str] = []
    attempts = [match.span() for match in re.finditer(f"{CLOSED}|b[bsw]*(?:c[sw]*)?|c[sw]*", letters)]
    for start, end in attempts:
        if not _one_attempt(stream[start:end], ids):
            return False
    last = stream[attempts[-1][0] : attempts[-1][1]] if attempts else []
    worked = "w" in letters[attempts[-1][1] :] if attempts else False
    return len(set(ids)) == len(ids) and _ends_well(stream[-1], last, failed="e" in letters, worked=worked)


def _one_attempt(attempt: list[Chunk], ids: list[str]) -> bool:
    handed = [each for piece in attempt if piece["type"] == "tool_calls" for each in piece["tool_calls"]]
    messages = [piece["complete_message"] for piece in attempt if piece["type"] == "complete_message"]
    ids += [each["id"] for each in handed]
    if not _thoughts_agree(attempt):
        return False
    for message in messages:
        named = message.get("tool_calls") or []
        ids += [each["id"] for each in named if each not in handed]
        said = "".join(piece["content"] for piece in attempt if piece["type"] == "content")
        if (message["content"] or "") != said or [each for each in named if each in handed] != handed:
            return False
    return True


def _thoughts_agree(attempt: list[Chunk]) -> bool:
    """Each block by itself: its kind's deltas up to its end; an open one at the message or at content is wrong."""
    open_blocks = {"reasoning": "", "reasoning_summary": ""}
    for piece in attempt:
        kind = piece["type"]
        if kind in open_blocks:
            open_blocks[kind] += piece[f"{kind}_delta"]
        elif kind.removesuffix("_done") in open_blocks:
            text = piece["reasoning_text" if kind == "reasoning_done" else "reasoning_summary_text"]
            if text != open_blocks[kind.removesuffix("_done")] or not text:
                return False
            open_blocks[kind.removesuffix("_done")] = ""
        elif (kind == "content" and open_blocks["reasoning"]) or (
            kind == "complete_message" and any(open_blocks.values())
        ):
            return False
    return True


def _ends_well(done: Chunk, last: list[Chunk], *, failed: bool, worked: bool) -> bool:
    status, kinds = done["status"], [piece["type"] for piece in last]
    if failed or status == "error":
        return failed and status == "error"
    named = [each for piece in last if piece["type"] == "complete_message" for each in _calls_of(piece)]
    handed = [each for piece in last if piece["type"] == "tool_calls" for each in piece["tool_calls"]]
    if "complete_message" not in kinds or (status == "tool_calls") != bool(named or handed):
        return False
    return worked or all(each in handed for each in named)


def _calls_of(piece: Chunk) -> list[Chunk]:
    return list(piece["complete_message"].get("tool_calls") or [])


def shown(stream: list[Chunk]) -> str:
    """The stream for a failure's message."""
    return "\n".join(json.dumps(piece) for piece in stream)
