"""The oracle of token counts, on streams made here and on every recorded one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from massgen_conformance.checks.oracle import ORACLES
from massgen_conformance.scenario import Usage

FOLDERS = {
    "openai-chat": "openai_chat",
    "openai-responses": "openai_responses",
    "anthropic-messages": "anthropic_messages",
    "gemini-generate": "gemini_generate",
    "ollama-chat": "ollama_chat",
    "claude-code-jsonl": "claude_code",
    "codex-jsonl": "codex",
    "gemini-cli-jsonl": "gemini_cli",
}


def stream(*events: object) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\r\n\r\n" for event in events) + b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    ("wire", "body", "counted"),
    [
        (
            "openai_chat",
            stream(
                {"choices": [{"delta": {}}], "usage": None},
                {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}},
            ),
            Usage(9, 4),
        ),
        (
            "openai_chat",
            stream({"choices": [{"usage": {"prompt_tokens": 9, "completion_tokens": 4, "cached_tokens": 2}}]}),
            Usage(9, 4, cached=2),
        ),
        ("openai_chat", stream({"x_groq": {"usage": {"prompt_tokens": 9, "completion_tokens": 4}}}), Usage(9, 4)),
        (
            "openai_chat",
            stream(
                {"usage": {"prompt_tokens": 1, "completion_tokens": 1}},
                {
                    "usage": {
                        "prompt_tokens": 9,
                        "completion_tokens": 4,
                        "prompt_tokens_details": {"cached_tokens": 8},
                        "completion_tokens_details": {"reasoning_tokens": 3},
                    }
                },
            ),
            Usage(9, 4, cached=8, reasoning=3),
        ),
        (
            "anthropic_messages",
            stream(
                {"message": {"usage": {"input_tokens": 5, "cache_read_input_tokens": 3, "output_tokens": 1}}},
                {"usage": {"output_tokens": 7}},
            ),
            Usage(8, 7, cached=3),
        ),
        (
            "gemini_generate",
            stream({"usageMetadata": {"promptTokenCount": 6, "candidatesTokenCount": 2, "thoughtsTokenCount": 5}}),
            Usage(6, 7, reasoning=5),
        ),
        (
            "openai_responses",
            stream({"response": {"usage": None}}, {"response": {"usage": {"input_tokens": 6, "output_tokens": 2}}}),
            Usage(6, 2),
        ),
        (
            "openai_chat",
            stream(
                {
                    "usage": {
                        "prompt_tokens": 9,
                        "completion_tokens": 4,
                        "total_tokens": 20,
                        "completion_tokens_details": {"reasoning_tokens": 7},
                    }
                }
            ),
            Usage(9, 11, reasoning=7),
        ),
        ("openai_chat", stream({"choices": []}), None),
        ("anthropic_messages", b"", None),
        ("ollama_chat", b'{"done":false}\n{"done":true,"prompt_eval_count":6,"eval_count":2}\n', Usage(6, 2)),
        ("ollama_chat", b'{"done":true,"eval_count":2}\n', Usage(0, 2)),
        ("ollama_chat", b'{"done":true}\n', None),
        (
            "claude_code",
            b'{"type":"assistant","message":{"usage":{"input_tokens":5,"output_tokens":1}}}\n'
            b'{"type":"result","usage":{"input_tokens":5,"cache_read_input_tokens":3,"output_tokens":7}}\n',
            Usage(8, 7, cached=3),
        ),
        (
            "codex",
            b'{"type":"turn.completed","usage":{"input_tokens":9,"cached_input_tokens":8,"output_tokens":4}}\n',
            Usage(9, 4, cached=8),
        ),
        ("codex", b'{"type":"turn.failed","error":{"message":"no"}}\n', None),
        (
            "gemini_cli",
            b'{"type":"result","stats":{"input_tokens":6,"output_tokens":2,"cached":1}}',
            Usage(6, 2, cached=1),
        ),
        ("gemini_cli", b'{"type":"result","status":"error"}\n', None),
    ],
)
def test_the_last_counts_of_a_stream_are_read(wire: str, body: bytes, counted: Usage | None) -> None:
    assert ORACLES[wire](body) == counted


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_recorded_stream_can_be_read(recordings: Path, folder: str) -> None:
    read = []
    for path in sorted((recordings / folder).rglob("*.json")):
        exchange = json.loads(path.read_text(encoding="utf-8"))
        whole = exchange["streaming"] and exchange["framing"] in ("sse", "ndjson", "jsonl")
        if whole and exchange["response"]["status"] in (200, None):
            read.append(ORACLES[FOLDERS[folder]](exchange["response"]["body"].encode()))
    counted = [usage for usage in read if usage is not None]
    assert len(counted) > len(read) / 2
    assert all(usage.cached + usage.cache_creation <= usage.prompt for usage in counted)
    assert all(usage.reasoning <= usage.completion for usage in counted)
