"""A generateContent request, judged and read.

The tables are Google's API reference. Facts: roles are user and model; a function response is an object, follows its
call, and has its id if the call had one; models from gemini-3 on reject a step of the current turn whose first call has
lost its thought signature; field names may be camelCase or snake_case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from massgen_conformance.speakers.base import (
    JSON,
    NeutralRequest,
    SentCall,
    SentMedia,
    SentMessage,
    SentResult,
    SentThinking,
    SentTool,
    compact,
)
from massgen_conformance.speakers.conversation import (
    body_of,
    history_problems,
    http_problems,
    name_problems,
    target_of,
)
from massgen_conformance.speakers.shape import (
    Checker,
    boolean,
    either,
    integer,
    listing,
    mapping,
    name,
    number,
    one_of,
    record,
    schema,
    text,
)
from massgen_conformance.trace import Received

PATH = re.compile(r"/v1(?:beta|alpha)?/models/(?P<model>[^/:]+):\w+$")
SIGNED_MODELS = re.compile(r"gemini-(?:[3-9]|\d\d)")
TOOL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")
_FREE = frozenset(
    {"args", "response", "parameters", "parametersJsonSchema", "responseSchema", "responseJsonSchema", "labels"}
)
_DATA = (
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
)


def is_base64(value: str) -> bool:
    """Whether `value` is base64 of any kind, padded or not."""
    return re.fullmatch(r"[A-Za-z0-9+/_-]*={0,2}", value) is not None and len(value.rstrip("=")) % 4 != 1


def _signature(value: JSON, place: str) -> list[str]:
    found = name(value, place)
    return found or ([] if is_base64(value) else [f"{place} is base64, not {value!r}"])


_PART = record(
    {},
    {
        "text": text,
        "inlineData": record({"mimeType": name, "data": name}, {"displayName": text}),
        "fileData": record({"fileUri": name}, {"mimeType": name, "displayName": text}),
        "functionCall": record({"name": name}, {"id": name, "args": mapping}),
        "functionResponse": record(
            {"name": name, "response": mapping},
            {"id": name, "parts": listing(mapping), "willContinue": boolean, "scheduling": text},
        ),
        "executableCode": mapping,
        "codeExecutionResult": mapping,
        "toolCall": mapping,
        "toolResponse": mapping,
        "thought": boolean,
        "thoughtSignature": _signature,
        "videoMetadata": mapping,
        "mediaResolution": mapping,
    },
)
_DECLARATION = record(
    {"name": name},
    {
        "description": text,
        "parameters": schema,
        "parametersJsonSchema": schema,
        "response": mapping,
        "responseJsonSchema": mapping,
        "behavior": text,
    },
)
_SERVER_TOOLS = (
    "googleSearch",
    "urlContext",
    "codeExecution",
    "googleMaps",
    "fileSearch",
    "computerUse",
    "googleSearchRetrieval",
)
_TOOL = record(
    {},
    {
        "functionDeclarations": listing(_DECLARATION, least=1),
        **dict.fromkeys(_SERVER_TOOLS, mapping),
        "mcpServers": listing(mapping),
    },
)
_CALLING = record(
    {},
    {
        "mode": one_of("AUTO", "ANY", "NONE", "VALIDATED", "MODE_UNSPECIFIED"),
        "allowedFunctionNames": listing(text),
        "streamFunctionCallArguments": boolean,
    },
)
_THINKING = record(
    {},
    {
        "includeThoughts": boolean,
        "thinkingBudget": integer,
        "thinkingLevel": one_of(
            "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH", "minimal", "low", "medium", "high", "xhigh"
        ),
    },
)
_CONFIG: dict[str, Checker] = {
    "maxOutputTokens": integer,
    "temperature": number,
    "topP": number,
    "topK": number,
    "stopSequences": listing(text),
    "candidateCount": integer,
    "seed": integer,
    "presencePenalty": number,
    "frequencyPenalty": number,
    "responseMimeType": text,
    "responseSchema": mapping,
    "responseJsonSchema": mapping,
    "responseModalities": listing(text),
    "responseLogprobs": boolean,
    "logprobs": integer,
    "mediaResolution": text,
    "speechConfig": mapping,
    "imageConfig": mapping,
    "thinkingConfig": _THINKING,
}
_ENUM = either(name, integer)
_CONTENT = record({"parts": listing(_PART, least=1)}, {"role": one_of("user", "model")})
_REQUEST = record(
    {"contents": listing(_CONTENT, least=1)},
    {
        "systemInstruction": either(record({"parts": listing(_PART, least=1)}, {"role": text})),
        "tools": listing(_TOOL, least=1),
        "toolConfig": record({}, {"functionCallingConfig": _CALLING, "includeServerSideToolInvocations": boolean}),
        "generationConfig": record({}, _CONFIG),
        "safetySettings": listing(record({"category": _ENUM, "threshold": _ENUM}, {"method": _ENUM})),
        "cachedContent": name,
        "labels": mapping,
        "continuationToken": name,
        "model": name,
        "serviceTier": text,
    },
)


def camel(value: JSON) -> JSON:
    """The same JSON as Google's parser takes it: names in camelCase, null as absent, a single part as a list.

    What the caller's own schemas and arguments hold stays as it is.
    """
    if isinstance(value, list):
        return [camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    renamed = {re.sub(r"_([a-z])", lambda match: match[1].upper(), key): held for key, held in value.items()}
    taken = {key: held if key in _FREE else camel(held) for key, held in renamed.items() if held is not None}
    if isinstance(taken.get("parts"), dict):
        taken["parts"] = [taken["parts"]]
    return taken


def model_of(received: Received) -> str:
    """The model, which stands in the path. Empty when the path has none."""
    found = PATH.search(target_of(received)[0])
    return found["model"] if found else ""


def problems(received: Received, paths: tuple[str, ...]) -> list[str]:
    """What Google would object to."""
    path, query = target_of(received)
    found = http_problems(received, paths)
    if not PATH.search(path):
        found.append(f"the path is .../v1beta/models/MODEL:streamGenerateContent, not {path}")
    if not received.header("x-goog-api-key") and not query.get("key"):
        found.append("the header x-goog-api-key (or the query parameter key) is missing")
    try:
        body = camel(body_of(received))
    except ValueError as problem:
        return [*found, f"the body is not JSON: {problem}"]
    shape = _REQUEST(body, "")
    if shape:
        return found + shape
    return found + _rules(body, model_of(received)) + history_problems(read(received).messages, ids=False)


def _rules(body: JSON, model: str) -> list[str]:
    found = []
    for index, content in enumerate(body["contents"]):
        for position, part in enumerate(content["parts"]):
            kinds = [each for each in _DATA if each in part]
            if len(kinds) != 1:
                found.append(f"contents[{index}].parts[{position}] has one kind of data, not {kinds}")
    names = [each["name"] for tool in body.get("tools", ()) for each in tool.get("functionDeclarations", ())]
    found += name_problems(names, TOOL_NAME)
    thinking = body.get("generationConfig", {}).get("thinkingConfig", {})
    if "thinkingBudget" in thinking and "thinkingLevel" in thinking:
        found.append("thinkingConfig has a budget or a level, not both")
    return found + (_unsigned(body["contents"]) if SIGNED_MODELS.match(model) else [])


def _unsigned(contents: list[JSON]) -> list[str]:
    """Steps of the current turn, which begins after the user's last words, whose first call is not signed."""
    found: list[str] = []
    for index in range(len(contents) - 1, -1, -1):
        parts = contents[index]["parts"]
        if contents[index].get("role") != "model" and any("functionResponse" not in part for part in parts):
            break
        calls = [part for part in parts if "functionCall" in part]
        if calls and "thoughtSignature" not in calls[0]:
            found.append(f"contents[{index}]: function call is missing a thought_signature")
    return found


