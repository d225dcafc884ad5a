"""0002: old imports and calls of token accounting become the new ones, and count what they counted."""

from __future__ import annotations

from textwrap import indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen_audit.model import layout as at
from massgen_audit.skeleton import ACME, BASE, PRICING, SKELETON
from tests.audit.migrate.migrated import Migrated, migrate, planned, runs

ACME_PATH = "massgen/backend/acme.py"
FIRST = ACME.count("\n") + 3  # the line of the first statement of `finish`
TOOLS = "massgen/backend/report.py"
PACKAGE = "massgen/token_manager/__init__.py"
USAGE = """

class TokenUsage:
    def __init__(self):
        self.input_tokens = self.output_tokens = self.cached_input_tokens = 0
        self.estimated_cost = 0.0
"""
ACCOUNT = '''
    def calculate_cost(self, input_tokens, output_tokens, model):
        return input_tokens * 2.0 + output_tokens * 3.0

    def update_token_usage(self, messages, response_content, model):
        """Estimates."""
        self._estimate_token_usage(messages, response_content, model)
        return self.token_usage

    def _estimate_token_usage(self, messages, response_content, model):
        self.token_usage.input_tokens += len(messages)
        self.token_usage.output_tokens += len(response_content)
'''
BY_HAND = """\
self.token_usage.input_tokens += usage.prompt_tokens
self.token_usage.output_tokens += usage.completion_tokens
self.token_usage.estimated_cost += self.calculate_cost(usage.prompt_tokens, usage.completion_tokens, model)
"""
MADE = BY_HAND.replace(" usage.", " self.last().").replace("(usage.", "(self.last().")
ASK = """
from massgen.backend.acme import AcmeBackend
from massgen.backend.report import TokenUsage, empty
backend = AcmeBackend()
backend.finish([1, 2], "three", "m")
print(vars(backend.token_usage), TokenUsage.__module__, vars(empty()))
"""


def base(account: str = ACCOUNT) -> str:
    made = BASE.replace(
        "        self.formatter = None\n", "        self.formatter = None\n        self.token_usage = TokenUsage()\n"
    )
    return f"from ..token_manager import TokenUsage\n{made}{account}"


def files(
    finish: str, *, account: str = ACCOUNT, report: str = "from .base import LLMBackend, TokenUsage\n"
) -> dict[str, str]:
    """A checkout in which `acme` has a method `finish` with these lines, and a module beside it reports usage."""
    method = f"\n    def finish(self, messages, answer, model, usage=None):\n{indent(finish, '        ')}"
    return {
        **SKELETON,
        at.BASE: base(account),
        at.PRICING: PRICING + USAGE,
        PACKAGE: "from .token_manager import TokenUsage\n",
        TOOLS: f"{report}\n\ndef empty():\n    return TokenUsage()\n",
        ACME_PATH: ACME + method,
    }


def told(done: Migrated, part: str) -> bool:
    return any(part in note for note in done.left)


def test_an_import_through_a_module_that_only_passes_the_name_on_goes_to_the_source() -> None:
    before = files("return self.update_token_usage(messages, answer, model)\n")
    done = migrate("0002", before)
    assert done.files[TOOLS].startswith("from .base import LLMBackend\nfrom ..token_manager import TokenUsage\n")
    assert done.changed == [(TOOLS, 1)]
    assert runs(done.files, ASK) == runs(before, ASK)


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("from .base import TokenUsage\n", "from ..token_manager import TokenUsage\n"),
        ("from .base import (  # all\n    LLMBackend,\n    TokenUsage as Usage,\n)\nTokenUsage = Usage\n",
         "from .base import (  # all\n    LLMBackend,\n)\nfrom ..token_manager import TokenUsage as Usage\n"),
        ("from massgen.backend.base import TokenUsage\n", "from massgen.token_manager import TokenUsage\n"),
        ("from ..token_manager.token_manager import TokenUsage\n", ""),
        ("from ..token_manager import TokenUsage\n", ""),
    ],
    ids=["alone", "renamed among others", "absolute", "the source itself", "the package"],
)  # fmt: skip
def test_every_form_of_import(written: str, becomes: str) -> None:
    done = migrate("0002", files("pass\n", report=written))
    assert done.files[TOOLS].startswith(becomes or written)
    assert bool(done.edits) is bool(becomes)
    assert runs(done.files, "import massgen.backend.report").strip() == ""


