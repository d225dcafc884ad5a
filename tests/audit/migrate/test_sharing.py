"""0003 to 0006: a method that backends repeat stands once, and every class finds what it found."""

from __future__ import annotations

from textwrap import indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen_audit.skeleton import ACME_ON_ROOT, CUSTOM, SKELETON
from tests.audit.migrate.migrated import Migrated, migrate, planned, runs

ACME = "massgen/backend/acme.py"
OTHER = "massgen/backend/other.py"
ABOVE = "massgen/backend/base_with_custom_tool_and_mcp.py"
MIXIN = "massgen/backend/mcp_integration.py"
BREAKER = "massgen/backend/breaker.py"
CALL = '''\
def run_tool_calls(self, tool_calls, limit=3):
    """Run them."""
    done = []
    for call in tool_calls[:limit]:
        name = call["function"]["name"]
        done.append({"tool_call_id": call["id"], "content": json.dumps([name, self.get_provider_name()])})
    return done
'''
OPEN = '''\
@staticmethod
def circuit_breaker_of(settings):
    """Takes its settings out."""
    prefix = "circuit_breaker_"
    found = {}
    for key in [key for key in settings if key.startswith(prefix)]:
        found[key[len(prefix):]] = settings.pop(key)
    return Breaker(found, limit=settings.get("limit", 3))
'''
BREAKER_MODULE = "class Breaker(tuple):\n    def __new__(cls, found, limit):\n        return (sorted(found), limit)\n"
ASK_CALLS = """
import json
from massgen.backend.acme import AcmeBackend
from massgen.backend.other import OtherBackend
calls = [{"id": "1", "function": {"name": "look"}}]
for kind in (AcmeBackend, OtherBackend):
    print(kind.__name__, kind().run_tool_calls(calls), kind().get_filesystem_support(), kind().get_provider_name())
"""
ASK_BREAKERS = """
from massgen.backend.acme import AcmeBackend
from massgen.backend.other import OtherBackend
for kind in (AcmeBackend, OtherBackend):
    settings = {"circuit_breaker_a": 1, "b": 2}
    print(kind.circuit_breaker_of(settings), settings)
"""
OTHER_REST = """
    async def stream_with_tools(self, messages, tools, **kwargs):
        yield None

    def get_provider_name(self):
        return "Other"
"""


def backend(first: str, base: str = "CustomToolAndMCPBackend", rest: str = OTHER_REST, top: str = "") -> str:
    module = "base" if base == "LLMBackend" else "base_with_custom_tool_and_mcp"
    head = f"{top}from .{module} import {base}\n\n\nclass OtherBackend({base}):\n"
    return f"{head}{indent(first, '    ')}{rest}"


def files(acme: str, other: str, *, root: bool = False, top: str = "import json\n\n") -> dict[str, str]:
    """`acme` and another backend, each with a method; under the root class or a class of their own above them."""
    text = ACME_ON_ROOT if root else SKELETON[ACME]
    return {
        **SKELETON,
        BREAKER: BREAKER_MODULE,
        ACME: f"{top}{text}\n{indent(acme, '    ')}",
        OTHER: backend(other, "LLMBackend" if root else "CustomToolAndMCPBackend", top=top),
    }


def told(done: Migrated, part: str) -> bool:
    return any(part in note for note in done.left)


def test_a_method_of_classes_under_one_class_moves_there_with_the_imports_it_needs() -> None:
    before = files(OPEN, OPEN, top="from .breaker import Breaker\n")
    done = migrate("0004", before)
    assert done.files[ABOVE] == CUSTOM.replace(
        "from .base import FilesystemSupport, LLMBackend, StreamChunk\n",
        "from .base import FilesystemSupport, LLMBackend, StreamChunk\nfrom .breaker import Breaker\n",
    ) + "\n" + indent(OPEN, "    ")  # fmt: skip
    assert "circuit_breaker_of" not in done.files[ACME] + done.files[OTHER]
    assert [path for path, _ in done.changed] == [ACME, OTHER]
    assert done.left == []
    assert runs(done.files, ASK_BREAKERS) == runs(before, ASK_BREAKERS)


def test_a_method_of_classes_under_the_root_class_moves_to_a_mixin_that_both_have_first() -> None:
    before = files(CALL, CALL.replace("Run them.", "Runs what is called."), root=True)
    done = migrate("0003", before)
    assert "from .mcp_integration import MCPIntegrationMixin\n" in done.files[ACME]
    assert "class AcmeBackend(MCPIntegrationMixin, LLMBackend):" in done.files[ACME]
    assert "class OtherBackend(MCPIntegrationMixin, LLMBackend):" in done.files[OTHER]
    assert done.files[MIXIN].startswith('"""What backends share')
    assert indent(CALL, "    ").strip() in done.files[MIXIN]
    assert runs(done.files, ASK_CALLS) == runs(before, ASK_CALLS)


