"""What one provider does differently on OpenAI's Chat-Completions wire, as data.

The base dialect is OpenAI's own; a provider's file states its differences, each with a source. Reading is liberal for
everyone (reasoning under either name, usage wherever it rides), so most fields are about what may be sent.
"""

from __future__ import annotations

from typing import Any

import msgspec

Json = Any


class ChatDialect(msgspec.Struct, frozen=True):
    """Differences from the base dialect; every default is OpenAI's behaviour."""

    done_sentinel: bool = True
    """`data: [DONE]` ends the stream. False: the finish reason does, and the end of the bytes follows it."""

    stream_options: bool = True
    """Usage must be asked for with `stream_options.include_usage`. False: it comes unasked, and the option is unknown.
    """

    max_tokens_field: str = "max_completion_tokens"
    """The name under which a caller's `max_tokens` goes out; both names are accepted from the caller."""

    echo: tuple[str, ...] = ()
    """Keys of an assistant message that the provider must see again, verbatim, such as `reasoning_details`."""

    echo_on_tool_calls: tuple[str, ...] = ()
    """Keys that must be present on an assistant message with tool calls, even if its value is a single space."""

    rejects: frozenset[str] = frozenset()
    """Parameters that the provider answers with an error or ignores in silence: refused before anything is sent."""

    tool_choices: frozenset[str] = frozenset({"auto", "none", "required", "named"})
    """What can be said of the choice among the tools. `auto` is left out where it cannot be said: it is the default."""

    exclusive: tuple[tuple[str, ...], ...] = ()
    """Groups of parameters of which the provider takes one: two of a group are refused before anything is sent."""

    defaults: dict[str, Json] = {}
    """Fields of every body that the caller does not set, merged at every depth."""

    tool_defaults: dict[str, Json] = {}
    """Further ones of a body with tools."""

    strict_tools: bool = True
    """A function may say `strict`. False: it goes out without."""

    renamed: dict[str, str] = {}
    """Parameters that have another name here: the caller's name -> the provider's, such as `random_seed`."""

    joins_text: bool = False
    """Content that is text only goes out as one string, because models without vision take no list of parts."""

    think_tags: bool = False
    """Reasoning may stand in the content, between `<think>` tags at the beginning of an answer: a server of open models
    leaves it there unless it was told how the model marks it.
    """

    finish_reason: bool = True
    """Every whole answer has a finish reason. False: the provider sends none, and `[DONE]` alone says that it is whole.
    """

    tool_content_parts: bool = False
    """A tool message may hold a list of parts instead of a string."""

    content_chunks: bool = False
    """Content in Mistral's chunks: reasoning goes back as parts of the message that it belongs to, a document is a
    `document_url`, and a sound is its bare data.
    """

    developer_role: bool = True
    """A message may have the role `developer`. False: it goes out as `system`."""

    names_on: frozenset[str] = frozenset({"system", "developer", "user", "assistant"})
    """The roles whose messages may carry a `name`; with `tool`, a result carries the name of its tool."""

    part_keys: tuple[str, ...] = ("prompt_cache_breakpoint",)
    """Keys of a content part beside its content that the provider knows, such as `cache_control`."""

    call_id_pattern: str = ""
    """What tool-call ids must match in full (`[a-zA-Z0-9]{9}` for Mistral); others become nine characters of a
    digest."""
