"""0001: two literal sets of excluded settings become one constant, and both methods give what they gave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen_audit.model import layout as at
from massgen_audit.skeleton import SKELETON
from tests.audit.migrate.migrated import migrate, planned, runs

SHARED = "massgen/backend/_excluded_params.py"
BASE_SET = """\
        return {
            # Files
            "cwd",  # where tools run
            "hooks",
            "type",
        }
"""
HANDLER_SET = """\
        return {
            "upload_files",
            "cwd",
            "type",
            "instance_id",
        }
"""
ONE_LINE = '        return {"cwd", "type"}\n'
ASK = """
import massgen.api_params_handler._acme_api_params_handler as handler
from massgen.backend.acme import AcmeBackend
backend = AcmeBackend()
print(sorted(backend.get_base_excluded_config_params()), type(backend.get_base_excluded_config_params()).__name__)
print(sorted(backend.api_params_handler.get_excluded_params()))
"""


def files(base: str = BASE_SET, handler: str = HANDLER_SET) -> dict[str, str]:
    return {
        **SKELETON,
        at.BASE: SKELETON[at.BASE].replace(ONE_LINE, base),
        at.HANDLER_BASE: SKELETON[at.HANDLER_BASE].replace(ONE_LINE, handler),
    }


def test_the_names_that_both_have_move_with_their_comments_and_each_set_stays_what_it_was() -> None:
    before = files()
    done = migrate("0001", before)
    assert done.files[SHARED].partition("BASE_EXCLUDED_PARAMS")[2] == (
        ': frozenset[str] = frozenset(\n    {\n        # Files\n        "cwd",  # where tools run\n        "type",\n'
        "    }\n)\n"
    )
    assert 'return {*BASE_EXCLUDED_PARAMS, "hooks"}' in done.files[at.BASE]
    assert 'return {*BASE_EXCLUDED_PARAMS, "upload_files", "instance_id"}' in done.files[at.HANDLER_BASE]
    assert done.changed == [(at.HANDLER_BASE, 20), (at.BASE, 29)]
    assert done.left == [
        f"{at.HANDLER_BASE}:20 one set alone has hooks, instance_id: --unsafe gives them to both",
    ]
    assert runs(before, ASK) == runs(done.files, ASK)


def test_unsafe_gives_both_what_one_had_but_for_what_is_the_handlers_own() -> None:
    done = migrate("0001", files(), unsafe=True)
    assert done.left == []
    assert runs(done.files, ASK).splitlines() == [
        "['cwd', 'hooks', 'instance_id', 'type'] set",
        "['cwd', 'enable_search', 'hooks', 'instance_id', 'type', 'upload_files']",
    ]


def test_sets_that_agree_need_no_set_of_their_own_and_the_handlers_import_it_when_they_are_asked() -> None:
    done = migrate("0001", {**SKELETON})
    assert "return set(BASE_EXCLUDED_PARAMS)" in done.files[at.BASE]
    assert "        from ..backend._excluded_params import BASE_EXCLUDED_PARAMS" in done.files[at.HANDLER_BASE]
    assert runs(done.files, ASK) == runs(SKELETON, ASK)


@pytest.mark.parametrize(
    ("path", "old", "new", "line"),
    [
        (at.BASE, ONE_LINE, '        return {"cwd"} | {"type"}\n', 29),
        (at.BASE, ONE_LINE, '        return {"cwd", TYPE}\n', 29),
        (at.HANDLER_BASE, ONE_LINE, '        names = {"cwd", "type"}\n        return names\n', 20),
        (at.HANDLER_BASE, "def get_base_excluded_params", "def get_common_excluded_params", 1),
    ],
    ids=["two sets", "a name", "a variable", "another method"],
)
def test_anything_else_than_a_literal_set_is_left_with_its_place(path: str, old: str, new: str, line: int) -> None:
    done = migrate("0001", {**SKELETON, path: SKELETON[path].replace(old, new)})
    assert done.edits == []
    assert done.left[0].startswith(f"{path}:{line} ")


def test_a_checkout_whose_methods_share_a_constant_is_done() -> None:
    done = migrate("0001", migrate("0001", {**SKELETON}).files)
    assert (done.edits, done.left) == ([], [])


NAMES = st.lists(st.sampled_from(["cwd", "type", "hooks", "nlip", "upload_files", "subtask"]), min_size=1, unique=True)


@given(base=NAMES, handler=NAMES, unsafe=st.booleans(), spread=st.booleans())
def test_whatever_the_sets_hold_each_name_stays_excluded_where_it_was(
    base: list[str], handler: list[str], unsafe: bool, spread: bool
) -> None:
    def written(names: list[str]) -> str:
        gap = ",\n            " if spread else ", "
        inside = gap.join(f'"{name}"' for name in names)
        return f"        return {{\n            {inside},\n        }}\n" if spread else f"        return {{{inside}}}\n"

    done = planned("0001", files(written(base), written(handler)), unsafe=unsafe)
    scope: dict[str, frozenset[str]] = {}
    exec(done.files[SHARED], scope)
    for path, names in ((at.BASE, base), (at.HANDLER_BASE, handler)):
        line = next(line for line in done.files[path].splitlines() if "return" in line and "BASE_EXCLUDED" in line)
        gives = eval(line.partition("return ")[2], scope)
        assert gives >= set(names)
        assert unsafe or gives == set(names)
