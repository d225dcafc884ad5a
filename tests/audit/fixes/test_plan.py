"""From a broken checkout back to a whole one: planned, proven by a second audit, and done once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest

from massgen_audit.api import audit_tree
from massgen_audit.fixes.draft import merged
from massgen_audit.fixes.edit import BrokenFix, FileEdit, is_addition
from massgen_audit.fixes.overlay import OverlayTree
from massgen_audit.fixes.plan import plan_fixes
from massgen_audit.fixes.recipes import FIXES
from massgen_audit.rule import Edit, MiniRepo, Rule, load_rules
from massgen_audit.skeleton import BACKEND_INIT, CAPABILITIES, CLI
from massgen_audit.testing import build, build_files
from massgen_audit.tree import MemoryTree, Tree
from massgen_audit.values import FILL_IN, POINTS, Audit, Finding, Fixable, Status

RULES = load_rules()
BRANCH = CLI[CLI.index('    if backend_type == "acme"') : CLI.index("    else:")]
ENTRY = CAPABILITIES[CAPABILITIES.index('    "acme": Backend') : CAPABILITIES.rindex("}")]
OTHER_ENTRY = '    "other": BackendCapabilities("other", "Other", set(), [], "none", ["custom"], "custom"),\n'
OTHER = '    if backend_type == "other":\n        return None\n'
PAGES = ("docs/", "massgen/tests/")  # what a second type of a case, which nothing documents, is given as well
EXAMPLE = "massgen/configs/providers/acme/single_acme.yaml"


@dataclass(frozen=True)
class Broken:
    """A checkout with one integration point taken out, and what a fix makes of that point."""

    title: str
    point: int
    edits: tuple[Edit, ...]
    files: tuple[str, ...]
    after: Status = Status.PRESENT
    waiting: frozenset[int] = frozenset()  # points that go by what a person has yet to fill in
    without: str = ""


CASES = [
    Broken(
        "no export",
        4,
        (
            Edit("massgen/backend/__init__.py", "from .acme import AcmeBackend\n", ""),
            Edit("massgen/backend/__init__.py", '    "AcmeBackend",\n', ""),
        ),
        ("massgen/backend/__init__.py",),
    ),
    Broken(
        "import without __all__",
        4,
        (Edit("massgen/backend/__init__.py", '    "AcmeBackend",\n', ""),),
        ("massgen/backend/__init__.py",),
    ),
    Broken("no branch", 5, (Edit("massgen/cli.py", BRANCH, OTHER),), ("massgen/cli.py",)),
    Broken(
        "no entry",
        6,
        (Edit("massgen/backend/capabilities.py", ENTRY, OTHER_ENTRY),),
        ("massgen/backend/capabilities.py", "massgen/configs/providers/other/single_other.yaml"),
        after=Status.PARTIAL,
        waiting=frozenset({8, 15}),
    ),
    Broken("no example", 12, (), (EXAMPLE,), without=EXAMPLE),
    Broken(
        "excluded sets that differ",
        10,
        (Edit("massgen/backend/base.py", '{"cwd", "type"}', '{"cwd", "type", "instance_id"}'),),
        ("massgen/api_params_handler/_api_params_handler_base.py",),
    ),
]


def tree_of(case: Broken) -> MemoryTree:
    files = build_files(case.edits)
    return MemoryTree({path: text for path, text in files.items() if path != case.without})


def points(audit: Audit, backend: str = "acme") -> dict[int, Status]:
    found = next(item for item in audit.backends if item.type == backend)
    return {number: found.point(number) for number in POINTS}


def statuses(audit: Audit) -> dict[tuple[str, str, str], Status]:
    return {(f.code, f.backend, f.unit): f.status for f in audit.findings()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_exactly_the_missing_point_is_restored(case: Broken) -> None:
    whole, tree = audit_tree(MemoryTree(build_files(()))), tree_of(case)
    broken = audit_tree(tree)
    assert statuses(broken) != statuses(whole)
    edits = plan_fixes(broken, tree, unsafe=True)
    assert tuple(edit.path for edit in edits if not edit.path.startswith(PAGES)) == case.files
    fixed = audit_tree(OverlayTree(tree, edits))
    assert points(fixed)[case.point] is case.after
    others = set(POINTS) - {case.point} - case.waiting
    assert {number: points(fixed)[number] for number in others} == {n: points(whole)[n] for n in others}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_second_run_has_nothing_to_do_and_the_first_only_adds(case: Broken) -> None:
    tree = tree_of(case)
    edits = plan_fixes(audit_tree(tree), tree, unsafe=True)
    fixed = OverlayTree(tree, edits)
    assert plan_fixes(audit_tree(fixed), fixed, unsafe=True) == []
    for edit in edits:
        assert edit.codes
        if edit.before is not None:
            assert is_addition(edit.before, edit.after)
            assert not [line for line in lines_lost(edit) if line.rstrip().endswith(",")]


def lines_lost(edit: FileEdit) -> Iterable[str]:
    after = edit.after.splitlines()
    return [line for line in (edit.before or "").splitlines() if line not in after]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_behaviour_is_only_changed_when_that_is_asked_for(case: Broken) -> None:
    tree = tree_of(case)
    edits = plan_fixes(audit_tree(tree), tree)
    risky = {fix.code for fix in FIXES if fix.safety is Fixable.UNSAFE}
    assert not [edit for edit in edits if risky & set(edit.codes)]


def test_a_whole_checkout_needs_no_edit() -> None:
    tree = MemoryTree(build_files(()))
    assert plan_fixes(audit_tree(tree), tree, unsafe=True) == []


def test_what_was_read_is_written_and_what_was_not_is_marked() -> None:
    tree = tree_of(next(case for case in CASES if case.title == "no entry"))
    edit = next(edit for edit in plan_fixes(audit_tree(tree), tree) if edit.path == "massgen/backend/capabilities.py")
    assert 'provider_name="Acme"' in edit.after
    assert 'filesystem_support="mcp"' in edit.after
    assert 'builtin_tools=["search"]' in edit.after
    assert 'env_var="ACME_API_KEY"' in edit.after
    assert edit.after.count(FILL_IN) == 3


def test_a_dispatch_table_gets_a_row_instead_of_a_branch() -> None:
    files = build_files((Edit("massgen/cli.py", BRANCH, OTHER),))
    files["massgen/backend/factory.py"] = 'BACKENDS: dict[str, str] = {\n    "b": "massgen.backend.b:B",\n}\n'
    files["massgen/cli.py"] = (
        "from importlib import import_module\n\nfrom .backend.factory import BACKENDS\n\n\n"
        "def create_backend(backend_type, **kwargs):\n"
        '    module, _, name = BACKENDS[backend_type].partition(":")\n'
        "    return getattr(import_module(module), name)(**kwargs)\n"
    )
    tree = MemoryTree(files)
    edits = plan_fixes(audit_tree(tree), tree, unsafe=True)
    row = next(edit for edit in edits if edit.path == "massgen/backend/factory.py")
    assert '    "acme": "massgen.backend.acme:AcmeBackend",\n' in row.after


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("massgen/backend/__init__.py", "from .acme import AcmeBackend\n", "there is no __all__"),
        (EXAMPLE, "agents: []\n", "is there already"),
        ("massgen/cli.py", "def create_backend(backend_type, **kwargs):\n    raise ValueError\n", "if/elif chain"),
    ],
)
def test_a_fix_that_does_not_apply_says_why(path: str, text: str, reason: str) -> None:
    tree = MemoryTree(build_files((Edit(path, "", text),)))
    told: list[tuple[Finding, str]] = []
    edits = plan_fixes(audit_tree(tree), tree, unsafe=True, refused=lambda finding, why: told.append((finding, why)))
    assert path not in [edit.path for edit in edits]
    assert [why for _, why in told if reason in why]


def test_a_fix_of_two_files_that_stops_half_way_leaves_none() -> None:
    base = Edit("massgen/backend/base.py", '{"cwd", "type"}', '{"cwd", "type", "hooks"}')
    names = 'NAMES = frozenset("cwd type instance_id".split())\n'
    handler = "massgen/api_params_handler/_api_params_handler_base.py"
    edits = (
        base,
        Edit(handler, "from abc import ABC, abstractmethod\n", f"from abc import ABC, abstractmethod\n\n{names}"),
        Edit(handler, 'return {"cwd", "type"}', "return NAMES"),
    )
    tree = MemoryTree(build_files(edits))
    told: list[str] = []
    assert plan_fixes(audit_tree(tree), tree, unsafe=True, refused=lambda finding, why: told.append(why)) == []
    assert any("get_base_excluded_params holds no literal set" in why for why in told)


def test_a_module_that_no_import_can_name_is_refused() -> None:
    files = build_files(CASES[0].edits)
    files["massgen/backend/my-acme.py"] = files.pop("massgen/backend/acme.py")
    files["massgen/cli.py"] = files["massgen/cli.py"].replace(
        "from .backend.acme import AcmeBackend", "AcmeBackend = None"
    )
    tree = MemoryTree(files)
    told: list[str] = []
    plan_fixes(audit_tree(tree), tree, unsafe=True, refused=lambda finding, why: told.append(why))
    assert any("my-acme.py cannot be imported" in why for why in told)


def test_only_what_the_audit_is_about_is_fixed() -> None:
    tree = MemoryTree(build_files((*LITE, *CASES[0].edits)))
    whole = audit_tree(tree)
    lite = replace(whole, backends=tuple(item for item in whole.backends if item.type == "lite"), repo=())
    open_ = (Status.MISSING, Status.PARTIAL)
    none = [replace(f, status=Status.BASELINED) if f.status in open_ else f for f in lite.findings()]
    accepted = replace(lite, backends=(replace(lite.backends[0], findings=tuple(none)),))
    example = "massgen/configs/providers/lite/single_lite.yaml"
    assert example in [edit.path for edit in plan_fixes(whole, tree)]
    assert example in [edit.path for edit in plan_fixes(lite, tree)]
    assert plan_fixes(accepted, tree) == []
    later = replace(whole, backends=tuple(accepted.backends[0] if b.type == "lite" else b for b in whole.backends))
    assert not [edit for edit in plan_fixes(later, tree) if "lite" in edit.path]
    acme = replace(whole, backends=tuple(item for item in whole.backends if item.type == "acme"), repo=())
    assert [edit.path for edit in plan_fixes(acme, tree)] == ["massgen/backend/__init__.py"]


LITE = (
    Edit("massgen/cli.py", 'if backend_type == "acme":', 'if backend_type in ("acme", "lite"):'),
    Edit(
        "massgen/backend/capabilities.py",
        ENTRY,
        ENTRY + '    "lite": BackendCapabilities("lite", "Lite", set(), [], "mcp", ["custom"], "custom"),\n',
    ),
)
TEAM = Edit("massgen/configs/team.yaml", "", "agents:\n  - backend:\n      type: lite\n      model: {model}\n")


@pytest.mark.parametrize(
    ("elsewhere", "model"),
    [(None, f'"{FILL_IN}: a model that Lite serves"'), ("lite-7b", '"lite-7b"'), ("custom", None)],
)
def test_an_example_shows_a_model_that_is_known(elsewhere: str | None, model: str | None) -> None:
    team = (replace(TEAM, new=TEAM.new.format(model=elsewhere)),) if elsewhere else ()
    tree = MemoryTree(build_files((*LITE, *team)))
    edits = {edit.path: edit.after for edit in plan_fixes(audit_tree(tree), tree)}
    text = edits.get("massgen/configs/providers/lite/single_lite.yaml")
    assert (f"      model: {model}\n" in text) if text else model is None


def branch_written(*edits: Edit) -> str:
    """What a fix adds to the entry point, for the one type that has no branch."""
    tree = MemoryTree(build_files(edits))
    written = {edit.path: edit for edit in plan_fixes(audit_tree(tree), tree, unsafe=True)}
    edit = written["massgen/cli.py"]
    assert edit.before is not None
    return "".join(line for line in edit.after.splitlines(keepends=True) if line not in edit.before.splitlines(True))


def test_a_class_that_finds_its_key_itself_gets_no_key_check() -> None:
    own_key = Edit(
        "massgen/backend/acme.py",
        "        super().__init__(api_key, **kwargs)\n",
        '        super().__init__(api_key or os.getenv("ACME_API_KEY"), **kwargs)\n',
    )
    imported = Edit(
        "massgen/backend/acme.py", "from .base import StreamChunk\n", "import os\n\nfrom .base import StreamChunk\n"
    )
    without = Edit("massgen/cli.py", BRANCH, OTHER)
    assert "getenv" in branch_written(without)
    assert "getenv" not in branch_written(without, own_key, imported)


def test_a_compatible_type_is_served_as_its_siblings_at_the_address_of_its_notes() -> None:
    rows = "".join(
        f'    "{name}": BackendCapabilities("{name}", "{name}", set(), [], "mcp", ["m"], "m", "{name.upper()}_KEY",\n'
        f'        notes="OpenAI-compatible API. Base URL: https://{name}.test/v1. Fast."),\n'
        for name in ("kappa", "sigma")
    )
    edits = (
        Edit("massgen/backend/capabilities.py", "    base_url: str | None = None\n", ""),
        Edit("massgen/backend/capabilities.py", ENTRY, ENTRY + rows),
        Edit("massgen/cli.py", 'if backend_type == "acme":', 'if backend_type in ("acme", "sigma"):'),
    )
    added = branch_written(*edits)
    assert 'os.getenv("KAPPA_KEY")' in added
    assert 'kwargs["base_url"] = "https://kappa.test/v1"\n' in added


def test_the_difference_that_the_two_sets_may_have_stays() -> None:
    handler = "massgen/api_params_handler/_api_params_handler_base.py"
    tree = MemoryTree(build_files((Edit(handler, '{"cwd", "type"}', '{"cwd", "type", "upload_files", "hooks"}'),)))
    (edit,) = plan_fixes(audit_tree(tree), tree, unsafe=True)
    assert edit.path == "massgen/backend/base.py"
    assert '{"cwd", "hooks", "type"}' in edit.after


def test_an_edit_of_two_rounds_starts_from_the_first() -> None:
    first, second = FileEdit("a.py", "1\n", "1\n2\n", ("MG201",)), FileEdit("a.py", "1\n2\n", "1\n2\n3\n", ("MG202",))
    assert merged({"a.py": first}, [second]) == {"a.py": FileEdit("a.py", "1\n", "1\n2\n3\n", ("MG201", "MG202"))}


class Forgetful:
    """An audit that reports its first result again, as if the edits had changed nothing."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit

    def __call__(self, tree: Tree) -> Audit:
        return self.audit


