"""Bytes of media: what they are, and base64 text as every wire takes it.

The media type comes from the bytes (their magic numbers) and only then from what the caller says: a provider refuses
an image whose declared type is not its real one.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

# (offset, magic, media type), tried in order.
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
)


def sniff(data: bytes) -> str | None:
    """The media type of `data` by its magic number, or None where it has none that is known here."""
    for offset, magic, media_type in _MAGIC:
        if data.startswith(magic, offset) and (offset != 8 or data.startswith(b"RIFF")):
            return media_type
    return None


def encode(data: bytes | bytearray | memoryview) -> str:
    """`data` as base64 text."""
    return base64.b64encode(data).decode("ascii")


def clean_base64(text: str) -> tuple[str, bytes]:
    """`text` as standard padded base64, and the bytes that it stands for.

    Line breaks, the URL-safe alphabet and missing padding are repaired; the text is returned as it is where it needs
    no repair. Raises ValueError if it is not base64.
    """
    try:
        return text, binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        pass
    compact = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    compact += "=" * (-len(compact) % 4)
    data = binascii.a2b_base64(compact, strict_mode=True)
    return compact, data


def split_data_url(url: str) -> tuple[str | None, str, bytes]:
    """The declared media type, the base64 text and the bytes of a `data:` URL. Raises ValueError if it is none."""
    header, comma, payload = url.partition(",")
    if not comma:
        raise ValueError("a data: URL without a comma")
    declared = header[len("data:") :].split(";")
    media_type = declared[0].strip().lower() or None
    if "base64" in (word.strip().lower() for word in declared[1:]):
        text, data = clean_base64(payload)
        return media_type, text, data
    data = unquote_to_bytes(payload)
    return media_type, encode(data), data
