"""Speakers accept what providers accepted, object to what providers object to, and read all wires alike."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from massgen_conformance.providers import PROVIDERS
from massgen_conformance.scenario import ToolCall, Turn
from massgen_conformance.speakers import SPEAKERS
from massgen_conformance.speakers.base import SentCall, SentMedia, SentMessage, SentResult, SentThinking, SentTool
from massgen_conformance.trace import Received

from .right_requests import BODIES, CHAT, GENERATE, HEADERS, MESSAGES, OLLAMA, PATHS, RESPONSES, SCHEMA

GONE: Any = object()


def received(wire: str, body: Any, path: str = "", drop: str = "") -> Received:
    headers = tuple((name, value) for name, value in HEADERS.items() if name != drop)
    return Received("POST", path or PATHS[wire], headers, json.dumps(body).encode())


def changed(body: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    """A copy of the body with one value replaced, added or (GONE) removed; `place` is its path, dotted."""
    copied = copy.deepcopy(body)
    *above, last = [int(part) if part.isdecimal() else part for part in place.split(".")]
    held: Any = copied
    for key in above:
        held = held[key]
    if value is GONE:
        del held[last]
    else:
        held[last] = value
    return copied


@pytest.mark.parametrize("wire", BODIES)
def test_a_right_request_has_no_problems(wire: str) -> None:
    assert SPEAKERS[wire].problems(received(wire, BODIES[wire])) == []


@pytest.mark.parametrize("wire", BODIES)
def test_all_wires_are_read_alike(wire: str) -> None:
    request = SPEAKERS[wire].read(received(wire, BODIES[wire]))
    assert (request.system, request.stream) == ("Be brief.", True)
    image = "iVBORw0KGgo=" if wire == "ollama_chat" else "AAAA"  # there the bytes alone say what they are
    assert request.messages[0] == SentMessage("user", "Weather?", media=(SentMedia("image/png", image),))
    assert [(call.id, call.name, json.loads(call.arguments)) for call in request.calls] == [
        ("a", "w", {"city": "Oslo"}),
        ("b", "t", {}),
    ]
    assert [(result.id, result.text) for result in request.results] == [("a", "rain"), ("b", "noon")]
    assert [message.role for message in request.messages] == ["user", "assistant", "tool", "tool"]
    assert request.tools == (SentTool("w", "d", SCHEMA),)


def test_what_must_be_shown_again_is_read_from_its_place() -> None:
    read = {wire: SPEAKERS[wire].read(received(wire, body)) for wire, body in BODIES.items()}
    assert read["openai_responses"].thinking == (SentThinking("", "c2ln"),)
    assert read["anthropic_messages"].thinking == (SentThinking("", "c2ln"),)
    assert read["gemini_interactions"].thinking == (SentThinking("", "c2ln", summary=True),)
    assert read["gemini_generate"].calls[0] == SentCall("a", "w", '{"city":"Oslo"}', "c2ln")
    details = [
        {"type": "reasoning.text", "text": "I see.", "index": 0},
        {"type": "reasoning.text", "text": "", "signature": "c2ln", "index": 0},
        {"type": "reasoning.encrypted", "data": "eA==", "index": 1},
    ]
    routed = received("openai_chat", changed(CHAT, "messages.2.reasoning_details", details))
    assert PROVIDERS["openrouter"].speaker.problems(routed) == []
    assert PROVIDERS["openrouter"].speaker.read(routed).thinking == (
        SentThinking("I see.", "c2ln"),
        SentThinking("", redacted="eA=="),
    )
    told = received("openai_chat", changed(CHAT, "messages.2.reasoning_content", "I see."))
    assert PROVIDERS["deepseek"].speaker.read(told).thinking == (SentThinking("I see."),)


BAD: list[tuple[str, str, Any, str]] = [
    ("openai_chat", "model", GONE, "model is missing"),
    ("openai_chat", "model", "", "model is non-empty text"),
    ("openai_chat", "temperature", None, "temperature is a number"),
    ("openai_chat", "temperature", "0.5", "temperature is a number"),
    ("openai_chat", "cwd", "/tmp", "cwd is unknown to the provider"),
    ("openai_chat", "tools", [], "tools has at least 1 item(s)"),
    ("openai_chat", "tools.0.function.parameters", {"type": "string"}, "parameters.type is 'object'"),
    ("openai_chat", "tools.0.function.name", "a b", "tool name 'a b' does not match"),
    ("openai_chat", "tools", [CHAT["tools"][0]] * 2, "tool name 'w' is offered twice"),
    ("openai_chat", "messages.0.role", "robot", "messages[0].role is one of"),
    ("openai_chat", "messages.1.content", None, "messages[1].content is text"),
    ("openai_chat", "messages.1.content.0.text", 5, "messages[1].content[0].text is text"),
    ("openai_chat", "messages.1.reasoning", "hm", "messages[1].reasoning is unknown"),
    ("openai_chat", "messages.2.tool_calls", GONE, "messages[2].content is null without tool_calls"),
    ("openai_chat", "messages.2.tool_calls.0.function.arguments", {}, "arguments is text"),
    ("openai_chat", "messages.2.tool_calls.0.id", "", "id is non-empty text"),
    ("openai_chat", "messages.3", GONE, "call 'a' has no result"),
    ("openai_chat", "messages.4", GONE, "call 'b' has no result before the end"),
    ("openai_chat", "messages.4.tool_call_id", "a", "answers 'a', which the message before it did not call"),
    ("openai_chat", "messages.2.tool_calls.1.id", "a", "uses call id 'a' again"),
    ("openai_chat", "messages.2.reasoning_details", [], "reasoning_details is unknown"),
    ("openai_chat", "stream", False, "stream_options is legal only with stream"),
    ("openai_chat", "tool_choice", "always", "tool_choice is one of"),
    ("openai_responses", "messages", [], "messages is unknown"),
    ("openai_responses", "input", [], "input has at least 1"),
    ("openai_responses", "tools.0.function", {}, "tools[0].function is unknown"),
    ("openai_responses", "input.0.content.0.type", "text", "type is one of input_text"),
    ("openai_responses", "input.0.content.1.image_url", {"url": "x"}, "image_url is non-empty text"),
    ("openai_responses", "input.2.call_id", GONE, "input[2].call_id is missing"),
    ("openai_responses", "input.4.call_id", "z", "answers 'z'"),
    ("openai_responses", "input.5", GONE, "call 'b' has no result"),
    ("openai_responses", "input.1.encrypted_content", GONE, "reasoning without encrypted_content"),
    ("openai_responses", "input", RESPONSES["input"][:2], "reasoning without the item that followed it"),
    ("openai_responses", "stream_options", {"include_usage": True}, "include_usage is unknown"),
    ("anthropic_messages", "max_tokens", GONE, "max_tokens is missing"),
    ("anthropic_messages", "system", "", "system is non-empty text"),
    ("anthropic_messages", "messages.0.role", "tool", "messages[0].role is one of"),
    ("anthropic_messages", "messages.0.content.0.text", "", "text is non-empty text"),
    ("anthropic_messages", "messages.1.content.0.signature", "", "signature is non-empty text"),
    ("anthropic_messages", "messages.1.content.0.signature", GONE, "signature is missing"),
    ("anthropic_messages", "messages.1.content.1.input", "{}", "input is an object"),
    ("anthropic_messages", "messages.2.content.0.tool_use_id", "z", "answers 'z'"),
    ("anthropic_messages", "messages.2", GONE, "call 'a' has no result"),
    (
        "anthropic_messages",
        "messages.2.content",
        [{"type": "text", "text": "x"}, *MESSAGES["messages"][2]["content"]],
        "content before its tool_result",
    ),
    ("anthropic_messages", "messages", MESSAGES["messages"][1:], "first message is the user's"),
    ("anthropic_messages", "thinking", {"type": "enabled", "budget_tokens": 9}, "budget_tokens is at least 1024"),
    ("anthropic_messages", "tools.0.parameters", {}, "tools[0].parameters is unknown"),
    ("anthropic_messages", "stop", ["x"], "stop is unknown"),
    ("gemini_interactions", "model", GONE, "model is missing"),
    ("gemini_interactions", "input.0.content.0.text", 5, "text is text"),
    ("gemini_interactions", "input.2.arguments", "{}", "arguments is an object"),
    ("gemini_interactions", "input.4.call_id", "z", "answers 'z'"),
    ("gemini_interactions", "input.5", GONE, "call 'b' has no result"),
    ("gemini_interactions", "generation_config", {"maxOutputTokens": 1}, "maxOutputTokens is unknown"),
    ("gemini_interactions", "tools.0.name", "a b", "tool name 'a b' does not match"),
    ("gemini_generate", "contents", [], "contents has at least 1"),
    ("gemini_generate", "contents.1.role", "assistant", "role is one of user, model"),
    ("gemini_generate", "contents.0.parts.0", {}, "has one kind of data"),
    ("gemini_generate", "contents.1.parts.0.thoughtSignature", GONE, "missing a thought_signature"),
    ("gemini_generate", "contents.1.parts.0.thoughtSignature", "?!", "thoughtSignature is base64"),
    ("gemini_generate", "contents.1.parts.0.functionCall.args", "{}", "args is an object"),
    ("gemini_generate", "contents.2.parts.0.functionResponse.response", "rain", "response is an object"),
    ("gemini_generate", "contents.2.parts.0.functionResponse.id", "zz", "answers 'zz'"),
    ("gemini_generate", "contents.2.parts.0", GONE, "call 'a' has no result"),
    ("gemini_generate", "tools.0.functionDeclarations", [], "functionDeclarations has at least 1"),
    ("gemini_generate", "generationConfig", {"max_tokens": 5}, "maxTokens is unknown"),
    (
        "gemini_generate",
        "generationConfig",
        {"thinkingConfig": {"thinkingBudget": 1, "thinkingLevel": "LOW"}},
        "budget or a level",
    ),
    ("gemini_generate", "messages", [], "messages is unknown"),
    ("ollama_chat", "model", GONE, "model is missing"),
    ("ollama_chat", "temperature", 0.5, "temperature is unknown to the provider"),
    ("ollama_chat", "options.temperature", "hot", "options.temperature is a number"),
    ("ollama_chat", "options.num_context", 5, "options.num_context is unknown"),
    ("ollama_chat", "think", "hard", "think is true or false"),
    ("ollama_chat", "messages.1.content", [{"type": "text", "text": "x"}], "messages[1].content is text"),
    ("ollama_chat", "messages.1.images", ["data:image/png;base64,AAAA"], "images[0] is base64"),
    ("ollama_chat", "messages.2.tool_calls.0.function.arguments", "{}", "arguments is an object"),
    ("ollama_chat", "messages.3.tool_call_id", "z", "answers 'z'"),
    ("ollama_chat", "messages.4", GONE, "call 'b' has no result"),
    ("ollama_chat", "tools.0.function.strict", True, "strict is unknown"),
    ("ollama_chat", "tool_choice", "auto", "tool_choice is unknown"),
]


@pytest.mark.parametrize(("wire", "place", "value", "problem"), BAD)
def test_a_wrong_request_is_objected_to(wire: str, place: str, value: Any, problem: str) -> None:
    found = SPEAKERS[wire].problems(received(wire, changed(BODIES[wire], place, value)))
    assert any(problem in each for each in found), found


@pytest.mark.parametrize("wire", BODIES)
def test_method_path_and_headers_are_judged(wire: str) -> None:
    speaker, body = SPEAKERS[wire], BODIES[wire]
    assert any("path ends in" in each for each in speaker.problems(received(wire, body, "/v1/chat")))
    assert any("empty segment" in each for each in speaker.problems(received(wire, body, "/v1/" + PATHS[wire])))
    assert any("content-type" in each for each in speaker.problems(received(wire, body, drop="content-type")))
    got = received(wire, body)
    assert any("POST" in each for each in speaker.problems(Received("GET", got.target, got.headers, got.body)))
    assert any("not JSON" in each for each in speaker.problems(Received("POST", got.target, got.headers, b"[]")))
    assert any("not JSON" in each for each in speaker.problems(Received("POST", got.target, got.headers, b"{")))


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if not PROVIDERS[name].key_optional])
def test_the_key_is_missed(provider: str) -> None:
    profile = PROVIDERS[provider]
    bare = tuple((name, value) for name, value in HEADERS.items() if "key" not in name and name != "authorization")
    problems = profile.speaker.problems(
        Received("POST", PATHS[profile.wire], bare, json.dumps(BODIES[profile.wire]).encode())
    )
    assert any(profile.key_header in each.lower() or "authorization" in each.lower() for each in problems), problems


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if PROVIDERS[name].key_optional])
def test_no_key_is_missed_where_it_is_optional(provider: str) -> None:
    profile = PROVIDERS[provider]
    body = json.dumps(BODIES[profile.wire]).encode()
    bare = Received("POST", PATHS[profile.wire], (("content-type", "application/json"),), body)
    assert profile.speaker.problems(bare) == []


def test_ollama_pairs_results_without_an_id_by_their_tool() -> None:
    bare = copy.deepcopy(OLLAMA)
    for call in bare["messages"][2]["tool_calls"]:
        del call["id"]
    for message in bare["messages"][3:]:
        del message["tool_call_id"]
    assert SPEAKERS["ollama_chat"].problems(received("ollama_chat", bare)) == []
    bare["messages"][3]["tool_name"] = "t"
    assert SPEAKERS["ollama_chat"].problems(received("ollama_chat", bare))


def test_anthropics_version_decides_about_sampling() -> None:
    body = {**MESSAGES, "temperature": 1.0}
    old = received("anthropic_messages", body)
    assert SPEAKERS["anthropic_messages"].problems(old) == []
    headers = tuple((k, "2026-10-21" if k == "anthropic-version" else v) for k, v in old.headers)
    found = SPEAKERS["anthropic_messages"].problems(Received("POST", old.target, headers, old.body))
    assert found == ["temperature does not exist in version 2026-10-21"]
    assert any(
        "anthropic-version" in each
        for each in SPEAKERS["anthropic_messages"].problems(
            received("anthropic_messages", MESSAGES, drop="anthropic-version")
        )
    )


def test_deepseek_wants_its_reasoning_back_beside_calls_while_it_thinks() -> None:
    judge = PROVIDERS["deepseek"].speaker.problems
    assert judge(received("openai_chat", CHAT)) == ["messages[2].reasoning_content is missing beside its tool_calls"]
    assert judge(received("openai_chat", changed(CHAT, "messages.2.reasoning_content", " "))) == []
    assert judge(received("openai_chat", changed(CHAT, "thinking", {"type": "disabled"}))) == []
    assert judge(received("openai_chat", changed(CHAT, "model", "deepseek-chat"))) == []


def test_moonshot_wants_it_back_as_well() -> None:
    body = changed(CHAT, "messages.0.role", "system")
    judge = PROVIDERS["moonshot"].speaker.problems
    assert judge(received("openai_chat", body)) == ["messages[2].reasoning_content is missing beside its tool_calls"]
    assert judge(received("openai_chat", changed(body, "messages.2.reasoning_content", " "))) == []


def test_zai_knows_no_strict_function() -> None:
    body = changed(CHAT, "messages.0.role", "system")
    assert PROVIDERS["zai"].speaker.problems(received("openai_chat", body)) == []
    strict = changed(body, "tools.0.function.strict", True)
    (problem,) = PROVIDERS["zai"].speaker.problems(received("openai_chat", strict))
    assert problem == "tools[0].function.strict is unknown to the provider"


def test_zai_sends_calls_in_pieces_only_where_they_are_asked_for() -> None:
    turn, speaker = Turn((ToolCall("f", ('{"a":', "1}")),), finish="tool_calls"), PROVIDERS["zai"].speaker
    plain = speaker.say(turn, request=received("openai_chat", CHAT))
    asked = speaker.say(turn, request=received("openai_chat", {**CHAT, "tool_stream": True}))
    assert [b"".join(said).count(b"tool_calls") for said in (plain, asked)] == [2, 4]


def test_google_takes_snake_case_and_null_as_its_parser_does() -> None:
    body = {"contents": GENERATE["contents"][:1], "system_instruction": {"parts": {"text": "Be brief."}}, "tools": None}
    got = received("gemini_generate", body)
    assert SPEAKERS["gemini_generate"].problems(got) == []
    assert SPEAKERS["gemini_generate"].read(got).system == "Be brief."


def test_an_older_gemini_needs_no_signature_and_no_ids() -> None:
    parts = [{"functionCall": {"name": "w", "args": {}}}, {"functionCall": {"name": "w", "args": {}}}]
    answers = [{"functionResponse": {"name": "w", "response": {"error": "x"}}}] * 2
    contents = [GENERATE["contents"][0], {"role": "model", "parts": parts}, {"role": "user", "parts": answers}]
    got = received("gemini_generate", {"contents": contents}, "/v1beta/models/gemini-2.5-flash:streamGenerateContent")
    assert SPEAKERS["gemini_generate"].problems(got) == []
    assert SPEAKERS["gemini_generate"].read(got).results[0] == SentResult("", "w", "x", True)


FOLDERS = {
    "openai-chat/openai": "openai_chat",
    "openai-chat/groq": "groq",
    "openai-chat/deepseek": "deepseek",
    "openai-chat/openrouter": "openrouter",
    "openai-chat/cerebras": "cerebras",
    "openai-chat/zai": "zai",
    "openai-responses/openai": "openai",
    "openai-chat/xai": "grok-chat",
    "mistral-chat/mistral": "mistral",
    "openai-chat/azure": "azure_openai",
    "openai-responses/xai": "grok",
    "anthropic-messages/anthropic": "claude",
    "gemini-generate/google": "gemini",
    "ollama-chat/ollama": "ollama",
}


def accepted(folder: Path) -> Iterator[tuple[str, Received]]:
    """Recorded requests that the provider answered with 200."""
    for file in sorted(folder.rglob("*.json")):
        recording = json.loads(file.read_text())
        request = recording["request"]
        if not request["recorded"] or not isinstance(request["body"], dict) or recording["response"]["status"] != 200:
            continue
        path = request["uri"].partition("://")[2].partition("/")[2] if "://" in request["uri"] else request["uri"]
        headers = tuple({**HEADERS, **request["headers"]}.items())
        target = "/" + path.lstrip("/").replace(":generateContent", ":streamGenerateContent")
        yield file.name, Received("POST", target, headers, json.dumps(request["body"]).encode())


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_request_that_a_provider_accepted_has_a_problem(recordings: Path, folder: str) -> None:
    name = FOLDERS[folder]
    speaker = PROVIDERS[name].speaker if name in PROVIDERS else SPEAKERS[name]
    judged = {file: speaker.problems(request) for file, request in accepted(recordings / folder)}
    assert len(judged) >= 5
    assert {file: problems for file, problems in judged.items() if problems} == {}
    for _, request in accepted(recordings / folder):
        assert speaker.read(request).messages
