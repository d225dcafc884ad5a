"""A model's turn in blocks, as each wire has them, sealed where the provider seals."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Json = Any


opaque = st.text(st.characters(categories=["Lu", "Nd"]), min_size=1, max_size=12)
signed_turns = st.lists(st.sampled_from(["think", "say", "call"]), min_size=1, max_size=6).filter(
    lambda kinds: "say" in kinds or "call" in kinds
)


def blocks_of(wire: str, kinds: list[str], seal: str) -> list[Json]:
    made: list[Json] = []
    for n, kind in enumerate(kinds):
        forms = {
            ("anthropic", "think"): {"type": "thinking", "thinking": "", "signature": seal},
            ("anthropic", "say"): {"type": "text", "text": f"t{n}", "citations": [{"encrypted_index": seal}]},
            ("anthropic", "call"): {"type": "tool_use", "id": f"toolu_{n}", "name": "f", "input": {"n": n, "x": [1.0]}},
            ("gemini", "think"): {"text": seal, "thought": True},
            ("gemini", "say"): {"text": f"t{n}", "thoughtSignature": seal},
            ("gemini", "call"): {"functionCall": {"name": "f", "args": {"n": n, "x": [1.0]}}, "thoughtSignature": seal},
            ("interactions", "think"): {"type": "thought", "signature": seal, "summary": []},
            ("interactions", "say"): {
                "type": "model_output",
                "content": [{"type": "text", "text": f"t{n}", "annotations": [{"seal": seal}]}],
            },
            ("interactions", "call"): {
                "type": "function_call",
                "id": f"fc_{n}",
                "name": "f",
                "arguments": {"n": n, "x": [1.0]},
                "signature": seal,
            },
            ("responses", "think"): {"type": "reasoning", "id": f"rs_{n}", "summary": [], "encrypted_content": seal},
            ("responses", "say"): {
                "type": "message",
                "id": f"msg_{n}",
                "role": "assistant",
                "phase": "commentary",
                "content": [{"type": "output_text", "text": f"t{n}", "annotations": [{"seal": seal}]}],
            },
            ("responses", "call"): {
                "type": "function_call",
                "id": f"fc_{n}",
                "call_id": f"call_{n}",
                "name": "f",
                "arguments": f'{{"n": {n}, "x": [1.0]}}',
            },
        }
        made.append(forms[wire, kind])
    return made