def test_a_copy_of_what_is_inherited_anyway_is_deleted() -> None:
    before = files("def __len__(self):\n    return 1\n", CALL)
    before[ABOVE] = "import json\n\n" + CUSTOM + "\n" + indent(CALL, "    ")
    done = migrate("0003", before)
    assert done.changed == [(OTHER, 7)]
    assert "run_tool_calls" not in done.files[OTHER]
    assert runs(done.files, ASK_CALLS) == runs(before, ASK_CALLS)


def test_a_third_copy_joins_the_mixin_that_is_there() -> None:
    before = migrate("0003", files(CALL, CALL, root=True)).files
    third = "massgen/backend/third.py"
    with_third = {**before, third: backend(CALL, "LLMBackend", top="import json\n\n").replace("Other", "Third")}
    done = migrate("0003", with_third)
    assert done.changed == [(third, 7)]
    assert "class ThirdBackend(MCPIntegrationMixin, LLMBackend):" in done.files[third]
    assert done.files[MIXIN] == before[MIXIN]


def test_a_class_below_one_that_gets_the_mixin_has_it_from_there() -> None:
    again = CALL.replace("run_tool_calls", "run_other_tool_calls")
    before = files(f"{CALL}", f"{CALL}\n{again}", root=True)
    before["massgen/backend/child.py"] = (
        "import json\n\nfrom .acme import AcmeBackend\n\n\nclass ChildBackend(AcmeBackend):\n" + indent(again, "    ")
    )
    done = migrate("0003", before)
    assert "class ChildBackend(AcmeBackend):\n    pass\n" in done.files["massgen/backend/child.py"]
    ask = "from massgen.backend.child import ChildBackend\nprint(ChildBackend().run_other_tool_calls([]))"
    assert runs(done.files, ask) == runs(before, ask) == "[]\n"


def test_a_heading_over_a_method_stays_and_texts_of_several_lines_keep_their_indentation() -> None:
    text = CALL.replace(
        "    done = []\n", '    done = []\n    note = """\n  two\n"""\n    done.extend([] if note else [])\n'
    )
    before = files(text, text, root=True)
    before[OTHER] = before[OTHER].replace("    def run_tool", "    # ---- tools ----\n\n    # Runs.\n    def run_tool")
    done = migrate("0003", before)
    assert "    # ---- tools ----\n" in done.files[OTHER]
    assert "# Runs." not in done.files[OTHER]
    assert '        note = """\n      two\n    """\n' in done.files[MIXIN]
    assert runs(done.files, ASK_CALLS) == runs(before, ASK_CALLS)


def test_with_a_backend_named_only_its_classes_change_and_the_others_keep_their_copies() -> None:
    before = files(CALL, CALL, root=True)
    done = migrate("0003", before, backends=("acme",))
    assert [path for path, _ in done.changed] == [ACME]
    assert done.files[OTHER] == before[OTHER]
    assert runs(done.files, ASK_CALLS) == runs(before, ASK_CALLS)


LOGGED = CALL.replace("    done = []\n", '    done = []\n    logger.info("Acme runs %s", limit)\n')


def test_what_is_logged_counts_unless_unsafe_changes_are_admitted() -> None:
    top = "import json\n\nfrom .log import logger\n"
    before = files(LOGGED, LOGGED.replace("Acme", "Other"), root=True, top=top)
    before["massgen/backend/log.py"] = "import logging\n\nlogger = logging.getLogger()\n"
    done = migrate("0003", before)
    assert done.edits == []
    assert told(done, "make both the same first")
    assert [path for path, _ in migrate("0003", before, unsafe=True).changed] == [ACME, OTHER]


SUPER = CALL.replace("    done = []\n", "    done = list(super().__dir__())[:0]\n")
PRIVATE = CALL.replace("    done = []\n", "    done = list(self.__items or [])[:0]\n")
OF_CLASS = CALL.replace("limit=3", "limit=LIMIT")


