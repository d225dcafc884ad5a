"""The parts of a message: texts, and images by their bytes or by a URL. Anything else is refused.

A part is the `text` or `image_url` part of Chat Completions, with the media type that the bytes have.
"""

from __future__ import annotations

import base64
from typing import Any

JSON = Any  # the JSON edge

MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


def known(part: JSON) -> JSON:
    """The part as it may be sent. Raises ValueError for one that cannot."""
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]}
    if part["type"] != "image_url":
        raise ValueError(f"a part of type {part['type']!r} is not known here: give text or an image_url")
    url = part["image_url"]["url"]
    if not url.startswith(("https://", "data:")):
        raise ValueError(f"an image's url begins with https: or data:, not {url[:40]!r}")
    return {"type": "image_url", "image_url": {"url": labelled(url)}}


def labelled(url: str) -> str:
    """A data URL with the media type of its bytes; any other as it is."""
    if not url.startswith("data:"):
        return url
    head, _, data = url.partition(",")
    held = base64.b64decode(data)
    kind = next((kind for magic, kind in MAGIC if held.startswith(magic)), head[5:].partition(";")[0])
    return f"data:{kind};base64,{data}"


def inline(part: JSON) -> tuple[str, str]:
    """Media type and base64 text of an image. Raises ValueError for one that is somewhere else."""
    head, _, data = part["image_url"]["url"].partition(",")
    if not head.startswith("data:"):
        raise ValueError("this provider takes no image by URL: give its bytes as a data URL")
    return head[5:].partition(";")[0], data
