"""Media, structured answers and provider tools, as the types of the vendors and the validators of the kit take them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from massgen.errors import ConfigurationError
from massgen_conformance.speakers import SPEAKERS
from massgen_conformance.trace import Received
from tests.massgen.wire.recordings import Recording, needed, streams
from tests.massgen.wire.wires import message

from .bodies import MODELS, as_vendor, body_of

Json = Any
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(8)).decode()
PDF = base64.b64encode(b"%PDF-1.7\n" + bytes(8)).decode()
WAV = base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(32)).decode()
IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
LINKED = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
DOCUMENT = {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}}
LINKED_DOCUMENT = {"type": "input_file", "file_url": "https://example.com/a.pdf"}
SOUND = {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}

TAKEN = {
    "chat": [IMAGE, LINKED, DOCUMENT, SOUND],
    "responses": [IMAGE, LINKED, DOCUMENT, LINKED_DOCUMENT],
    "anthropic": [IMAGE, LINKED, DOCUMENT, LINKED_DOCUMENT],
    "gemini": [IMAGE, DOCUMENT, SOUND, LINKED_DOCUMENT],
    "interactions": [IMAGE, LINKED, DOCUMENT, SOUND, LINKED_DOCUMENT],
    "ollama": [IMAGE],
}

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FORMAT = {"type": "json_schema", "json_schema": {"name": "place", "schema": SCHEMA, "strict": True}}
# Where the schema is in the body of each wire.
ANSWERS: dict[str, tuple[str, ...]] = {
    "chat": ("response_format", "json_schema", "schema"),
    "responses": ("text", "format", "schema"),
    "anthropic": ("output_config", "format", "schema"),
    "gemini": ("generationConfig", "responseJsonSchema"),
    "interactions": ("response_format", "schema"),
    "ollama": ("format",),
}
# Tools of the provider's own that a caller gives among its tools, in the provider's shape.
OWN_TOOLS: dict[str, list[Json]] = {
    "responses": [
        {"type": "file_search", "vector_store_ids": ["vs_1"]},
        {"type": "image_generation"},
        {"type": "mcp", "server_label": "s", "server_url": "https://example.com/mcp", "require_approval": "never"},
    ],
    "anthropic": [{"type": "web_fetch_20250910", "name": "web_fetch"}],
    "gemini": [{"urlContext": {}}, {"fileSearch": {"fileSearchStoreNames": ["fileSearchStores/s"]}}],
    "interactions": [{"type": "url_context"}, {"type": "mcp_server", "name": "s", "url": "https://example.com/mcp"}],
}
SPEAKER = {
    "chat": "openai_chat",
    "responses": "openai_responses",
    "anthropic": "anthropic_messages",
    "gemini": "gemini_generate",
    "ollama": "ollama_chat",
}
PATHS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "anthropic": "/v1/messages",
    "ollama": "/api/chat",
    "gemini": f"/v1beta/models/{MODELS['gemini']}:streamGenerateContent?alt=sse",
}
HEADERS = {"content-type": "application/json", "authorization": "Bearer k", "anthropic-version": "2026-10-21"}


def objections(wire: str, body: Json) -> list[str]:
    """What the kit's player of this wire says to the body; nothing where the kit does not play it."""
    if wire not in SPEAKER:
        return []
    headers = {**HEADERS, "x-api-key": "k", "x-goog-api-key": "k"}
    sent = Received("POST", PATHS[wire], tuple(headers.items()), json.dumps(body).encode())
    found: list[str] = SPEAKERS[SPEAKER[wire]].problems(sent)
    return found


@pytest.mark.parametrize("wire", MODELS)
async def test_media_goes_out_as_the_vendor_and_the_kit_take_it(wire: str) -> None:
    body = await body_of(wire, messages=[{"role": "user", "content": ["see", *TAKEN[wire]]}])
    assert as_vendor(wire, body) == body
    assert objections(wire, body) == []
    for part, given in ((IMAGE, PNG), (DOCUMENT, PDF), (SOUND, WAV)):
        assert (given in json.dumps(body)) == (part in TAKEN[wire])