def test_edits_that_do_not_help_are_never_handed_out() -> None:
    tree = tree_of(CASES[0])
    broken = audit_tree(tree)
    with pytest.raises(BrokenFix, match="is still"):
        plan_fixes(broken, tree, audited=Forgetful(broken))


def test_edits_that_cost_another_verdict_are_never_handed_out() -> None:
    tree = tree_of(CASES[0])
    broken = audit_tree(tree)

    def harmed(overlay: Tree) -> Audit:
        audit = audit_tree(overlay)
        hurt = [replace(f, status=Status.MISSING) if f.code == "MG106" else f for f in audit.backends[0].findings]
        return replace(audit, backends=(replace(audit.backends[0], findings=tuple(hurt)),))

    with pytest.raises(BrokenFix, match=r"MG106 of .* would go from present to missing"):
        plan_fixes(broken, tree, audited=harmed)


EXAMPLES = [(rule, example) for rule in RULES for example in rule.invalid if example.fixed]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=lambda value: getattr(value, "code", None))
def test_the_fixed_text_of_an_example_is_what_the_fix_writes(rule: Rule, example: MiniRepo) -> None:
    tree = build(example)
    edits = plan_fixes(audit_tree(tree), tree, unsafe=True)
    written = {edit.path: edit.after for edit in edits if rule.code in edit.codes}
    assert written == dict(example.fixed)


def test_a_rule_says_it_is_fixable_exactly_if_a_fix_answers_it() -> None:
    promised = {rule.code: rule.fixable for rule in RULES if rule.fixable is not Fixable.NO}
    assert promised == {fix.code: fix.safety for fix in FIXES}


def test_planning_imports_the_editing_library_only_for_an_edit() -> None:
    program = (
        "import sys\n"
        "from massgen_audit.api import audit_tree\n"
        "from massgen_audit.fixes.plan import plan_fixes\n"
        "from massgen_audit.skeleton import SKELETON\n"
        "from massgen_audit.tree import MemoryTree\n"
        "tree = MemoryTree(SKELETON)\n"
        "assert plan_fixes(audit_tree(tree), tree, unsafe=True) == []\n"
        "assert 'libcst' not in sys.modules, 'imported without need'\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_the_skeleton_exports_what_the_cases_take_out() -> None:
    assert '    "AcmeBackend",\n' in BACKEND_INIT
    assert ENTRY.startswith('    "acme"')