@pytest.mark.parametrize(
    ("acme", "other", "top", "why"),
    [
        (CALL, CALL.replace('"content"', '"output"'), "import json\n\n", ""),
        (CALL, CALL.replace("limit=3", "limit=4"), "import json\n\n", "make both the same first"),
        (CALL, CALL.replace("run_tool_calls", "run_all_tool_calls"), "import json\n\n", "make both the same first"),
        (SUPER, SUPER, "import json\n\n", "calls super()"),
        (PRIVATE, PRIVATE, "import json\n\n", "private name __items"),
        (
            f"LIMIT = 3\n\n{OF_CLASS}",
            f"LIMIT = 3\n\n{OF_CLASS}",
            "import json\n\n",
            "uses LIMIT of the class's own scope",
        ),
        (f"{CALL}\nrun = run_tool_calls\n", CALL, "import json\n\n", "is used in the body of its class, in line"),
        (CALL, CALL, "try:\n    import json\nexcept ImportError:\n    json = None\n\n", "binds under a condition"),
        (f"@cached\n{CALL}", f"@cached\n{CALL}", "import json\nfrom functools import cache as cached\n\n", "@cached"),
    ],
    ids=["key", "default", "name", "super", "private", "class scope", "class body", "condition", "decorator"],
)
def test_what_only_looks_alike_or_depends_on_its_place_is_left(acme: str, other: str, top: str, why: str) -> None:
    done = migrate("0003", files(acme, other, root=True, top=top))
    assert done.edits == []
    assert not why or told(done, why), done.left


def test_a_name_that_means_another_thing_or_that_a_test_replaces_keeps_a_method_in_its_class() -> None:
    before = files(CALL, CALL, root=True)
    before[OTHER] = before[OTHER].replace("import json\n", "import simplejson as json\n")
    done = migrate("0003", before)
    assert (done.edits, told(done, f"uses json, which is another thing in {ACME}")) == ([], True)
    before = files(CALL, CALL, root=True)
    before["massgen/tests/test_acme_backend.py"] += (
        '\n\ndef test_json(patch):\n    patch("massgen.backend.acme.json")\n'
    )
    done = migrate("0003", before)
    assert (done.edits, told(done, "uses json, which massgen/tests/test_acme_backend.py:9 replaces")) == ([], True)


def test_a_class_that_would_get_a_method_it_is_asked_for_keeps_the_others_from_moving() -> None:
    before = files(CALL, CALL, top="import json\n\n")
    third = backend("", rest=OTHER_REST).replace("Other", "Third")
    before["massgen/backend/third.py"] = third
    assert [path for path, _ in migrate("0003", before).changed] == [ACME, OTHER]
    before["massgen/orchestrator.py"] = 'def can(backend):\n    return hasattr(backend, "run_tool_calls")\n'
    done = migrate("0003", before)
    assert done.edits == []
    assert told(done, "would get run_tool_calls, which massgen/orchestrator.py:2 asks for by name")


def test_an_import_that_would_come_back_keeps_a_method_in_its_class() -> None:
    before = files(OPEN, OPEN, top="from .breaker import Breaker\n")
    before[BREAKER] = f"from .base_with_custom_tool_and_mcp import CustomToolAndMCPBackend\n\n\n{BREAKER_MODULE}"
    done = migrate("0004", before)
    assert done.edits == []
    assert told(done, f"needs Breaker of {BREAKER}, which imports {ABOVE} in turn")


def test_a_class_between_that_has_another_method_of_the_name_keeps_both_copies() -> None:
    before = files(CALL, CALL)
    before[ABOVE] = CUSTOM + "\n    def run_tool_calls(self, tool_calls, limit=3):\n        return []\n"
    done = migrate("0003", before)
    assert done.edits == []
    assert told(done, "would hide CustomToolAndMCPBackend.run_tool_calls") or told(done, "has another run_tool_calls")


def test_copies_inside_larger_functions_are_told_with_their_places() -> None:
    more = '    done.sort(key=lambda item: (item["tool_call_id"], item["content"], len(item)))\n    return done\n'
    first = CALL.replace("    return done\n", more)
    larger = first.replace("    done = []\n", "    tool_calls = self.known(tool_calls)\n    done = []\n")
    done = migrate("0003", files(first, larger.replace("run_tool_calls", "run_known"), root=True))
    assert done.edits == []
    assert told(done, "take them out into one method first")


BODIES = (CALL, CALL.replace("limit=3", "limit=4"), CALL.replace('["id"]', '["call_id"]'))
KINDS = ("CustomToolAndMCPBackend", "LLMBackend")


@given(
    st.lists(st.tuples(st.sampled_from(BODIES), st.sampled_from(KINDS), st.booleans()), min_size=2, max_size=4),
    st.booleans(),
)
def test_however_copies_are_spread_a_second_run_finds_nothing_to_change(
    spread: list[tuple[str, str, bool]], unsafe: bool
) -> None:
    texts = dict(SKELETON)
    for number, (body, base, twice) in enumerate(spread):
        more = f"{body}\n{body.replace('run_tool_calls', 'run_other_tool_calls')}" if twice else body
        text = backend(more, base, top="import json\n\n").replace("OtherBackend", f"Copy{number}Backend")
        texts[f"massgen/backend/copy{number}.py"] = text
    done = planned("0003", texts, unsafe=unsafe)
    for base in KINDS:
        for body in BODIES:
            if sum(item[:2] == (body, base) for item in spread) == len(spread) > 1:
                assert len(done.changed) >= len(spread)
