"""The contract is two tables, because the kit never imports the backends; here they are held equal."""

from __future__ import annotations

import msgspec
import pytest

from massgen.backend import stream_chunk as ours
from massgen.token_manager import Usage
from massgen.wire import server_tools
from massgen_conformance import contract as theirs


@pytest.mark.parametrize("kind", sorted(ours.FIELDS.keys() | theirs.SPECS.keys()))
def test_a_type_has_the_same_fields_in_both(kind: str) -> None:
    required, optional = ours.FIELDS[kind]
    spec = theirs.SPECS[kind]
    assert required == set(spec.required)
    assert optional - required == set(spec.optional) - required


def test_the_vocabularies_are_the_same() -> None:
    assert set(ours.ChunkType) == set(ours.FIELDS) == set(theirs.SPECS)
    assert set(ours.COMMON_FIELDS) == set(theirs.COMMON_FIELDS)
    assert [str(status) for status in ours.FinishStatus] == list(theirs.STATUSES)
    assert [str(kind) for kind in ours.ErrorKind] == list(theirs.ERROR_KINDS)


def test_the_words_for_tools_of_the_provider_are_the_same() -> None:
    assert dict(theirs.TOOLS) == server_tools.TOOLS
    assert dict(theirs.PHASES) == server_tools.PHASES


def test_every_field_of_a_chunk_is_in_the_contract_and_the_reverse() -> None:
    assert set(ours.StreamChunk.__struct_fields__) - ours.COMMON_FIELDS == set(theirs.FIELD_TYPES)
    used = {name for required, optional in ours.FIELDS.values() for name in required | optional}
    assert used == set(theirs.FIELD_TYPES)


def test_an_error_has_the_same_fields_in_both() -> None:
    assert ours.ErrorInfo.__struct_fields__ == tuple(theirs.ERROR_FIELDS)


def test_usage_has_the_same_keys_in_both() -> None:
    full = Usage(2, 2, 1, 1, 1, 1.0, True, True, 1, 1, 1, "flex", "m").to_dict()
    known = {*theirs.USAGE_REQUIRED, *theirs.USAGE_COUNTS, *theirs.USAGE_FLAGS}
    assert full.keys() - {"cost", "service_tier"} == known
    assert Usage().to_dict().keys() == set(theirs.USAGE_REQUIRED)


def test_a_member_of_a_vocabulary_equals_its_plain_string() -> None:
    assert ours.ChunkType.CONTENT == "content"
    assert msgspec.to_builtins(ours.StreamChunk(ours.ChunkType.DONE, status=ours.FinishStatus.STOP)) == {
        "type": "done",
        "status": "stop",
    }
