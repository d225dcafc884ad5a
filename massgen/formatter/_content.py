"""The parts of a message as neutral values, and how they are read from any provider's shape.

A part that has no neutral meaning is kept whole as `Native` and goes out on the wire that it came from only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from massgen.formatter import _media

Json = Any
_NO_MARKS: Mapping[str, Json] = {}


@dataclass(frozen=True, slots=True)
class Text:
    """Text. `marks` are the other keys of its part, such as `cache_control`; each wire sends those it knows."""

    text: str
    marks: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Media:
    """An image, a document or a sound: by `url`, by `file_id` at the provider, or as `data` (base64 text).

    `kind` is `image`, `file` or `audio`; `media_type` is known where the bytes are; `marks` as in `Text`.
    """

    kind: str
    url: str | None = None
    file_id: str | None = None
    data: str | None = None
    media_type: str | None = None
    filename: str | None = None
    marks: Mapping[str, Json] = field(default_factory=dict)

    @property
    def data_url(self) -> str:
        return f"data:{self.media_type or 'application/octet-stream'};base64,{self.data}"


@dataclass(frozen=True, slots=True)
class Native:
    """A part that only the wire `wire` knows (`chat`, `responses`, `anthropic` or `gemini`), verbatim."""

    wire: str
    block: Mapping[str, Json]

    def written_for(self, wire: str, where: str, problems: list[str]) -> dict[str, Json]:
        """The part on its own wire; a problem on any other."""
        if wire != self.wire:
            problems.append(f"{where}: a {self.block.get('type')!r} part is known to the {self.wire} wire only")
        return dict(self.block)


Part = Text | Media | Native


def known_marks(part: Text | Media, known: Iterable[str]) -> dict[str, Json]:
    """The marks of a part that a wire knows."""
    return {key: part.marks[key] for key in known if key in part.marks}


def marked(parts: tuple[Part, ...], marks: Mapping[str, Json]) -> tuple[Part, ...]:
    """The parts with `marks` on the last of them."""
    if not marks or not parts or isinstance(parts[-1], Native):
        return parts
    return (*parts[:-1], replace(parts[-1], marks={**parts[-1].marks, **marks}))


_ANTHROPIC_ONLY = frozenset({"search_result", "container_upload", "mid_conv_system", "tool_reference"})
_KNOWN_KEYS = frozenset(
    {
        *("type", "text", "source", "image_url", "input_audio", "file", "file_id", "file_url", "file_data", "filename"),
        *("url", "data", "base64", "mime_type", "mimeType", "media_type", "inlineData", "inline_data", "fileData"),
        "annotations",
    }
)


def is_part(value: Json) -> bool:
    """Whether `value` looks like one part of a message's content, and not like any other JSON object."""
    return isinstance(value, Mapping) and (
        isinstance(value.get("type"), str) or not {"text", "inlineData", "inline_data", "fileData"}.isdisjoint(value)
    )


def read_parts(content: Json, where: str, problems: list[str]) -> tuple[Part, ...]:
    """The parts of `content`: a string, a list of strings and parts of any wire, one part, or None.

    What cannot be read is described in `problems`, each beginning with `where`.
    """
    if content is None:
        return ()
    if isinstance(content, str):
        return (Text(content),)
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, Sequence):
        problems.append(f"{where}: the content is {type(content).__name__}; give a string or a list of parts")
        return ()
    parts: list[Part] = []
    for index, item in enumerate(content):
        try:
            parts.append(Text(item) if isinstance(item, str) else _read_part(item))
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            problems.append(f"{where}: part {index} cannot be sent: {error}")
    return tuple(parts)


