"""Duplicated code is found whatever its names are, once, and with what it is about."""

from __future__ import annotations

from textwrap import dedent, indent

from massgen_audit.facts import windows
from massgen_audit.facts.source import Source
from massgen_audit.model.clones import Clone, Place, backend_clones, find
from massgen_audit.model.concerns import Concern, concern_of
from massgen_audit.model.duplicates import home
from massgen_audit.model.repo import RepoModel
from massgen_audit.rule import Edit
from massgen_audit.testing import build_files
from massgen_audit.tree import MemoryTree

BODY = """\
total = 0
for name, value in sorted(table.items()):
    if value is None:
        continue
    total += weigh(name, value, scale=2)
    rest.append((name, total))
if total > limit:
    raise ValueError(f"{total} is above {limit}")
return {"total": total, "rest": rest}
"""
RENAMED = (
    BODY.replace("total", "amount").replace('"amount"', '"total"').replace("table", "rows").replace("weigh", "count")
)


def function(body: str, name: str = "load") -> bytes:
    return f"def {name}(limit):\n{indent(body, '    ')}".encode()


def clones(**files: bytes) -> tuple[Clone, ...]:
    return find({path: windows.extract(path, source) for path, source in files.items()})


def test_a_copy_with_other_names_is_a_clone_and_is_reported_once() -> None:
    (found,) = clones(a=function(BODY), b=b"import os\n\n" + function(RENAMED, "sum_up"))
    assert found.places == (Place("a", 1, 10), Place("b", 3, 12))
    assert found.lines == 10


def test_statements_around_a_copy_do_not_hide_it() -> None:
    (found,) = clones(a=function("prepare()\n" + BODY), b=function(dedent(RENAMED) + "\n"))
    assert found.places == (Place("a", 3, 11), Place("b", 2, 10))


def test_another_attribute_another_order_or_another_kind_of_constant_is_no_copy() -> None:
    for other in (
        BODY.replace("rest.append", "rest.insert").replace("sorted(", "sorted.by("),
        BODY.replace("total = 0\n", "").replace("return {", "total = 0\nreturn {", 1).replace("is None", "is 1"),
    ):
        assert clones(a=function(BODY), b=function(other)) == ()


def test_another_key_or_a_list_of_other_texts_is_no_copy() -> None:
    keyed, other = (BODY.replace("scale=2", f'scale=limit["{key}"]') for key in ("prompt_tokens", "input_tokens"))
    assert clones(a=function(keyed), b=function(other)) == ()
    texts = "".join(f'parts.append("{n} lines of text")\n' for n in range(12))
    assert clones(a=function(texts), b=function(texts.replace("lines", "rows"))) == ()
    assert len(clones(a=function(texts), b=function(texts))) == 1


def test_a_copy_inside_one_file_and_lists_of_declarations_are_none() -> None:
    fields = "class Row:\n" + "".join(f"    field_{n}: int | None = None\n" for n in range(20))
    assert clones(a=function(BODY) + b"\n" + function(RENAMED, "again")) == ()
    assert clones(a=fields.encode(), b=fields.encode()) == ()


def test_a_series_of_like_statements_is_no_second_copy_of_itself() -> None:
    series = "".join(f'rest.append((table["{n}"], limit + {n}, len("{n}")))\n' for n in range(9))
    (found,) = clones(a=function(series), b=function(series))
    assert [place.path for place in found.places] == ["a", "b"]


def test_what_a_clone_is_about_is_read_from_its_names() -> None:
    assert concern_of("self._mcp_client = await MCPClient.create(servers)") is Concern.MCP
    assert concern_of("if self._circuit_breaker.should_skip(mcp_client):") is Concern.BREAKER
    assert concern_of('{"type": "function", "function": tool}') is Concern.TOOLS
    assert concern_of("return len(text) // 4") is Concern.TOKENS
    assert concern_of("for attempt in range(3):\n    await sleep(backoff)") is Concern.RETRY
    assert concern_of("async for chunk in stream:\n    yield chunk") is Concern.STREAM
    assert concern_of("return rows") is Concern.OTHER
    assert concern_of("messages = []") is Concern.OTHER


def test_the_class_above_all_copies_is_proposed_as_their_home() -> None:
    method = "\n" + indent(function(BODY).decode(), "    ")
    other = "from .base import LLMBackend\n\n\nclass OtherBackend(LLMBackend):" + method
    edits = (
        Edit("massgen/backend/acme.py", '        return ["search"]\n', f'        return ["search"]\n{method}'),
        Edit("massgen/backend/other.py", "", other),
    )
    model = RepoModel(Source(MemoryTree(build_files(edits))))
    (found,) = backend_clones(model)
    shared = home(model, found)
    assert shared is not None
    assert shared.name == "LLMBackend"
    assert [place.path for place in found.places] == ["massgen/backend/acme.py", "massgen/backend/other.py"]