@pytest.mark.parametrize(
    ("wire", "part"), [("anthropic", SOUND), ("chat", LINKED_DOCUMENT)], ids=["sound to Anthropic", "a link to Chat"]
)
async def test_media_that_a_wire_does_not_have_is_refused_before_anything_is_sent(wire: str, part: Json) -> None:
    with pytest.raises(ConfigurationError):
        await body_of(wire, messages=[{"role": "user", "content": ["see", part]}])


@pytest.mark.parametrize("wire", MODELS)
async def test_a_schema_for_the_answer_goes_out_as_the_vendor_and_the_kit_take_it(wire: str) -> None:
    body = await body_of(wire, {"response_format": FORMAT})
    assert as_vendor(wire, body) == body
    assert objections(wire, body) == []
    found: Json = body
    for key in ANSWERS[wire]:
        found = found[key]
    assert found == SCHEMA


@pytest.mark.parametrize("wire", OWN_TOOLS)
async def test_tools_of_the_provider_go_out_beside_those_that_a_flag_turns_on(wire: str) -> None:
    flags = {"enable_web_search": True, "enable_code_execution": True}
    body = await body_of(wire, flags, tools=OWN_TOOLS[wire])
    assert as_vendor(wire, body) == body
    assert objections(wire, body) == []
    assert len(body["tools"]) == 2 + len(OWN_TOOLS[wire])
    assert [tool for tool in body["tools"] if tool in OWN_TOOLS[wire]] == OWN_TOOLS[wire]


@pytest.mark.parametrize("wire", ["anthropic", "gemini"])
async def test_a_stored_conversation_is_refused_where_the_wire_has_none(wire: str) -> None:
    with pytest.raises(ConfigurationError, match="send the whole history"):
        await body_of(wire, {"previous_response_id": "r"})
    assert (await body_of("responses", {"previous_response_id": "r"}))["previous_response_id"] == "r"


OWN_KEY = {
    "openai-responses": ("responses", "openai_responses", "items"),
    "anthropic-messages": ("anthropic", "anthropic", "content"),
    "gemini-generate": ("gemini", "gemini", "parts"),
}
HOSTED = {"server-tools", "web-search", "code-execution", "file-search-call", "image-generation-call", "mcp"}


@needed
@pytest.mark.parametrize("recording", [each for each in streams() if HOSTED & set(each.values[0].features)])
async def test_a_recorded_answer_with_tools_of_the_provider_goes_back_and_to_any_other(recording: Recording) -> None:
    decoder = recording.decoder()
    chunks = [*decoder.feed(recording.body), *decoder.close()]
    if recording.protocol not in OWN_KEY or message(chunks).get("tool_calls"):
        pytest.skip("the Chat wire takes nothing back; calls of the caller's are another test's")
    own, key, blocks = OWN_KEY[recording.protocol]
    kept = message(chunks)[key]
    verbatim = [block for block in kept[blocks] if not _blank(block)]
    history = [{"role": "user", "content": "go"}, message(chunks), {"role": "user", "content": "go on"}]
    for wire in MODELS:
        body = await body_of(wire, {"model": kept["model"] if wire == own else MODELS[wire]}, messages=history)
        assert objections(wire, body) == []
        if wire == own:
            assert (json.dumps(verbatim)[1:-1] in json.dumps(body)) == _stands_alone(kept[blocks])
        else:
            assert as_vendor(wire, body) == body


def _blank(block: Json) -> bool:
    """Text that Anthropic's API refuses, although its own answers hold it."""
    return block.get("type") == "text" and not block["text"].strip()


def _stands_alone(blocks: list[Json]) -> bool:
    """False for what OpenAI stores: reasoning that is nothing but its id."""
    return all(block.get("type") != "reasoning" or block.get("encrypted_content") for block in blocks)