def test_a_call_whose_result_nobody_takes_becomes_the_new_one() -> None:
    before = files(
        "self.update_token_usage(\n    messages,\n    response_content=answer,  # all of it\n    model=model,\n)\n"
    )
    done = migrate("0002", before)
    assert (
        "        self._estimate_token_usage(\n            messages,\n            response_content=answer,  # all"
        in (done.files[ACME_PATH])
    )
    assert runs(done.files, ASK) == runs(before, ASK)


ALSO_MARKS = ACCOUNT.replace(
    "        return self.token_usage\n", "        self.marked = True\n        return self.token_usage\n"
)
OVERRIDDEN = "\n\nclass AcmeToo(AcmeBackend):\n    def update_token_usage(self, *args):\n        return None\n"


def test_where_old_and_new_differ_it_takes_unsafe_and_where_a_class_has_its_own_it_stays() -> None:
    call = "self.update_token_usage(messages, answer, model)\n"
    before = files(call, account=ALSO_MARKS)
    assert told(migrate("0002", before), f"{ACME_PATH}:{FIRST} calls update_token_usage")
    assert (ACME_PATH, FIRST) in migrate("0002", before, unsafe=True).changed
    before = files(call)
    before[ACME_PATH] += OVERRIDDEN
    done = migrate("0002", before, unsafe=True)
    assert told(done, "calls update_token_usage of its own")
    assert told(done, "AcmeToo.update_token_usage counts or prices by itself")
    assert done.files[ACME_PATH] == before[ACME_PATH]


def test_counters_of_one_usage_object_become_one_call() -> None:
    before = files(f"if usage:\n{indent(BY_HAND, '    ')}    self.done = True\n")
    assert told(migrate("0002", before), f"{ACME_PATH}:{FIRST + 1} adds to self.token_usage by hand: --unsafe calls")
    done = migrate("0002", before, unsafe=True)
    assert done.files[ACME_PATH].endswith(
        "        if usage:\n"
        "            self._update_token_usage_from_api_response(usage, model)\n"
        "            self.done = True\n"
    )


@pytest.mark.parametrize(
    "lines",
    [
        BY_HAND.replace("usage.completion", "other.completion", 1),
        BY_HAND.replace("usage.prompt_tokens, usage.completion_tokens, model", "usage.prompt_tokens, 0, model"),
        BY_HAND.replace("self.calculate_cost", "price"),
        MADE,
        BY_HAND.partition("self.token_usage.est")[0],
        BY_HAND.replace("usage.prompt_tokens", "usage.total_tokens"),
    ],
    ids=["two objects", "another cost", "another price", "an object that is made", "no cost", "another count"],
)
def test_counters_that_are_anything_else_are_left(lines: str) -> None:
    done = migrate("0002", files(lines), unsafe=True)
    assert done.files[ACME_PATH] == files(lines)[ACME_PATH]
    assert told(done, f"{ACME_PATH}:{FIRST} adds to self.token_usage by hand: hand the usage object to")


def test_a_checkout_without_the_new_accounting_is_told_so_and_its_calls_stay() -> None:
    before = files("self.update_token_usage(messages, answer, model)\n")
    before[at.BASE] = before[at.BASE].replace("_estimate_token_usage", "_guess_token_usage")
    done = migrate("0002", before, unsafe=True)
    assert told(done, f"{at.BASE}:21 LLMBackend has no _estimate_token_usage")
    assert done.files[ACME_PATH] == before[ACME_PATH]


LINES = st.sampled_from([
    "self.update_token_usage(messages, answer, model)\n", BY_HAND, MADE, "pass\n",
    "kept = self.update_token_usage(messages, answer, model)\n", "self.token_usage.input_tokens += 1\n",
])  # fmt: skip


@given(st.lists(LINES, min_size=1, max_size=4), st.booleans(), st.booleans())
def test_whatever_stands_in_a_method_a_second_run_finds_nothing_to_change(
    lines: list[str], unsafe: bool, marks: bool
) -> None:
    before = files("".join(lines), account=ALSO_MARKS if marks else ACCOUNT)
    done = planned("0002", before, unsafe=unsafe)
    calls = sum(line.startswith("self.update") for line in lines)
    assert done.files[ACME_PATH].count("self._estimate_token_usage(") == (calls if unsafe or not marks else 0)
    by_hand = lines.count(BY_HAND) if unsafe else 0
    assert done.files[ACME_PATH].count("self._update_token_usage_from_api_response(usage") == by_hand
