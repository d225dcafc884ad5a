"""Chat-Completions: what OpenAI sends, and every way in which a compatible server was seen to differ."""

from __future__ import annotations

import pytest

from massgen.backend.chat_dialect import ChatDialect
from massgen.wire.openai_chat import ChatDecoder

from .chat_wire import DONE, delta, finish, run, tool
from .wires import Json, decode, ending, events, message, shown, statuses, text

# name -> (values, what is shown, how it ends)
STREAMS: dict[str, tuple[list[Json], list[tuple[str, str]], str]] = {
    "text": ([delta(content="a"), delta(content="b"), finish(), DONE], [("content", "a"), ("content", "b")], "stop"),
    "nothing is said": ([delta(role="assistant", content=""), finish(), DONE], [], "stop"),
    "content of null": ([delta(content=None), delta(content="a"), finish(), DONE], [("content", "a")], "stop"),
    "content as parts": (
        [delta(content=[{"type": "text", "text": "a"}, {"type": "image_url"}]), finish(), DONE],
        [("content", "a")],
        "stop",
    ),
    "Mistral's thinking is one block over several deltas": (
        [
            delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "h"}]}]),
            delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "m"}]}]),
            delta(content="a"),
            finish(),
            DONE,
        ],
        [("reasoning", "h"), ("reasoning", "m"), ("reasoning_done", "hm"), ("content", "a")],
        "stop",
    ),
    "Mistral's thinking and text in one delta": (
        [
            delta(
                content=[
                    {"type": "thinking", "thinking": [{"type": "text", "text": "h"}, {"type": "reference"}]},
                    {"type": "text", "text": "a"},
                ]
            ),
            finish(),
            DONE,
        ],
        [("reasoning", "h"), ("reasoning_done", "h"), ("content", "a")],
        "stop",
    ),
    "reasoning under DeepSeek's name": (
        [delta(content=None, reasoning_content="h"), delta(content="a", reasoning_content=None), finish(), DONE],
        [("reasoning", "h"), ("reasoning_done", "h"), ("content", "a")],
        "stop",
    ),
    "reasoning under Groq's name": (
        [delta(reasoning="h"), delta(content="a"), finish(), DONE],
        [("reasoning", "h"), ("reasoning_done", "h"), ("content", "a")],
        "stop",
    ),
    "reasoning under two names at once is told once": (
        [delta(reasoning="h", reasoning_content="h"), finish(), DONE],
        [("reasoning", "h"), ("reasoning_done", "h")],
        "stop",
    ),
    "OpenRouter's fillers beside reasoning": (
        [
            delta(content="", reasoning="h", reasoning_details=[{"type": "reasoning.text", "text": "h", "index": 0}]),
            finish(),
            DONE,
        ],
        [("reasoning", "h"), ("reasoning_done", "h")],
        "stop",
    ),
    "reasoning in details only": (
        [delta(reasoning_details=[{"type": "reasoning.text", "text": "h", "index": 0}]), finish(), DONE],
        [("reasoning", "h"), ("reasoning_done", "h")],
        "stop",
    ),
    "OpenRouter's summaries, each told beside it as reasoning": (
        [
            delta(reasoning="g", reasoning_details=[{"type": "reasoning.summary", "summary": "g", "index": 0}]),
            delta(reasoning="h", reasoning_details=[{"type": "reasoning.summary", "summary": "h", "index": 1}]),
            delta(content="a"),
            finish(),
            DONE,
        ],
        [
            ("reasoning_summary", "g"),
            ("reasoning_summary_done", "g"),
            ("reasoning_summary", "h"),
            ("reasoning_summary_done", "h"),
            ("content", "a"),
        ],
        "stop",
    ),
    "reasoning ends where a call begins": (
        [delta(reasoning="h"), delta(tool_calls=[tool(0, "a", "f", "{}")]), finish("tool_calls"), DONE],
        [("reasoning", "h"), ("reasoning_done", "h")],
        "tool_calls",
    ),
    "choices that are empty, anywhere": (
        [{"choices": []}, delta(content="a"), {"choices": []}, finish(), {"choices": []}, DONE],
        [("content", "a")],
        "stop",
    ),
    "choices that are not there": (
        [{"object": "ping"}, delta(content="a"), finish(), DONE],
        [("content", "a")],
        "stop",
    ),
    "a choice without a delta": ([{"choices": [{"index": 0}]}, finish(), DONE], [], "stop"),
    "other choices are not mixed in": (
        [{"choices": [{"index": 1, "delta": {"content": "b"}}, *delta(content="a")["choices"]]}, finish(), DONE],
        [("content", "a")],
        "stop",
    ),
    "a choice without an index": (
        [{"choices": [{"delta": {"content": "a"}}]}, finish(), DONE],
        [("content", "a")],
        "stop",
    ),
    "a finish reason before the last delta": ([finish("stop"), delta(content="a"), DONE], [("content", "a")], "stop"),
    "stop although there are calls": ([delta(tool_calls=[tool(0, "a", "f")]), finish("stop"), DONE], [], "tool_calls"),
    "tool_calls although there are none": (
        [delta(content="a"), finish("tool_calls"), DONE],
        [("content", "a")],
        "stop",
    ),
    "an empty finish reason (xAI)": ([delta("", tool_calls=[tool(0, "a", "f")]), DONE], [], "tool_calls"),
    "eos (Together)": ([finish("eos"), DONE], [], "stop"),
    "length": ([finish("length"), DONE], [], "length"),
    "content_filter": ([finish("content_filter"), DONE], [], "content_filter"),
    "sensitive (Z.AI)": ([finish("sensitive"), DONE], [], "content_filter"),
    "network_error (Z.AI)": ([delta(content="a"), finish("network_error"), DONE], [("content", "a")], "failed: server"),
    "insufficient_system_resource (DeepSeek)": (
        [finish("insufficient_system_resource"), DONE],
        [],
        "failed: overloaded",
    ),
    "error (OpenRouter)": ([finish("error"), DONE], [], "failed: server"),
    "abort (vLLM)": ([finish("abort"), DONE], [], "failed: server"),
    "no sentinel": ([delta(content="a"), finish()], [("content", "a")], "failed: incomplete"),
    "a sentinel alone": ([DONE], [], "failed: incomplete"),
    "a sentinel without a finish reason": ([delta(content="a"), DONE], [("content", "a")], "failed: incomplete"),
    "nothing at all": ([], [], "failed: incomplete"),
    "what follows the sentinel is not read": (
        [delta(content="a"), finish(), DONE, delta(content="b"), "not JSON"],
        [("content", "a")],
        "stop",
    ),
    "blank data": (["", " ", delta(content="a"), finish(), DONE], [("content", "a")], "stop"),
    "not JSON": ([delta(content="a"), "<html>"], [("content", "a")], "failed: malformed"),
    "JSON of another kind": (["[1]"], [], "failed: malformed"),
    "a field of an impossible type": ([delta(content=7)], [], "failed: malformed"),
    "half a surrogate pair": (
        ['{"choices":[{"delta":{"content":"a\\ud83d"}}]}', finish(), DONE],
        [("content", "a\ufffd")],
        "stop",
    ),
}