def _read_part(item: Json) -> Part:
    if not isinstance(item, Mapping):
        raise ValueError(f"it is {type(item).__name__}; give a string or an object with a type")
    kind = item.get("type")
    if kind is None:
        return _read_gemini(item)
    if kind in ("text", "input_text", "output_text"):
        if not isinstance(item["text"], str):
            raise ValueError(f"its text is {type(item['text']).__name__}, not a string")
        return Text(item["text"], _marks(item))
    if kind in ("image_url", "input_image"):
        return _image_url(item)
    if kind == "image":
        return _source("image", item)
    if kind == "document":
        return _source("file", item)
    if kind in ("file", "input_file"):
        return _file(item)
    if kind in ("input_audio", "audio"):
        return _audio(item)
    if kind in _ANTHROPIC_ONLY:
        return Native("anthropic", dict(item))
    return Native("responses" if kind.startswith("input_") else "chat", dict(item))


def _marks(item: Mapping[str, Json]) -> Mapping[str, Json]:
    marks = {key: value for key, value in item.items() if key not in _KNOWN_KEYS and value is not None}
    return marks or _NO_MARKS


def _image_url(item: Mapping[str, Json]) -> Media:
    """Chat's `image_url` (an object, or a string as Mistral has it) and Responses' `input_image`."""
    target = item.get("image_url")
    marks = _marks(item)
    if isinstance(target, Mapping):
        marks = {**marks, **{key: value for key, value in target.items() if key != "url"}}
        target = target["url"]
    if marks.get("detail") == "auto":  # the default of every wire that has the word
        marks = {key: value for key, value in marks.items() if key != "detail"}
    if target is None:
        return Media("image", file_id=item["file_id"], marks=marks)
    return located("image", target, marks=marks)


def _source(kind: str, item: Mapping[str, Json]) -> Part:
    """Anthropic's `source` form, and the flat form with `base64`, `url` or `file_id` beside the type."""
    source = item.get("source") or item
    form = source.get("type")
    if form == "content":
        return Native("anthropic", dict(item))
    name = item.get("filename") or (item.get("title") if kind == "file" else None)
    marks = {key: value for key, value in _marks(item).items() if key != "title" or value != name}
    if form == "text":
        return inline(kind, source["data"].encode(), "text/plain", name, marks)
    declared = source.get("media_type") or source.get("mime_type") or source.get("mimeType")
    data = source.get("data") if "data" in source else source.get("base64")
    if data is not None:
        return inline(kind, data, declared, name, marks)
    if source.get("url") is not None:
        return located(kind, source["url"], name, marks)
    if source.get("file_id") is not None:
        return Media(kind, file_id=source["file_id"], filename=name, marks=marks)
    raise ValueError(
        f"this {kind} has no bytes (only {sorted(source)}); read the file and give base64 data, a URL or a file id"
    )


def _file(item: Mapping[str, Json]) -> Media:
    """Chat's nested `file` and Responses' flat `input_file`."""
    inner = item.get("file")
    source = inner if isinstance(inner, Mapping) else item
    marks, name = _marks(item), source.get("filename")
    if source.get("file_data") is not None:
        data = source["file_data"]
        if isinstance(data, str) and data.startswith("data:"):
            return located("file", data, name, marks)
        return inline("file", data, source.get("mime_type"), name, marks)
    if source.get("file_id") is not None:
        return Media("file", file_id=source["file_id"], filename=name, marks=marks)
    url = source.get("file_url") or source.get("url")
    if url is None:
        raise ValueError("it is a file without file_data, file_id or file_url")
    return located("file", url, name, marks)


def _audio(item: Mapping[str, Json]) -> Media:
    source = item.get("input_audio") or item.get("source") or item
    if isinstance(source, str):  # Mistral's form
        return inline("audio", source, None, marks=_marks(item))
    if source.get("url") is not None:
        return located("audio", source["url"], marks=_marks(item))
    form = source.get("format")
    declared = source.get("mime_type") or source.get("media_type") or source.get("mimeType")
    declared = declared or (form and _AUDIO.get(form, f"audio/{form}"))
    data = source.get("data") if "data" in source else source.get("base64")
    if data is None:
        raise ValueError("it is audio without data; give base64 data and a format")
    return inline("audio", data, declared, marks=_marks(item))


