"""Other forms of a Responses stream: what servers that speak the protocol leave out of it, or say only once.

Seen in recordings and reports of such servers: arguments that come whole (LM Studio), an id of its own in each event
(GitHub Copilot, LiteLLM), a last event without the output (Codex, new-api), no end of a text (Llama Stack), no indices
(Lemonade), items that are null (openai-python, pull request 3126), arguments that are an object (adk-go, pull request
1254), and an answer that is not streamed at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from massgen_conformance.speakers.base import JSON, opaque_id

FORMS = frozenset(
    {
        *("whole_parts", "whole_items", "whole_answer", "no_block_ends", "empty_output"),
        *("other_item_ids", "no_places", "null_item", "object_arguments"),
    }
)
_ITEMS = frozenset({"response.output_item.added", "response.output_item.done"})


def in_form(bodies: Iterable[JSON], quirks: frozenset[str], seed: str) -> Iterator[JSON]:
    """The events of a stream, as the quirks want them."""
    for number, body in enumerate(bodies):
        if "null_item" in quirks and body["type"] == "response.output_item.added":
            yield {**body, "item": None}
        if not _is_left_out(body, quirks):
            yield _written(body, quirks, opaque_id("it_", seed, number))


def _is_left_out(body: JSON, quirks: frozenset[str]) -> bool:
    kind = body["type"]
    of_the_answer = "response" in body or kind == "error"
    return (
        ("whole_parts" in quirks and kind.endswith(".delta"))
        or ("whole_items" in quirks and not of_the_answer and kind not in _ITEMS)
        or ("whole_answer" in quirks and not of_the_answer)
        or ("no_block_ends" in quirks and kind.endswith(".done") and not _is_call(body))
    )


def _is_call(body: JSON) -> bool:
    """Whether the end of something is that of a call, which nobody leaves out."""
    item = body.get("item")
    return "function_call" in body["type"] or (item is not None and item["type"] == "function_call")


def _written(body: JSON, quirks: frozenset[str], own_id: str) -> JSON:
    if "no_places" in quirks:
        body = {name: value for name, value in body.items() if name not in ("output_index", "content_index")}
    if "empty_output" in quirks and "response" in body:
        body = {**body, "response": {**body["response"], "output": []}}
    if "other_item_ids" in quirks and "item_id" in body:
        body = {**body, "item_id": own_id}
    if "other_item_ids" in quirks and body.get("item"):
        body = {**body, "item": {**body["item"], "id": own_id}}
    if "object_arguments" in quirks and body.get("item"):
        body = {**body, "item": _parsed(body["item"])}
    if "object_arguments" in quirks and "response" in body:
        response = body["response"]
        body = {**body, "response": {**response, "output": [_parsed(item) for item in response["output"]]}}
    return body


def _parsed(item: JSON) -> JSON:
    """A call with the object of its arguments; any other item as it is."""
    return {**item, "arguments": json.loads(item["arguments"])} if item.get("arguments") else item
