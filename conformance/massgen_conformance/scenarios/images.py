"""Conversations with images, and what the model is to see of them."""

from __future__ import annotations

import base64
from typing import Final

from massgen_conformance.scenario import JSON, WEATHER_TOOL, Scenario
from massgen_conformance.scenarios.text import TEXT

PNG: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
GIF: Final = base64.b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
JPEG: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xfe\x00\x07photo\xff\xd9"

PICTURES: Final = (("png", "image/png", PNG), ("jpeg", "image/jpeg", JPEG))
WRONG_LABELS: Final = ("image/jpeg", "image/png")
URL: Final = "https://images.example/picture-5f1d.png"
PATH: Final = "/home/me/picture-5f1d.png"
STRANGE: Final = "aG9sb2dyYW0tNWYxZA=="
FILE_ID: Final = "file-5f1d"


def data_url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _image(url: str) -> JSON:
    return {"type": "image_url", "image_url": {"url": url}}


def _text(said: str) -> JSON:
    return {"type": "text", "text": said}


def _asks(name: str, *parts: JSON) -> Scenario:
    return Scenario(name, TEXT.turns, ({"role": "user", "content": list(parts)},))


def shown(name: str, label: str, data: bytes) -> Scenario:
    """A question about one image that is called `label`."""
    return _asks(f"image-{name}", _text("What is this?"), _image(data_url(label, data)))


PLACES: Final = (
    ("url", _asks("image-by-url", _text("What is this?"), _image(URL)), URL),
    ("path", _asks("image-by-path", _text("What is this?"), _image(PATH)), PATH),
    (
        "file-id",
        _asks("file-by-id", _text("What is this?"), {"type": "file", "file": {"file_id": FILE_ID}}),
        FILE_ID,
    ),
)
ALTERNATION: Final = (
    "Before-5f1d",
    base64.b64encode(PNG).decode(),
    "Between-5f1d",
    base64.b64encode(JPEG).decode(),
)
ALTERNATING = _asks(
    "images-and-texts",
    _text(ALTERNATION[0]),
    _image(data_url("image/png", PNG)),
    _text(ALTERNATION[2]),
    _image(data_url("image/jpeg", JPEG)),
)
HOLOGRAM = _asks("hologram", _text("What is this?"), {"type": "hologram", "hologram": {"data": STRANGE}})
IN_RESULT = Scenario(
    "image-in-result",
    TEXT.turns,
    (
        {"role": "user", "content": "Take a picture."},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "id": "call_5f1d5f1d5",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
                }
            ],
        },
        {
            "role": "tool",
            "tool_call_id": "call_5f1d5f1d5",
            "content": [_text("The sky:"), _image(data_url("image/png", PNG))],
        },
    ),
    (WEATHER_TOOL,),
)
