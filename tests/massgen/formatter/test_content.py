"""Media on each wire: the bytes given are the bytes sent, in their order, under their real type."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen.errors import ConfigurationError
from massgen.formatter import _media

from .histories import FORMATTERS

Json = Any
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
JPEG = b"\xff\xd8\xff\xe0" + bytes(64)
PDF = b"%PDF-1.7\n" + bytes(64)
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(32)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def user_content(wire: str, *parts: Json) -> list[Json]:
    written = FORMATTERS[wire].format_messages([{"role": "user", "content": list(parts)}])
    if wire == "ollama":
        return [{"text": written[0]["content"]}, *({"image": image} for image in written[0].get("images", ()))]
    content: list[Json] = written[0]["parts" if wire == "gemini" else "content"]
    return content


def image_of(wire: str, part: Json) -> tuple[str, str]:
    """The media type and the base64 text that a provider reads."""
    if wire == "anthropic":
        return part["source"]["media_type"], part["source"]["data"]
    if wire == "gemini":
        return part["inlineData"]["mimeType"], part["inlineData"]["data"]
    if wire == "interactions":
        return part["mime_type"], part["data"]
    if wire == "ollama":  # the bytes alone; the server looks what they are
        return {"/9j/": "image/jpeg"}.get(part["image"][:4], "image/png"), part["image"]
    url = part["image_url"]["url"] if wire == "chat" else part["image_url"]
    header, data = url.split(",", 1)
    return header.removeprefix("data:").removesuffix(";base64"), data


IMAGE_FORMS = {
    "chat data url": lambda data, kind: {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{b64(data)}"}},
    "plain data url": lambda data, kind: {"type": "image_url", "image_url": f"data:{kind};base64,{b64(data)}"},
    "responses": lambda data, kind: {"type": "input_image", "image_url": f"data:{kind};base64,{b64(data)}"},
    "anthropic": lambda data, kind: {
        "type": "image",
        "source": {"type": "base64", "media_type": kind, "data": b64(data)},
    },
    "gemini": lambda data, kind: {"inlineData": {"mimeType": kind, "data": b64(data)}},
    "gemini snake": lambda data, kind: {"inline_data": {"mime_type": kind, "data": b64(data)}},
    "mcp": lambda data, kind: {"type": "image", "data": b64(data), "mimeType": kind},
    "flat": lambda data, kind: {"type": "image", "base64": b64(data), "mime_type": kind},
    "bytes": lambda data, kind: {"type": "image", "data": data},
    "folded base64": lambda data, kind: {"type": "image", "data": base64.encodebytes(data).decode(), "mimeType": kind},
    "url-safe base64": lambda data, kind: {
        "type": "image",
        "data": base64.urlsafe_b64encode(data).decode().rstrip("="),
        "mimeType": kind,
    },
}


@pytest.mark.parametrize("wire", FORMATTERS)
@pytest.mark.parametrize("form", IMAGE_FORMS)
def test_an_image_arrives_byte_for_byte_and_its_type_comes_from_the_bytes(wire: str, form: str) -> None:
    for data, real, told in ((PNG, "image/png", "image/jpeg"), (JPEG, "image/jpeg", "image/png")):
        part = IMAGE_FORMS[form](data, told)
        sent = next(p for p in user_content(wire, part) if "text" not in p)
        media_type, text = image_of(wire, sent)
        assert media_type == real
        assert base64.b64decode(text, validate=True) == data


@pytest.mark.parametrize("wire", [wire for wire in FORMATTERS if wire != "ollama"])  # which has images beside the text
@given(st.lists(st.sampled_from("tij"), min_size=2, max_size=8))
def test_texts_and_images_keep_their_order(wire: str, kinds: list[str]) -> None:
    image = {"i": IMAGE_FORMS["mcp"](PNG, "image/png"), "j": IMAGE_FORMS["mcp"](JPEG, "image/jpeg")}
    sent = user_content(
        wire, {"type": "text", "text": "begin"}, *(image.get(k, f"text {n}") for n, k in enumerate(kinds))
    )
    if isinstance(sent, str):
        sent = [{"text": sent}]
    seen = "".join("t" if "text" in p else {"image/png": "i"}.get(image_of(wire, p)[0], "j") for p in sent)
    assert seen == "t" + "".join(kinds)


URL = "https://example.com/cat.png"
LOCATED = [
    ("chat", {"type": "image_url", "image_url": {"url": URL}}),
    ("responses", {"type": "input_image", "detail": "auto", "image_url": URL}),
    ("anthropic", {"type": "image", "source": {"type": "url", "url": URL}}),
    ("gemini", {"fileData": {"fileUri": URL}}),
]


@pytest.mark.parametrize(
    "form",
    [
        {"type": "image_url", "image_url": {"url": URL}},
        {"type": "input_image", "image_url": URL},
        {"type": "image", "source": {"type": "url", "url": URL}},
        {"type": "image", "url": URL},
    ],
)
@pytest.mark.parametrize(("wire", "expected"), LOCATED)
def test_an_image_by_url_stays_a_url(wire: str, expected: Json, form: Json) -> None:
    assert user_content(wire, "see", form)[1] == expected


SENT = [
    ("responses", {"type": "image", "file_id": "f1"}, {"type": "input_image", "detail": "auto", "file_id": "f1"}),
    (
        "responses",
        {"type": "input_image", "file_id": "f1", "detail": "low"},
        {"type": "input_image", "detail": "low", "file_id": "f1"},
    ),
    (
        "anthropic",
        {"type": "input_image", "file_id": "f1"},
        {"type": "image", "source": {"type": "file", "file_id": "f1"}},
    ),
    ("chat", {"type": "file", "file": {"file_id": "f1"}}, {"type": "file", "file": {"file_id": "f1"}}),
    (
        "chat",
        {"type": "image_url", "image_url": {"url": URL, "detail": "high"}},
        {"type": "image_url", "image_url": {"url": URL, "detail": "high"}},
    ),
    (
        "chat",
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": b64(PDF)},
            "title": "a.pdf",
        },
        {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{b64(PDF)}"}},
    ),
    (
        "responses",
        {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{b64(PDF)}"}},
        {"type": "input_file", "filename": "a.pdf", "file_data": f"data:application/pdf;base64,{b64(PDF)}"},
    ),
    ("responses", {"type": "input_file", "file_url": URL}, {"type": "input_file", "file_url": URL}),
    (
        "anthropic",
        {"type": "input_file", "filename": "a.pdf", "file_data": b64(PDF)},
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": b64(PDF)},
            "title": "a.pdf",
        },
    ),
    (
        "anthropic",
        {"type": "file", "file": {"filename": "a.txt", "file_data": "data:text/plain;base64," + b64("grün".encode())}},
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "grün"},
            "title": "a.txt",
        },
    ),
    (
        "gemini",
        {"type": "input_audio", "input_audio": {"data": b64(WAV), "format": "wav"}},
        {"inlineData": {"mimeType": "audio/wav", "data": b64(WAV)}},
    ),
    (
        "chat",
        {"inlineData": {"mimeType": "audio/mp3", "data": b64(WAV)}},
        {"type": "input_audio", "input_audio": {"data": b64(WAV), "format": "wav"}},
    ),
    (
        "gemini",
        {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/o"}},
        {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/o"}},
    ),
    (
        "anthropic",
        {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}},
    ),
    (
        "gemini",
        {"executableCode": {"language": "PYTHON", "code": "1"}},
        {"executableCode": {"language": "PYTHON", "code": "1"}},
    ),
    ("chat", {"type": "video_url", "video_url": {"url": URL}}, {"type": "video_url", "video_url": {"url": URL}}),
    (
        "anthropic",
        {"type": "search_result", "source": URL, "title": "t", "content": []},
        {"type": "search_result", "source": URL, "title": "t", "content": []},
    ),
]


@pytest.mark.parametrize(("wire", "given_part", "expected"), SENT)
def test_a_part_is_written_in_the_wires_own_form(wire: str, given_part: Json, expected: Json) -> None:
    assert user_content(wire, "see", given_part)[1] == expected


REFUSED = [
    ("chat", {"type": "image_url", "image_url": {"url": "/home/me/cat.png"}}, "local path"),
    ("gemini", {"type": "image", "url": "file:///cat.png"}, "local path"),
    ("anthropic", {"type": "image", "path": "cat.png"}, "no bytes"),
    ("responses", {"type": "image", "data": "not base64!"}, "not base64"),
    ("chat", {"type": "image", "data": b64(PDF), "mimeType": "image/png"}, "application/pdf, which is no image"),
    ("gemini", {"type": "image", "data": b64(b"who knows")}, "media type"),
    ("anthropic", {"type": "input_audio", "input_audio": {"data": b64(WAV), "format": "wav"}}, "no audio"),
    ("anthropic", {"type": "image", "data": b"BM" + bytes(9)}, "image/bmp"),
    ("chat", {"type": "input_image", "file_id": "f1"}, "by a file id"),
    ("chat", {"type": "input_file", "file_url": URL}, "by a URL"),
    ("gemini", {"type": "input_image", "file_id": "f1"}, "no file id"),
    ("responses", {"type": "input_audio", "input_audio": {"url": URL}}, "audio"),
    ("responses", {"type": "video_url", "video_url": {"url": URL}}, "chat wire only"),
    ("anthropic", {"executableCode": {"language": "PYTHON", "code": "1"}}, "gemini wire only"),
    ("gemini", {"type": "search_result", "source": URL, "title": "t", "content": []}, "anthropic wire only"),
]


@pytest.mark.parametrize(("wire", "part", "why"), REFUSED)
def test_what_a_wire_cannot_carry_is_refused_with_the_reason(wire: str, part: Json, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        user_content(wire, "see", part)


def test_every_unreadable_part_is_told_at_once() -> None:
    content = [{"type": "image", "url": "a.png"}, {"type": "image", "data": "?"}, 7]
    with pytest.raises(ConfigurationError) as caught:
        FORMATTERS["chat"].format_messages([{"role": "user", "content": content}])
    assert [problem.split(" cannot")[0] for problem in caught.value.problems] == [
        f"messages[0]: part {n}" for n in range(3)
    ]


def test_a_json_list_that_looks_like_parts_stays_the_result_that_it_is() -> None:
    listing = [{"type": "file", "name": "a.txt"}, {"type": "image", "name": "b.png"}]
    call = {"id": "a", "type": "function", "function": {"name": "ls", "arguments": "{}"}}
    history = [{"role": "assistant", "tool_calls": [call]}, {"role": "tool", "tool_call_id": "a", "content": listing}]
    assert json.loads(FORMATTERS["chat"].format_messages(history)[1]["content"]) == listing


@given(st.binary(max_size=200))
def test_base64_is_repaired_without_changing_the_bytes(data: bytes) -> None:
    standard = b64(data)
    assert _media.clean_base64(standard) == (standard, data)
    assert _media.clean_base64(base64.urlsafe_b64encode(data).decode().rstrip("=")) == (standard, data)


FOUND = {"type": "search_result", "source": URL, "title": "t", "content": [{"type": "text", "text": "x"}]}


@pytest.mark.parametrize("wire", FORMATTERS)
def test_a_part_of_a_result_that_a_wire_does_not_know_is_never_lost_in_silence(wire: str) -> None:
    call = {"id": "a", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    result = {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "see"}, FOUND]}
    history = [{"role": "user", "content": "go"}, {"role": "assistant", "tool_calls": [call]}, result]
    if wire == "anthropic":
        assert FORMATTERS[wire].format_messages(history)[2]["content"][0]["content"][1] == FOUND
        return
    with pytest.raises(ConfigurationError, match=r"anthropic wire only|does not take a 'search_result' part"):
        FORMATTERS[wire].format_messages(history)
