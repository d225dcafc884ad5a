"""How a provider's Chat Completions differ from the others', as data. Each provider's is a file of `chat_variants`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from massgen_conformance.scenario import Usage
from massgen_conformance.speakers.base import JSON

Count = Callable[[Usage, int], JSON]


def base_counts(usage: Usage, completion: int) -> dict[str, JSON]:
    """The three counters that every server sends."""
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": completion,
        "total_tokens": usage.prompt + completion,
    }


def openai_counts(usage: Usage, completion: int) -> JSON:
    """OpenAI's own."""
    return {
        **base_counts(usage, completion),
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": usage.heard},
        "completion_tokens_details": {
            "reasoning_tokens": min(usage.reasoning, completion),
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


@dataclass(frozen=True, slots=True, eq=False)  # one object a provider: its request table is made once for it
class Variant:
    """How one provider's Chat Completions differ from the others'."""

    name: str
    usage: Count
    id_prefix: str = "chatcmpl-"
    content_type: str = "text/event-stream"
    envelope: Mapping[str, JSON] = field(default_factory=dict)  # fields of every chunk
    choice: Mapping[str, JSON] = field(default_factory=dict)  # fields of every choice
    first: Mapping[str, JSON] | None = None  # a whole event of the provider's own before the opening
    null_finish: bool = True  # `finish_reason: null` on the chunks before the last
    opening: Mapping[str, JSON] | None = None  # the first delta; None when the provider sends none of its own
    opening_fields: Mapping[str, JSON] = field(default_factory=dict)
    every_delta: Mapping[str, JSON] = field(default_factory=dict)
    said_delta: Mapping[str, JSON] = field(default_factory=dict)  # beside text
    text_delta: Mapping[str, JSON] = field(default_factory=dict)  # beside text, when the model thinks
    reasoning_delta: Mapping[str, JSON] = field(default_factory=dict)
    call_delta: Mapping[str, JSON] = field(default_factory=dict)
    tail: Mapping[str, JSON] = field(default_factory=dict)  # fields of a call's later fragments
    closing: Mapping[str, JSON] = field(default_factory=dict)
    closing_fields: Mapping[str, JSON] = field(default_factory=dict)  # of the chunk with the finish reason
    echoes_text: bool = False  # a choice repeats the text of its delta, as Completions had it
    closing_choice: Mapping[str, JSON] = field(default_factory=dict)  # beside the finish reason
    reasoning: str | None = None  # the delta's field for reasoning; None: never shown
    chunks: bool = False  # reasoning as Mistral's chunks inside the content, which must be shown again so
    result_parts: bool = False  # a tool message may hold every kind of part, not texts only
    details: bool = False  # reasoning_details beside it
    whole_calls: bool = False  # a call comes in one delta
    fragments: bool = True  # a delta may hold a piece of a call: its schema does not ask for all of it
    pieces_on: str = ""  # the field of a request by which calls come in pieces all the same
    older_calls: bool = False  # a call may come as `function_call`
    calls_on_finish: bool = False  # the last calls come all together, with the finish reason
    typed_calls: bool = True  # a call says that it is a function
    call_id: str = ""  # the pattern of tool-call ids, which are nine characters then
    no_arguments: tuple[str, ...] = ("{}",)  # the fragments of a call without arguments
    refuses: bool = False  # delta.refusal
    sources: Mapping[str, JSON] = field(default_factory=dict)  # how a chunk lists what the answer rests on
    x_groq: bool = False
    usage_unasked: bool = False  # counts come without stream_options.include_usage
    usage_on_finish: bool = False
    usage_after: bool = True
    usage_in_choice: bool = False  # the counts on the finish stand in its choice as well
    usage_everywhere: bool = False  # counts so far on every chunk
    counted: Mapping[str, JSON] = field(default_factory=dict)  # beside the counts behind the finish
    null_usage: bool = False  # `usage: null` on the chunks without counts
    obfuscates: str = ""  # the field that hides how long an event is
    comment: str = "keep-alive"
    comments_first: bool = False
    error_in_chunk: bool = False
    error_event: str = ""
    error_kinds: frozenset[str] | None = None  # that an error inside the stream can say; None: all
    done_after_error: bool = False
    thoughts_due: bool = False  # an assistant message with calls must show its reasoning again
    key_header: str = "authorization"
    model_in_path: bool = False  # the body need not name the model: the path may name a deployment
    strict: bool = True  # a function may say `strict`
    key_optional: bool = False
    named_choice: bool = True  # a tool may be demanded by its name
    developers: bool = True  # a message may have the role developer
    joined: bool = False  # content that is text only is one string: the model takes no list of parts
    blind: str = ""  # a model of the provider that sees nothing, and takes text as one string alone
    marks: frozenset[str] = frozenset({"prompt_cache_breakpoint", "cache_control"})  # that a content part may bear
    exclusive: tuple[tuple[str, ...], ...] = ()  # fields of which a request has one
    efforts: tuple[str, ...] = ()  # words for `reasoning_effort` that the model knows; (): those of OpenAI
    begun: str = ""  # the field that marks an assistant message as the beginning of the answer
    again_with: Mapping[str, JSON] = field(default_factory=dict)  # fields without which earlier reasoning is dropped
    snake_names: bool = False  # the model is told the tools' names in snake_case, and calls them so
    named: frozenset[str] = frozenset({"system", "developer", "user", "assistant"})  # roles that may have a name
    request_fields: frozenset[str] = frozenset()  # accepted beside OpenAI's
    refused_fields: frozenset[str] = frozenset()  # OpenAI's that are not accepted
    message_fields: frozenset[str] = frozenset()  # accepted on assistant messages beside OpenAI's


OPENAI = Variant(
    name="openai",
    usage=openai_counts,
    content_type="text/event-stream; charset=utf-8",
    envelope={"service_tier": "default", "system_fingerprint": "fp_cbf1785567"},
    choice={"logprobs": None},
    opening={"role": "assistant", "content": "", "refusal": None},
    refuses=True,
    null_usage=True,
    obfuscates="obfuscation",
)

COMPATIBLE = Variant(
    name="compatible",
    usage=base_counts,
    envelope={"system_fingerprint": "fp_local"},
    opening={"role": "assistant", "content": ""},
    reasoning="reasoning_content",
    no_arguments=(),
    older_calls=True,
    message_fields=frozenset({"reasoning_content"}),
)


def variant_of(speaker: object) -> Variant | None:
    """What is particular to a provider on the Chat wire; None for a speaker of another wire."""
    found = getattr(speaker, "variant", None)
    return found if isinstance(found, Variant) else None
