"""The kit's reading of a JSON Schema, beside a validator's, and in Google's spelling."""

from __future__ import annotations

import jsonschema
import pytest

from massgen_conformance.scenarios.declarations import SCHEMAS, Declared
from massgen_conformance.schemas import accepts


@pytest.mark.parametrize("declared", SCHEMAS, ids=lambda declared: declared.name)
def test_a_schema_of_the_kit_accepts_and_refuses_what_it_says(declared: Declared) -> None:
    validator = jsonschema.Draft202012Validator(declared.schema)
    for wanted, table in ((True, declared.accepted), (False, declared.refused)):
        assert [accepts(declared.schema, each) for each in table] == [wanted] * len(table)
        assert [validator.is_valid(each) for each in table] == [wanted] * len(table)


def test_types_in_capitals_and_nullable_are_read_as_google_means_them() -> None:
    schema = {"type": "OBJECT", "properties": {"note": {"type": "STRING", "nullable": True}}}
    assert accepts(schema, {"note": None})
    assert not accepts(schema, {"note": 1})


def test_a_reference_that_leads_nowhere_is_told() -> None:
    with pytest.raises(ValueError, match=r"#/\$defs/place leads nowhere"):
        accepts({"$ref": "#/$defs/place"}, {})
