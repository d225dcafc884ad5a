"""A right request of every wire, which tests break in one place."""

from __future__ import annotations

from typing import Any

HEADERS = {
    "content-type": "application/json",
    "authorization": "Bearer k",
    "anthropic-version": "2023-06-01",
    "x-api-key": "k",
    "x-goog-api-key": "k",
}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
CHAT: dict[str, Any] = {
    "model": "m",
    "stream": True,
    "stream_options": {"include_usage": True},
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Weather?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "w", "arguments": '{"city":"Oslo"}'}},
                {"id": "b", "type": "function", "function": {"name": "t", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "rain"},
        {"role": "tool", "tool_call_id": "b", "content": "noon"},
    ],
    "tools": [{"type": "function", "function": {"name": "w", "description": "d", "parameters": SCHEMA}}],
}
RESPONSES: dict[str, Any] = {
    "model": "m",
    "stream": True,
    "store": False,
    "instructions": "Be brief.",
    "input": [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Weather?"},
                {"type": "input_image", "image_url": "data:image/png;base64,AAAA"},
            ],
        },
        {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "c2ln"},
        {"type": "function_call", "call_id": "a", "name": "w", "arguments": '{"city":"Oslo"}'},
        {"type": "function_call", "call_id": "b", "name": "t", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "rain"},
        {"type": "function_call_output", "call_id": "b", "output": "noon"},
    ],
    "tools": [{"type": "function", "name": "w", "description": "d", "parameters": SCHEMA, "strict": False}],
}
MESSAGES: dict[str, Any] = {
    "model": "m",
    "stream": True,
    "max_tokens": 4000,
    "system": "Be brief.",
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Weather?"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "", "signature": "c2ln"},
                {"type": "tool_use", "id": "a", "name": "w", "input": {"city": "Oslo"}},
                {"type": "tool_use", "id": "b", "name": "t", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": "rain"},
                {"type": "tool_result", "tool_use_id": "b", "content": [{"type": "text", "text": "noon"}]},
            ],
        },
    ],
    "tools": [{"name": "w", "description": "d", "input_schema": SCHEMA}],
}
GENERATE: dict[str, Any] = {
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
    "contents": [
        {"role": "user", "parts": [{"text": "Weather?"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]},
        {
            "role": "model",
            "parts": [
                {"functionCall": {"id": "a", "name": "w", "args": {"city": "Oslo"}}, "thoughtSignature": "c2ln"},
                {"functionCall": {"id": "b", "name": "t", "args": {}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"id": "a", "name": "w", "response": {"result": "rain"}}},
                {"functionResponse": {"id": "b", "name": "t", "response": {"result": "noon"}}},
            ],
        },
    ],
    "tools": [{"functionDeclarations": [{"name": "w", "description": "d", "parametersJsonSchema": SCHEMA}]}],
}
OLLAMA: dict[str, Any] = {
    "model": "m",
    "stream": True,
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Weather?", "images": ["iVBORw0KGgo="]},
        {
            "role": "assistant",
            "content": "",
            "thinking": "Hm.",
            "tool_calls": [
                {"id": "a", "function": {"name": "w", "arguments": {"city": "Oslo"}}},
                {"id": "b", "function": {"name": "t", "arguments": {}}},
            ],
        },
        {"role": "tool", "tool_name": "w", "tool_call_id": "a", "content": "rain"},
        {"role": "tool", "tool_name": "t", "tool_call_id": "b", "content": "noon"},
    ],
    "tools": [{"type": "function", "function": {"name": "w", "description": "d", "parameters": SCHEMA}}],
    "options": {"num_ctx": 8192, "temperature": 0},
    "think": "low",
}
INTERACTIONS: dict[str, Any] = {
    "model": "m",
    "stream": True,
    "system_instruction": "Be brief.",
    "input": [
        {
            "type": "user_input",
            "content": [
                {"type": "text", "text": "Weather?"},
                {"type": "image", "mime_type": "image/png", "data": "AAAA"},
            ],
        },
        {"type": "thought", "signature": "c2ln"},
        {"type": "function_call", "id": "a", "name": "w", "arguments": {"city": "Oslo"}},
        {"type": "function_call", "id": "b", "name": "t", "arguments": {}},
        {"type": "function_result", "call_id": "a", "name": "w", "result": "rain"},
        {"type": "function_result", "call_id": "b", "result": [{"type": "text", "text": "noon"}]},
    ],
    "tools": [{"type": "function", "name": "w", "description": "d", "parameters": SCHEMA}],
}
PATHS = {
    "openai_chat": "/v1/chat/completions",
    "openai_responses": "/v1/responses",
    "anthropic_messages": "/v1/messages",
    "gemini_generate": "/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse",
    "ollama_chat": "/api/chat",
    "gemini_interactions": "/v1beta/interactions",
}
BODIES = {
    "openai_chat": CHAT,
    "openai_responses": RESPONSES,
    "anthropic_messages": MESSAGES,
    "gemini_generate": GENERATE,
    "ollama_chat": OLLAMA,
    "gemini_interactions": INTERACTIONS,
}