@pytest.mark.parametrize(("values", "expected", "end"), STREAMS.values(), ids=STREAMS.keys())
def test_a_stream_shows_and_ends(values: list[Json], expected: list[tuple[str, str]], end: str) -> None:
    decoder, chunks = run(*values)
    assert shown(chunks) == expected
    assert ending(decoder) == end


def test_an_attempt_ends_with_its_calls_and_its_message() -> None:
    _, chunks = run(delta(content="a"), delta(tool_calls=[tool(0, "a", "f")]), finish(), DONE)
    assert [str(chunk.type) for chunk in chunks] == ["content", "tool_calls", "complete_message"]


@pytest.mark.parametrize("last", [DONE, "not JSON"])
def test_nothing_is_read_after_the_end(last: str) -> None:
    decoder = ChatDecoder("p")
    decoder.feed(events(delta(content="a"), finish(), last))
    before = (decoder.finished, decoder.failure, decoder.status)
    assert decoder.ended
    assert decoder.feed(events(delta(content="b"), finish("length"), DONE)) == []
    assert decoder.close() == []
    assert (decoder.finished, decoder.failure, decoder.status) == before


def test_an_unknown_finish_reason_is_kept_in_detail() -> None:
    decoder, _ = run(delta(content="a"), finish("tired"), DONE)
    assert (decoder.status, decoder.detail) == ("stop", "tired")


def test_a_dialect_without_a_sentinel_ends_at_the_finish_reason() -> None:
    decoder, chunks = run(delta(content="a"), finish(), dialect=ChatDialect(done_sentinel=False))
    assert (ending(decoder), text(chunks)) == ("stop", "a")
    decoder, _ = run(delta("", content="a"), dialect=ChatDialect(done_sentinel=False))
    assert ending(decoder) == "failed: incomplete"


@pytest.mark.parametrize("echo", [("reasoning",), ("reasoning_content", "reasoning"), ()], ids=str)
def test_a_thought_between_tags_is_kept_as_the_provider_is_shown_it_again(echo: tuple[str, ...]) -> None:
    dialect = ChatDialect(think_tags=True, echo=echo)
    _, chunks = run(delta(content="<think>why</think>so"), finish(), DONE, dialect=dialect)
    assert message(chunks)[(*echo, "reasoning_content")[0]] == "why"