_AUDIO = {"mp3": "audio/mpeg", "wav": "audio/wav", "m4a": "audio/mp4"}


def audio_format(media_type: str | None) -> str:
    """The `format` word of OpenAI's `input_audio` for a media type."""
    subtype = (media_type or "audio/wav").partition("/")[2].removeprefix("x-")
    return {"mpeg": "mp3", "mp4": "m4a", "wave": "wav"}.get(subtype, subtype)


def _read_gemini(item: Mapping[str, Json]) -> Part:
    """A part in Gemini's shape: no type, the payload's key says what it is."""
    inline_data = item.get("inlineData") or item.get("inline_data")
    file_data = item.get("fileData") or item.get("file_data")
    if inline_data:
        declared = inline_data.get("mimeType") or inline_data.get("mime_type")
        return inline(kind_of(declared), inline_data["data"], declared, inline_data.get("displayName"), _marks(item))
    if file_data:
        declared = file_data.get("mimeType") or file_data.get("mime_type")
        uri = file_data.get("fileUri") or file_data.get("file_uri")
        return Media(kind_of(declared, uri), url=uri, media_type=declared, marks=_marks(item))
    if isinstance(item.get("text"), str):
        return Text(item["text"], _marks(item))
    return Native("gemini", dict(item))


_SUFFIXES = {
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp", "heic"), "image"),
    **dict.fromkeys(("wav", "mp3", "m4a", "ogg", "flac"), "audio"),
}


def kind_of(media_type: str | None, url: str | None = None) -> str:
    """`image`, `audio` or `file`, by the media type, or where there is none by the suffix of the URL's path."""
    if not media_type and isinstance(url, str):
        return _SUFFIXES.get(url.partition("?")[0].rpartition(".")[2].lower(), "file")
    family = (media_type or "").partition("/")[0]
    return family if family in ("image", "audio") else "file"


def located(kind: str, url: str, filename: str | None = None, marks: Mapping[str, Json] = _NO_MARKS) -> Media:
    """Media at `url`; a `data:` URL is opened. Raises ValueError for a path of this machine."""
    if not isinstance(url, str):
        raise ValueError(f"its URL is {type(url).__name__}, not a string")
    if url.startswith("data:"):
        declared, text, data = _media.split_data_url(url)
        return Media(kind, data=text, media_type=_type(kind, data, declared), filename=filename, marks=marks)
    if "://" not in url or url.startswith("file:"):
        raise ValueError(f"{url[:80]!r} is a local path; read the file and give its bytes as base64 or a data: URL")
    return Media(kind, url=url, filename=filename, marks=marks)


def inline(
    kind: str,
    data: str | bytes,
    declared: str | None,
    filename: str | None = None,
    marks: Mapping[str, Json] = _NO_MARKS,
) -> Media:
    """Media given as bytes or base64 text. Raises ValueError if the text is not base64 or the type stays unknown."""
    if isinstance(data, str):
        try:
            text, raw = _media.clean_base64(data)
        except ValueError as error:
            raise ValueError(f"its data is not base64 ({error})") from None
    else:
        raw = bytes(data)
        text = _media.encode(raw)
    return Media(kind, data=text, media_type=_type(kind, raw, declared), filename=filename, marks=marks)


def _type(kind: str, data: bytes, declared: str | None) -> str:
    """What the bytes are; what the caller says only where they do not tell."""
    seen = _media.sniff(data)
    if kind == "audio" and seen in ("video/mp4", "video/webm"):
        seen = None  # containers of sound as well
    if seen is not None and kind != "file" and not seen.startswith(f"{kind}/"):
        raise ValueError(f"its bytes are {seen}, which is no {kind}")
    media_type = seen or declared
    if media_type is None:
        raise ValueError(f"the media type of this {kind} is not told and not to be seen from its bytes")
    return media_type
