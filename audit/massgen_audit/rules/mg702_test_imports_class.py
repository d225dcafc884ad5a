"""A test module imports the class or its adapter.

What it does: looks for the import in collected test modules; a mention in a string or a comment is none.

Why it matters: a loop over the registry proves that a row is well formed, not that the backend works.

Evidence: the import.

Not a finding: one class that several types share, tested once.

How to fix: write a test module that imports the class and streams from it.
"""

from __future__ import annotations

from massgen_audit.model.repo import RepoModel
from massgen_audit.model.tested import importing_test, mentioning_test
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Fixable, Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.type
    if info.lost:
        return not_applicable(f"the class that serves {info.name} is not there to be tested")
    found = importing_test(model, info)
    if found is not None:
        path, place, name = found
        return present(f"{path.rpartition('/')[2]} imports {name}", seen(path, place, "test", name))
    inside = any(path.startswith("massgen/tests/") for path in model.layout.test_files)
    belongs = f"{'massgen/tests' if inside else 'tests'}/test_{info.name}_backend.py"
    subject = info.cls.name if info.cls else info.name
    where = searched(belongs, 1, f"none of {len(model.layout.test_files)} test modules imports {subject}")
    generic = mentioning_test(model, info)
    if generic is not None:
        path, line, how = generic
        return partial(
            f"no test imports {subject}; {path.rpartition('/')[2]} {how}", where, seen(path, line, "test", how)
        )
    return missing(f"no test concerns {info.name}", where)


_TEST = "massgen/tests/test_acme_backend.py"

RULE = Rule(
    code="MG702",
    slug="test-imports-class",
    point=11,
    phase="7.1",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="A test module imports the class or its adapter",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("an import"),
        MiniRepo(
            "the module is imported",
            edits=(
                Edit(_TEST, "", "from massgen.backend import acme\n\n\ndef test_it():\n    assert acme.AcmeBackend\n"),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "no test names it",
            edits=(Edit(_TEST, "", "def test_nothing():\n    assert True\n"),),
            removed=("massgen/tests/test_capabilities.py",),
            expect=(Expected("acme", "missing", "massgen/tests/test_acme_backend.py:1"),),
        ),
        MiniRepo(
            "no test module at all",
            removed=(_TEST, "massgen/tests/test_capabilities.py"),
            expect=(Expected("acme", "missing", "tests/test_acme_backend.py:1"),),
            fixed={
                "tests/test_acme_backend.py": '"""The backend type acme: the class that serves it."""\n\n'
                "from massgen.backend.acme import AcmeBackend\n\n\n"
                "def test_acme_names_its_provider() -> None:\n"
                '    assert AcmeBackend(api_key="key", model="any").get_provider_name() == "Acme"\n'
            },
            safety=Fixable.SCAFFOLD,
        ),
        MiniRepo(
            "only a loop over the registry",
            edits=(
                Edit(
                    _TEST,
                    "",
                    "from massgen.backend.capabilities import BACKEND_CAPABILITIES\n\n\n"
                    "def test_keys():\n"
                    "    for name in BACKEND_CAPABILITIES:\n"
                    "        assert BACKEND_CAPABILITIES[name].backend_type == name\n",
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/tests/test_acme_backend.py:1"),),
        ),
    ),
)
