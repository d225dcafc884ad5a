"""Content blocks of the Messages wire: what goes back, and what the API would refuse."""

from __future__ import annotations

from massgen.backend.call_ids import CallIds, is_synthetic_id

from .messages_wire import THINKING, answer, called, closed, delta, kept, opened, prose, tool
from .wires import calls, ending, statuses


def test_blocks_go_back_verbatim() -> None:
    citation = {"type": "web_search_result_location", "url": "u", "encrypted_index": "e"}
    result = {"type": "web_search_tool_result", "tool_use_id": "srv", "content": [{"encrypted_content": "x"}]}
    _, chunks = answer(
        *[opened(THINKING), delta("thinking", thinking="h"), delta("thinking", thinking="m")],
        *[delta("signature", signature="sig"), closed()],
        *[opened({"type": "redacted_thinking", "data": "r"}, 1), closed(1)],
        opened({"type": "server_tool_use", "id": "srv", "name": "web_search", "input": {}, "caller": {}}, 2),
        *[delta("input_json", 2, partial_json='{"query": "q"}'), closed(2)],
        *[opened(result, 3), delta("input_json", 3, partial_json="{}"), closed(3)],
        opened({"type": "text", "text": "", "citations": []}, 4),
        *[delta("citations", 4, citation=citation), delta("text", 4, text="a"), closed(4)],
        *called('{"x": 1}', index=5, block=tool(caller={"type": "direct"})),
        reason="tool_use",
    )
    assert kept(chunks) == [
        {"type": "thinking", "thinking": "hm", "signature": "sig"},
        {"type": "redacted_thinking", "data": "r"},
        {"type": "server_tool_use", "id": "srv", "name": "web_search", "input": {"query": "q"}, "caller": {}},
        result,
        {"type": "text", "text": "a", "citations": [citation]},
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}, "caller": {"type": "direct"}},
    ]
    assert calls(chunks) == [("toolu_1", "f", '{"x": 1}')]
    assert statuses(chunks) == [
        ("web_search.started", "web_search"),
        ("web_search.running", "q"),
        ("web_search.completed", None),
    ]


def test_what_a_block_holds_at_its_start_is_kept() -> None:
    begun = [opened({**THINKING, "thinking": "h"}), delta("thinking", thinking="m"), delta("novel", x=1), closed()]
    _, chunks = answer(*begun, opened({"type": "text", "text": "a"}, 1), delta("text", 1, text="b"), closed(1))
    assert kept(chunks) == [{"type": "thinking", "thinking": "hm", "signature": ""}, {"type": "text", "text": "ab"}]


def test_a_signature_in_several_pieces_stays_whole() -> None:
    pieces = [delta("signature", signature=piece) for piece in ("EqQ", "BCk", "==")]
    _, chunks = answer(opened(THINKING), delta("thinking", thinking="h"), *pieces, closed(), *prose("a", index=1))
    assert kept(chunks)[0] == {"type": "thinking", "thinking": "h", "signature": "EqQBCk=="}


def test_a_compaction_block_takes_what_its_delta_says() -> None:
    block = {"type": "compaction", "content": None}
    _, chunks = answer(opened(block), delta("compaction", content="sum", encrypted_content="e"), closed())
    assert kept(chunks) == [{"type": "compaction", "content": "sum", "encrypted_content": "e"}]


def test_tools_of_an_mcp_server_are_progress_and_never_calls() -> None:
    block = {"type": "mcp_tool_use", "id": "mcp", "name": "ask", "server_name": "s", "input": {}}
    result = {"type": "mcp_tool_result", "tool_use_id": "mcp", "is_error": False, "content": []}
    decoder, chunks = answer(opened(block), delta("input_json", partial_json='{"q": 1}'), closed(), opened(result, 1))
    assert ending(decoder) == "stop"
    assert calls(chunks) == []
    told = [(chunk.status, chunk.detail, chunk.tool_call_id) for chunk in chunks if chunk.type == "backend_status"]
    assert told == [
        ("mcp_call.started", "ask", "mcp"),
        ("mcp_call.running", None, "mcp"),
        ("mcp_call.completed", None, "mcp"),
    ]
    assert kept(chunks) == [{**block, "input": {"q": 1}}, result]


def test_what_the_api_would_refuse_does_not_go_back() -> None:
    decoder, chunks = answer(
        *prose(),
        *prose("a", index=1),
        *called('{"x": ', index=2),
        *[opened(THINKING, 3), delta("thinking", 3, thinking="cut of"), closed(3)],
        reason="max_tokens",
    )
    assert ending(decoder) == "length"
    assert kept(chunks) == [{"type": "text", "text": "a"}]
    assert statuses(chunks) == [("tool_call_incomplete", 'f: cut off (length), not handed over: {"x": ')]


def test_thinking_without_a_signature_goes_back_where_it_was_not_cut_off() -> None:
    _, chunks = answer(opened(THINKING), delta("thinking", thinking="h"), closed(), *prose("a", index=1))
    assert kept(chunks) == [{"type": "thinking", "thinking": "h", "signature": ""}, {"type": "text", "text": "a"}]


def test_a_call_id_that_the_conversation_knows_is_replaced_in_the_call_and_in_its_block() -> None:
    ids = CallIds(b"seed", frozenset({"toolu_1"}))
    _, chunks = answer(*called("{}"), reason="tool_use", ids=ids)
    ((call_id, _, _),) = calls(chunks)
    assert is_synthetic_id(call_id)
    assert kept(chunks) == [tool(call_id)]
