"""The backend asks nobody for a password while it runs.

What it does: looks for `input` and `getpass` reachable from the constructor and from `stream_with_tools`.

Why it matters: a run without a terminal, which is how automation uses MassGen, waits for ever.

Evidence: the call, with the chain that leads to it.

Not a finding: a prompt in a command of its own, such as a login.

How to fix: read the key from the environment or a cached login, and raise an error that says what to run.
"""

from __future__ import annotations

from massgen_audit.model.repo import STREAM, RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import not_applicable, partial, present, seen

_PROMPTS = frozenset({"input", "getpass", "getpass.getpass"})


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    reached = [item for entry in ("__init__", STREAM) for item in model.reach.from_method(info, entry)]
    if not reached:
        return not_applicable(f"{info.name} has nothing that runs")
    asking = [(item, call) for item in reached for call in item.function.calls if call.chain in _PROMPTS]
    if not asking:
        first = reached[0]
        return present(f"{info.name} asks nobody", seen(first.path, first.function.place, "defines", first.label))
    evidence = (seen(item.path, call.place, "calls", call.chain, item.via) for item, call in asking[:3])
    return partial(f"{info.name} waits for somebody to type: {asking[0][1].chain}", *evidence)


RULE = Rule(
    code="MG502",
    slug="no-prompt-while-running",
    point=0,
    phase="5",
    scope=Scope.CLASS,
    tier=Tier.CONDITIONAL,
    summary="The backend asks nobody for a password while it runs",
    check=check,
    doc=__doc__ or "",
    valid=(MiniRepo("a key from the caller"),),
    invalid=(
        MiniRepo(
            "a prompt in the constructor",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    "        self.formatter = AcmeFormatter()\n",
                    '        self.formatter = AcmeFormatter()\n        self.code = input("Code: ")\n',
                ),
            ),
            expect=(Expected("acme", "partial", "massgen/backend/acme.py:11"),),
        ),
    ),
)