def test_a_refusal_is_never_mixed_into_the_text() -> None:
    decoder, chunks = run(delta(refusal="I "), delta(refusal="won't"), finish(), DONE)
    assert ending(decoder) == "refusal"
    assert statuses(chunks) == [("refusal", "I "), ("refusal", "won't")]
    assert message(chunks) == {"role": "assistant", "content": None, "refusal": "I won't"}


def test_an_answer_of_calls_after_a_refusal_is_still_an_answer_of_calls() -> None:
    decoder, _ = run(delta(refusal="no"), delta(tool_calls=[tool(0, "a", "f", "{}")]), finish("tool_calls"), DONE)
    assert ending(decoder) == "tool_calls"


def counts(**fields: Json) -> Json:
    return {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, **fields}}


# name -> (values before [DONE], the usage record)
USAGE: dict[str, tuple[list[Json], Json]] = {
    "in a chunk of its own": ([finish(), counts()], {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}),
    "in the finish chunk": (
        [finish(usage=counts()["usage"])],
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    ),
    "on every chunk: the last one holds": (
        [counts(completion_tokens=1), counts(completion_tokens=3), finish()],
        {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13},
    ),
    "in the choice (Moonshot)": (
        [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": counts()["usage"]}]}],
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    ),
    "under x_groq": (
        [finish(x_groq={"id": "r", "usage": counts()["usage"]})],
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    ),
    "a later null does not erase it": (
        [counts(), {"choices": [], "usage": None}, finish()],
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    ),
    "a field that is left out keeps its last value": (
        [
            counts(prompt_tokens_details={"cached_tokens": 4}),
            {"choices": [], "usage": {"completion_tokens": 6}},
            finish(),
        ],
        {"prompt_tokens": 10, "completion_tokens": 6, "total_tokens": 16, "cached_input_tokens": 4},
    ),
    "details": (
        [
            counts(
                prompt_tokens_details={"cached_tokens": 4, "cache_write_tokens": 2},
                completion_tokens_details={"reasoning_tokens": 3},
            ),
            finish(),
        ],
        {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "total_tokens": 15,
            "cached_input_tokens": 4,
            "cache_creation_tokens": 2,
            "reasoning_tokens": 3,
        },
    ),
    "DeepSeek's cache hits": (
        [counts(prompt_cache_hit_tokens=4, prompt_cache_miss_tokens=6), finish()],
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cached_input_tokens": 4},
    ),
    "xAI counts reasoning outside": (
        [counts(total_tokens=18, completion_tokens_details={"reasoning_tokens": 3}), finish()],
        {"prompt_tokens": 10, "completion_tokens": 8, "total_tokens": 18, "reasoning_tokens": 3},
    ),
    "xAI's cost in ticks": (
        [counts(cost_in_usd_ticks=1654500), finish()],
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0.00016545},
    ),
    "more reasoning than completion": (
        [counts(completion_tokens_details={"reasoning_tokens": 6}), finish()],
        {"prompt_tokens": 10, "completion_tokens": 6, "total_tokens": 16, "reasoning_tokens": 6},
    ),
    "SGLang's reasoning": (
        [counts(reasoning_tokens=3), finish()],
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "reasoning_tokens": 3},
    ),
    "OpenRouter's cost": (
        [counts(cost=0.25), finish()],
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0.25},
    ),
    "Perplexity's cost": (
        [counts(cost={"input_tokens_cost": 0.1, "total_cost": 0.25}), finish()],
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0.25},
    ),
    "counts as floats": (
        [{"choices": [], "usage": {"prompt_tokens": 10.0, "completion_tokens": 5.0}}, finish()],
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    ),
    "none": ([finish()], None),
    "an empty object is none": ([finish(usage={})], None),
}


@pytest.mark.parametrize(("values", "expected"), USAGE.values(), ids=USAGE.keys())
def test_usage_wherever_it_rides(values: list[Json], expected: Json) -> None:
    decoder, _ = run(*values, DONE)
    assert decoder.failure is None
    assert (decoder.usage and decoder.usage.to_dict()) == expected


def test_usage_of_a_broken_stream_is_partial() -> None:
    decoder, _ = run(counts(), delta(content="a"))
    assert decoder.usage is not None
    assert decoder.usage.to_dict()["partial"] is True


