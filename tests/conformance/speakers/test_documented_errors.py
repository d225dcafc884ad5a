"""What providers are known to send when they refuse: the tables name providers and classes that there are."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from massgen_conformance.contract import ERROR_KINDS
from massgen_conformance.plan import Plan
from massgen_conformance.player import Player
from massgen_conformance.providers import PROVIDERS
from massgen_conformance.speakers import SPEAKERS
from massgen_conformance.speakers.documented_errors import GATEWAY, OF_PROVIDER, OF_WIRE, documented

QUESTION: Any = {"role": "user", "content": "hi"}


def test_the_tables_are_of_providers_and_wires_that_there_are() -> None:
    assert OF_PROVIDER.keys() <= PROVIDERS.keys()
    assert OF_WIRE.keys() <= SPEAKERS.keys()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_error_has_classes_of_the_contract_and_can_be_sent(provider: str) -> None:
    wire = PROVIDERS[provider].wire
    for name, error in documented(provider, wire).items():
        assert set(error.kinds) <= set(ERROR_KINDS), name
        assert error.reply(wire).status == (error.status or 200), name


def test_a_provider_has_its_own_table_and_what_stands_before_any_server() -> None:
    assert documented("zai", "openai_chat").keys() == {*OF_PROVIDER["zai"], *GATEWAY}
    assert documented("acme", "openai_chat").keys() == {*OF_WIRE["openai_chat"], *GATEWAY}
    assert documented("acme", "acme") == GATEWAY


def test_an_error_inside_a_stream_is_an_event_of_its_wire() -> None:
    azure, ollama = OF_PROVIDER["azure_openai"], OF_WIRE["ollama_chat"]
    event = azure["a rate in the stream, as a number in quotes"].reply("openai_chat").body
    assert json.loads(event.removeprefix(b"data: "))["error"]["code"] == "429"
    assert ollama["a sentence in the stream"].reply("ollama_chat").body.endswith(b'terminated"}\n')
    blamed = OF_WIRE["anthropic_messages"]["a request that is blamed in the stream"]
    assert blamed.reply("anthropic_messages").body.startswith(b"event: error\ndata: ")


async def test_a_vendors_sdk_reads_a_page_as_an_error_of_its_status(player: Player) -> None:
    with player.exchange(Plan((GATEWAY["a page with 504"].reply("openai_chat"),))) as exchange:
        async with openai.AsyncOpenAI(api_key="sk-test", base_url=exchange.base_url, max_retries=0) as client:
            with pytest.raises(openai.InternalServerError, match="504"):
                await client.chat.completions.create(model="m", messages=[QUESTION], stream=True)
