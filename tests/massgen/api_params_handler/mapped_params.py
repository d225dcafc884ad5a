"""Parameters, and where each wire has them."""

from __future__ import annotations

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
CHAT_FORMAT = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}}
FLAT_FORMAT = {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}
NAMED = {"type": "function", "function": {"name": "f"}}

MAPPED = [
    ("chat", {"max_tokens": 5}, {"max_completion_tokens": 5}),
    ("chat", {"max_output_tokens": 5}, {"max_completion_tokens": 5}),
    ("chat", {"temperature": 0.0, "top_p": 0, "seed": 0, "n": 1}, {"temperature": 0.0, "top_p": 0, "seed": 0, "n": 1}),
    ("chat", {"stop_sequences": ["a"]}, {"stop": ["a"]}),
    ("chat", {"reasoning_effort": "low", "verbosity": "low"}, {"reasoning_effort": "low", "verbosity": "low"}),
    ("chat", {"response_format": CHAT_FORMAT}, {"response_format": CHAT_FORMAT}),
    ("chat", {"response_format": FLAT_FORMAT}, {"response_format": CHAT_FORMAT}),
    ("chat", {"response_format": {"type": "text"}}, {"response_format": {"type": "text"}}),
    ("chat", {"tool_choice": "any"}, {"tool_choice": "required"}),
    ("chat", {"tool_choice": {"type": "tool", "name": "f"}}, {"tool_choice": NAMED}),
    ("chat", {"parallel_tool_calls": False}, {"parallel_tool_calls": False}),
    ("responses", {"max_completion_tokens": 5}, {"max_output_tokens": 5}),
    ("responses", {"reasoning_effort": "high"}, {"reasoning": {"effort": "high"}}),
    (
        "responses",
        {"reasoning_effort": "high", "reasoning": {"summary": "auto"}},
        {"reasoning": {"effort": "high", "summary": "auto"}},
    ),
    (
        "responses",
        {"response_format": CHAT_FORMAT, "verbosity": "low"},
        {"text": {"format": FLAT_FORMAT, "verbosity": "low"}},
    ),
    ("responses", {"response_format": {"type": "text"}}, {"text": {"format": {"type": "text"}}}),
    ("responses", {"tool_choice": NAMED}, {"tool_choice": {"type": "function", "name": "f"}}),
    ("responses", {"tool_choice": {"type": "web_search"}}, {"tool_choice": {"type": "web_search"}}),
    ("responses", {"temperature": 0, "metadata": {}, "user": "u"}, {"temperature": 0, "metadata": {}, "user": "u"}),
    ("anthropic", {"max_output_tokens": 5}, {"max_tokens": 5}),
    ("anthropic", {"temperature": 0, "top_k": 0}, {"temperature": 0, "top_k": 0}),
    ("anthropic", {"stop": "a"}, {"stop_sequences": ["a"]}),
    ("anthropic", {"stop": ["a", "b"]}, {"stop_sequences": ["a", "b"]}),
    ("anthropic", {"user": "u"}, {"metadata": {"user_id": "u"}}),
    ("anthropic", {"tool_choice": "required"}, {"tool_choice": {"type": "any"}}),
    ("anthropic", {"tool_choice": NAMED}, {"tool_choice": {"type": "tool", "name": "f"}}),
    (
        "anthropic",
        {"parallel_tool_calls": False},
        {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
    ),
    (
        "anthropic",
        {"tool_choice": "required", "parallel_tool_calls": False},
        {"tool_choice": {"type": "any", "disable_parallel_tool_use": True}},
    ),
    (
        "anthropic",
        {"response_format": CHAT_FORMAT},
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    ),
    ("anthropic", {"response_format": {"type": "text"}}, {}),
    (
        "anthropic",
        {"reasoning_effort": "high"},
        {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
    ),
    ("anthropic", {"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
    ("gemini", {"max_tokens": 5}, {"generationConfig": {"maxOutputTokens": 5}}),
    (
        "gemini",
        {"temperature": 0, "top_p": 0.5, "top_k": 1, "seed": 0, "stop": "a"},
        {"generationConfig": {"temperature": 0, "topP": 0.5, "topK": 1, "seed": 0, "stopSequences": ["a"]}},
    ),
    (
        "gemini",
        {"generation_config": {"candidateCount": 1}, "frequency_penalty": 0.1},
        {"generationConfig": {"candidateCount": 1, "frequencyPenalty": 0.1}},
    ),
    (
        "gemini",
        {"response_format": CHAT_FORMAT},
        {"generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA}},
    ),
    (
        "gemini",
        {"response_format": {"type": "json_object"}},
        {"generationConfig": {"responseMimeType": "application/json"}},
    ),
    ("gemini", {"reasoning_effort": "low"}, {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}}),
    ("gemini", {"modalities": ["text", "image"]}, {"generationConfig": {"responseModalities": ["TEXT", "IMAGE"]}}),
    ("gemini", {"tool_choice": "required"}, {"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}),
    (
        "gemini",
        {"tool_choice": NAMED},
        {"toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}}},
    ),
    ("gemini", {"n": 1, "parallel_tool_calls": True}, {}),
    ("gemini", {"safety_settings": [], "cached_content": "c"}, {"safetySettings": [], "cachedContent": "c"}),
    (
        "interactions",
        {"max_tokens": 5, "stop": "x"},
        {"generation_config": {"max_output_tokens": 5, "stop_sequences": ["x"]}},
    ),
    (
        "interactions",
        {"reasoning_effort": "low", "seed": 1},
        {"generation_config": {"thinking_level": "low", "seed": 1}},
    ),
    ("interactions", {"thinking_summaries": "auto"}, {"generation_config": {"thinking_summaries": "auto"}}),
    ("interactions", {"tool_choice": "required"}, {"generation_config": {"tool_choice": "any"}}),
    (
        "interactions",
        {"tool_choice": {"type": "function", "function": {"name": "f"}}},
        {"generation_config": {"tool_choice": {"allowed_tools": {"mode": "any", "tools": ["f"]}}}},
    ),
    (
        "interactions",
        {"response_format": CHAT_FORMAT},
        {"response_format": {"type": "text", "mime_type": "application/json", "schema": SCHEMA}},
    ),
    (
        "interactions",
        {"response_format": {"type": "json_object"}},
        {"response_format": {"type": "text", "mime_type": "application/json"}},
    ),
    (
        "interactions",
        {"response_format": {"type": "image", "mime_type": "image/png"}},
        {"response_format": {"type": "image", "mime_type": "image/png"}},
    ),
    ("interactions", {"response_format": {"type": "text"}}, {}),
    ("interactions", {"store": True}, {"store": True}),
    (
        "interactions",
        {"generation_config": {"seed": 2}, "max_tokens": 3},
        {"generation_config": {"seed": 2, "max_output_tokens": 3}},
    ),
    ("ollama", {"max_tokens": 5}, {"options": {"num_predict": 5}}),
    (
        "ollama",
        {"temperature": 0, "num_ctx": 8192, "stop": "a", "repetition_penalty": 1.1},
        {"options": {"temperature": 0, "num_ctx": 8192, "stop": ["a"], "repeat_penalty": 1.1}},
    ),
    ("ollama", {"options": {"mirostat": 2}, "seed": 0}, {"options": {"mirostat": 2, "seed": 0}}),
    ("ollama", {"think": "high", "keep_alive": -1}, {"think": "high", "keep_alive": -1}),
    ("ollama", {"reasoning_effort": "none"}, {"think": False}),
    ("ollama", {"reasoning_effort": "minimal"}, {"think": "low"}),
    ("ollama", {"response_format": CHAT_FORMAT}, {"format": SCHEMA}),
    ("ollama", {"response_format": {"type": "json_object"}}, {"format": "json"}),
    ("ollama", {"response_format": {"type": "text"}, "tool_choice": "auto", "n": 1, "parallel_tool_calls": True}, {}),
    ("ollama", {"truncate": True, "shift": False}, {"truncate": True, "shift": False}),
]