# name -> (error value in the stream, kind, part of the message)
ERRORS: dict[str, tuple[Json, str, str]] = {
    "OpenAI's object": ({"error": {"message": "m", "type": "server_error", "code": None}}, "server", "m"),
    "xAI's sentence": ({"code": "some", "error": "m"}, "server", "some: m"),
    "vLLM's flat object": ({"object": "error", "message": "m", "code": 400}, "bad_request", "m"),
    "Groq's status": ({"error": {"message": "m", "code": "tool_use_failed", "status_code": 400}}, "bad_request", "m"),
    "Cerebras' status beside it": ({"error": {"message": "m"}, "status_code": 429}, "rate_limit", "m"),
    "Groq's x_groq": ({"choices": [], "x_groq": {"error": "m"}}, "server", "m"),
    "OpenRouter's chunk": (
        {**finish("error"), "error": {"code": 429, "message": "m", "metadata": {"error_type": "rate_limit_exceeded"}}},
        "rate_limit",
        "m",
    ),
    "a used-up quota": ({"error": {"message": "m", "code": "insufficient_quota"}}, "quota", "m"),
    "DashScope's inspection": ({"error": {"code": "data_inspection_failed", "message": "m"}}, "content_filter", "m"),
}


@pytest.mark.parametrize(("error", "kind", "said"), ERRORS.values(), ids=ERRORS.keys())
def test_an_error_in_the_stream_is_classified(error: Json, kind: str, said: str) -> None:
    decoder, chunks = run(delta(content="a"), error, DONE)
    assert text(chunks) == "a"
    assert ending(decoder) == f"failed: {kind}"
    assert decoder.failure is not None
    assert said in decoder.failure.message


@pytest.mark.parametrize("data", ['{"message": "m"}', "upstream m"], ids=["an object", "a sentence"])
def test_an_event_named_error_is_an_error(data: str) -> None:
    decoder = ChatDecoder("p")
    decode(decoder, f"event: error\ndata: {data}\n\n".encode())
    assert decoder.failure is not None
    assert "m" in decoder.failure.message
    assert decoder.failure.info.kind == "server"


def test_a_bare_line_of_json_is_an_error() -> None:
    decoder = ChatDecoder("p")
    decode(decoder, events(delta(content="a")) + b'{"error":{"message":"out of memory"}}\n')
    assert decoder.failure is not None
    assert "out of memory" in decoder.failure.message


def test_reasoning_goes_back_under_the_name_it_came_under() -> None:
    _, chunks = run(delta(reasoning_content="h"), delta(reasoning_content="m"), delta(content="a"), finish(), DONE)
    assert message(chunks) == {"role": "assistant", "content": "a", "reasoning_content": "hm"}
    _, chunks = run(delta(reasoning="h"), finish(), DONE)
    assert message(chunks) == {"role": "assistant", "content": None, "reasoning": "h"}


def test_reasoning_details_are_joined_by_index_and_type() -> None:
    fragments: list[Json] = [
        {"type": "reasoning.text", "text": "a", "index": 0, "format": "anthropic-claude-v1"},
        {"type": "reasoning.text", "text": "b", "index": 0, "format": None},
        {"type": "reasoning.encrypted", "data": "X", "id": "rs_1", "index": 0},
        {"type": "reasoning.encrypted", "data": "Y", "index": 0},
        {"type": "reasoning.summary", "summary": "s", "index": 1},
        {"type": "reasoning.summary", "summary": "t", "index": 1},
        {"type": "reasoning.text", "text": "", "signature": "sig", "index": 0},
        {"type": "reasoning.encrypted", "data": "1", "id": "one"},
        {"type": "reasoning.encrypted", "data": "2", "id": "two"},
    ]
    _, chunks = run(*(delta(reasoning_details=[fragment]) for fragment in fragments), finish(), DONE)
    assert message(chunks)["reasoning_details"] == [
        {"type": "reasoning.text", "text": "ab", "index": 0, "format": "anthropic-claude-v1", "signature": "sig"},
        {"type": "reasoning.encrypted", "data": "XY", "id": "rs_1", "index": 0},
        {"type": "reasoning.summary", "summary": "st", "index": 1},
        {"type": "reasoning.encrypted", "data": "1", "id": "one"},
        {"type": "reasoning.encrypted", "data": "2", "id": "two"},
    ]


@pytest.mark.parametrize(
    "first", [delta(content="a"), delta(reasoning="h"), delta(refusal="no"), delta(tool_calls=[tool(0, "a", "f")])]
)
def test_the_first_token_is_the_models_and_not_the_servers(first: Json) -> None:
    decoder = ChatDecoder("p")
    decoder.feed(b": keep-alive\n\n" + events({"choices": []}, delta(role="assistant", content="")))
    assert not decoder.attempt.started
    decoder.feed(events(first))
    assert decoder.attempt.started