def read(received: Received) -> NeutralRequest:
    """The request in neutral form."""
    body = camel(body_of(received))
    messages = tuple(said for content in body["contents"] for said in _messages(content))
    system = "".join(part.get("text", "") for part in body.get("systemInstruction", {}).get("parts", ()))
    declared = [each for tool in body.get("tools", ()) for each in tool.get("functionDeclarations", ())]
    tools = tuple(
        SentTool(each["name"], each.get("description", ""), each.get("parametersJsonSchema") or each.get("parameters"))
        for each in declared
    )
    params = {k: v for k, v in body.items() if k not in ("contents", "systemInstruction", "tools")}
    stream = target_of(received)[0].endswith(":streamGenerateContent")
    return NeutralRequest(model_of(received), system, messages, tools, params, stream)


def _messages(content: JSON) -> list[SentMessage]:
    parts = content["parts"]
    results = [SentMessage("tool", result=_result(part)) for part in parts if "functionResponse" in part]
    rest = [part for part in parts if "functionResponse" not in part]
    if not rest:
        return results
    role = "assistant" if content.get("role") == "model" else "user"
    said = "".join(part.get("text", "") for part in rest if not part.get("thought"))
    calls = tuple(_call(part) for part in rest if "functionCall" in part)
    media = tuple(_media(part) for part in rest if "inlineData" in part or "fileData" in part)
    return [*results, SentMessage(role, said, calls, None, tuple(_thinking(rest)), media)]


def _thinking(parts: list[Mapping[str, JSON]]) -> list[SentThinking]:
    """Thoughts shown again, and signatures that ride on text; those of calls stay with the calls."""
    found = [
        SentThinking(part.get("text", "") if part.get("thought") else "", part.get("thoughtSignature", ""))
        for part in parts
        if "functionCall" not in part
    ]
    return [thought for thought in found if thought.text or thought.signature]


def _call(part: JSON) -> SentCall:
    call = part["functionCall"]
    return SentCall(call.get("id", ""), call["name"], compact(call.get("args", {})), part.get("thoughtSignature", ""))


def _result(part: JSON) -> SentResult:
    answer = part["functionResponse"]
    held = answer["response"]
    values = list(held.values())
    said = values[0] if len(values) == 1 and isinstance(values[0], str) else compact(held)
    return SentResult(answer.get("id", ""), answer["name"], said, True if "error" in held else None)


def _media(part: JSON) -> SentMedia:
    if "inlineData" in part:
        return SentMedia(part["inlineData"]["mimeType"], part["inlineData"]["data"])
    return SentMedia(part["fileData"].get("mimeType", ""), url=part["fileData"]["fileUri"])
