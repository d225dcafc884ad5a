"""Configurations: every problem at once, with its place and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.backend.capabilities import BACKEND_CAPABILITIES
from massgen.config_source import parse
from massgen.config_validator import Problem, Severity, validate_config, validate_file

EXAMPLES = sorted((Path(__file__).parents[2] / "massgen" / "configs").rglob("*.yaml"))


def of_backend(backend: Any) -> list[Problem]:
    return validate_config({"agent": {"backend": backend}})


def said(problems: list[Problem]) -> list[tuple[str, str]]:
    """`(what it is about, severity)`; the path is that of the backend."""
    return [(problem.path.removeprefix("agent.backend").lstrip("."), str(problem.severity)) for problem in problems]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_valid_and_names_a_listed_model(path: Path) -> None:
    assert validate_file(path) == []
    data = parse(path.read_text()).data
    agents = data.get("agents") or [data["agent"]]
    kinds = {agent["backend"]["type"] for agent in agents}
    assert kinds == {path.parent.name}
    for agent in agents:
        row = BACKEND_CAPABILITIES[agent["backend"]["type"]]
        assert row.is_open or agent["backend"]["model"] in row.models


@pytest.mark.parametrize("kind", BACKEND_CAPABILITIES)
def test_every_type_has_an_example_alone_and_one_with_tools(kind: str) -> None:
    names = {path.name for path in EXAMPLES if path.parent.name == kind}
    assert names >= {f"single_{kind}.yaml", f"{kind}_with_tools.yaml"}


BACKENDS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"type": "groq"}, []),
    ({"type": "GROQ", "model": "openai/gpt-oss-120b", "temperature": 0.5, "user": "me"}, []),
    ({"type": "groq", "a_new_parameter": 1}, []),
    ({"type": "qroq"}, [("type", "error")]),
    ({"type": 7}, [("type", "error")]),
    ({}, [("", "error")]),
    ({"type": "groq", "model": "openai/gpt-oss-12b"}, [("model", "warning")]),
    ({"type": "openai", "model": "gpt-5.4-2026-03-05"}, []),
    ({"type": "openrouter", "model": "anybody/anything"}, []),
    ({"type": "chatcompletion"}, [("", "error"), ("", "error")]),
    ({"type": "chatcompletion", "base_url": "127.0.0.1", "model": "m"}, [("base_url", "error")]),
    ({"type": "chatcompletion", "base_url": "http://127.0.0.1/v1", "model": "m"}, []),
    ({"type": "groq", "max_retrys": 3}, [("max_retrys", "error")]),
    ({"type": "groq", "rate_limits": {"rpm": 30, "tpm": 6000}, "enable_rate_limit": True}, []),
    ({"type": "groq", "rate_limits": {"rpm": 0}}, [("rate_limits", "error")]),
    ({"type": "groq", "enable_rate_limit": True}, [("enable_rate_limit", "error")]),
    ({"type": "groq", "llm_circuit_breaker_max_failures": 2}, [("llm_circuit_breaker_max_failures", "error")]),
    ({"type": "groq", "context_compresion": False}, [("context_compresion", "error")]),
    ({"type": "groq", "temprature": 3}, [("temprature", "error")]),
    ({"type": "groq", "idle_timeout": 0}, [("idle_timeout", "error")]),
    ({"type": "groq", "idle_timeout": "3 s"}, [("idle_timeout", "error")]),
    ({"type": "groq", "total_timeout": True}, [("total_timeout", "error")]),
    ({"type": "groq", "connect_timeout": 0.5}, []),
    ({"type": "groq", "max_retries": -1}, [("max_retries", "error")]),
    ({"type": "groq", "max_retries": 1.5}, [("max_retries", "error")]),
    ({"type": "groq", "max_retries": 0}, []),
    ({"type": "groq", "extra_headers": {"x-a": 1}}, [("extra_headers", "error")]),
    ({"type": "groq", "extra_headers": {"x-a": "1"}}, []),
    ({"type": "groq", "api_key": "gsk"}, [("api_key", "warning")]),
    ({"type": "groq", "clock": 1, "http_client": {}}, [("clock", "error"), ("http_client", "error")]),
    ({"type": "groq", "cwd": "here"}, [("cwd", "warning")]),
    ({"type": "groq", "enable_web_search": True}, [("enable_web_search", "error")]),
    ({"type": "claude", "enable_web_search": True, "enable_code_execution": True}, []),
    ({"type": "groq", "mcp_servers": {"a": {}}}, [("mcp_servers", "error")]),
    ({"type": "groq", "system_prompt": "x"}, [("system_prompt", "error")]),
    ({"type": "groq", "reasoning_format": "parsed", "include_reasoning": True}, [("include_reasoning", "error")]),
    ({"type": "groq", "logit_bias": {}}, [("logit_bias", "error")]),
    ({"type": "chatcompletion", "base_url": "http://h/v1", "model": "m", "dialect": {"x": 1}}, [("dialect", "error")]),
    ({"type": "chatcompletion", "base_url": "http://h/v1", "model": "m", "dialect": {"done_sentinel": False}}, []),
    ({"type": "claude", "betas": "one"}, [("betas", "error")]),
    ({"type": "claude", "betas": ["one"]}, []),
    ({"type": "gemini", "vertexai": True, "project": "p"}, []),
    ({"type": "gemini", "vertexai": True, "project": "p", "access_token": "t"}, [("access_token", "warning")]),
    ({"type": "gemini", "project": "p"}, [("project", "error")]),
    ({"type": "fireworks", "reasoning_effort": "low", "thinking": {}}, [("reasoning_effort", "error")]),
    ({"type": "moonshot", "temperature": 0.2}, [("temperature", "warning")]),
    ({"type": "moonshot", "temperature": 1}, []),
    ({"type": "qwen", "enable_thinking": True, "tool_choice": "required"}, [("tool_choice", "warning")]),
    ({"type": "qwen", "enable_thinking": True, "tool_choice": "auto"}, []),
    ({"type": "qwen", "enable_thinking": False, "response_format": {"type": "json_object"}}, []),
    ({"type": "zai", "max_tokens": 200_000}, [("max_tokens", "error")]),
    ({"type": "zai", "max_tokens": 131_072, "tool_stream": False}, []),
    ({"type": "poe"}, [("", "error")]),
    ({"type": "chatcompletion", "base_url": "https://api.moonshot.cn/v1", "model": "m"}, [("type", "warning")]),
    ({"type": "moonshot", "base_url": "https://api.moonshot.cn/v1", "model": "kimi-k3"}, []),
    ({"type": "together", "model": "somebody/new-model"}, []),
    ({"type": "cerebras", "model": "gpt-oss-120"}, [("model", "warning")]),
    ({"type": "gemini", "tool_choice": "sometimes"}, [("tool_choice", "error")]),
    ({"type": "gemini", "tool_choice": "required"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("backend", "expected"), BACKENDS, ids=lambda value: json.dumps(value)[:60])
def test_a_backend(backend: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert said(of_backend(backend)) == expected


def test_a_suggestion_names_what_was_probably_meant() -> None:
    texts = [str(problem) for problem in of_backend({"type": "groq", "max_retrys": 3, "model": "openai/gpt-oss-12b"})]
    assert any("did you mean max_retries?" in text for text in texts)
    assert any("did you mean openai/gpt-oss-120b?" in text for text in texts)


CONFIGS: list[tuple[Any, list[str]]] = [
    (None, [""]),
    ([], [""]),
    ("text", [""]),
    ({}, [""]),
    ({"agents": []}, ["agents"]),
    ({"agents": {"a": 1}}, ["agents"]),
    ({"agents": [7]}, ["agents[0]"]),
    ({"agents": [{"id": "a"}]}, ["agents[0]"]),
    ({"agents": [{"id": "a", "backend": "groq"}]}, ["agents[0].backend"]),
    ({"agents": [{"backend": {"type": "groq"}}]}, ["agents[0].id"]),
    ({"agents": [{"id": "", "backend": {"type": "groq"}}]}, ["agents[0].id"]),
    ({"agents": [{"id": "a", "backend": {"type": "groq"}}] * 2}, ["agents[1].id"]),
    ({"agents": [{"id": "a", "bakcend": {"type": "groq"}}]}, ["agents[0].bakcend", "agents[0]"]),
    ({"agents": [{"id": "a", "backend": {"type": "groq"}}], "agent": {"backend": {"type": "groq"}}}, ["agent"]),
    ({"agent": {"backend": {"type": "groq"}}, "orchestrator": {}, "ui": {}}, []),
]


@pytest.mark.parametrize(("config", "paths"), CONFIGS, ids=lambda value: json.dumps(value)[:60])
def test_a_shape(config: Any, paths: list[str]) -> None:
    assert [problem.path for problem in validate_config(config)] == paths


def test_all_problems_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "agents:\n"
        "  - id: one\n"
        "    backend:\n"
        "      type: groq\n"
        "      idle_timeout: 0\n"
        "      type: groq\n"
        "  - id: one\n"
        "    backend:\n"
        "      type: qroq\n"
    )
    assert [(problem.line, problem.column, problem.path) for problem in validate_file(path)] == [
        (5, 7, "agents[0].backend.idle_timeout"),
        (6, 7, "agents[0].backend.type"),
        (7, 5, "agents[1].id"),
        (9, 7, "agents[1].backend.type"),
    ]


def test_what_is_missing_is_placed_where_it_should_be(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("agent:\n  backend:\n    type: chatcompletion\n    model: m\n")
    (problem,) = validate_file(path)
    assert (problem.line, problem.column) == (2, 3)
    assert str(problem).startswith("2:3: error: agent.backend: base_url is required")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("agents: [\n", 2),
        ("a: b: c\n", 1),
        ("agent: !!python/object:os.system {}\n", 1),
        ("\x00", 1),
        ("a: 2026-99-99", 1),
    ],
)
def test_what_is_not_yaml_is_one_problem_with_its_line(text: str, line: int, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    (problem,) = validate_file(path)
    assert problem.severity is Severity.ERROR
    assert problem.line == line
    assert "not YAML" in problem.message


def test_json_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"agent": {"backend": {"type": "groq"}}}, indent=2))
    assert validate_file(path) == []


def test_merged_keys_are_not_repeated_ones(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "base: &base {type: groq, max_retries: 1}\n"
        "agents:\n"
        "  - id: a\n"
        "    backend: {<<: *base, max_retries: 2}\n"
        "  - id: b\n"
        "    backend: *base\n"
    )
    assert validate_file(path) == []


def test_a_nest_of_anchors_is_walked_in_no_time() -> None:
    """Each line holds the line before nine times: walked through every anchor this would be 9 to the 60th."""
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 60))
    assert len(parse(text).marks) < 2000
    assert parse("a: &a [*a]\n").marks


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["agents", "agent", "id", "backend", "type", "model", "base_url", "dialect", "max_retries",
                         "extra_headers", "betas", "temperature", "tool_choice", "extra_body", "max_tokens"])
        | st.text(max_size=5), inner, max_size=4),
))  # fmt: skip
def test_no_configuration_breaks_the_validator(config: Any) -> None:
    assert all(str(problem) for problem in validate_config(config))


@given(
    st.sampled_from(sorted(BACKEND_CAPABILITIES)),
    st.dictionaries(
        st.sampled_from(["model", "base_url", "dialect", "max_retries", "idle_timeout", "extra_headers", "betas",
                         "temperature", "tool_choice", "extra_body", "max_tokens", "response_format", "thinking",
                         "reasoning_effort", "stop", "generation_config", "auth_token", "http_client", "reasoning"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=3), max_size=2)
        | st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    ),
)  # fmt: skip
def test_no_option_breaks_the_validator(kind: str, options: dict[str, Any]) -> None:
    assert all(problem.message for problem in of_backend({"type": kind, **options}))
