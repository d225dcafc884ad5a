"""An example configuration under `configs/providers/` uses the type.

What it does: reads the `type` of every `backend:` mapping; the names of files and directories prove nothing.

Why it matters: an example is the first thing people copy.

Evidence: the `type:` key.

Not a finding: a directory with another name than the type.

How to fix: add `massgen/configs/providers/<type>/single_<type>.yaml`.
"""

from __future__ import annotations

from massgen_audit.model import layout as at
from massgen_audit.model.examples import by_address, of_type
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.values import Fixable, Scope, Tier, Verdict
from massgen_audit.verdicts import missing, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    name = unit.type.name
    found = of_type(model, name)
    if found is not None and found.path.startswith(at.PROVIDER_CONFIGS):
        return present(f"{found.path} uses {name}", seen(found.path, found.place, "yaml-key", f"type: {name}"))
    where = searched(f"{at.PROVIDER_CONFIGS}{name}/single_{name}.yaml", 1, "an example belongs here")
    if found is not None:
        elsewhere = seen(found.path, found.place, "yaml-key", f"type: {name}")
        return partial(f"{name} is used only outside configs/providers", where, elsewhere)
    indirect = by_address(model, unit.type)
    if indirect is not None:
        through = seen(indirect.path, indirect.place, "yaml-key", indirect.backend.base_url)
        return partial(f"{name} is reached only through type {indirect.backend.type} and its address", where, through)
    return missing(f"no example configuration uses {name}", where)


_CONFIG = "massgen/configs/providers/acme/single_acme.yaml"
_TEXT = "agents:\n  - id: agent\n    backend:\n      type: acme\n      model: acme-2\n"
_NONE = "agents:\n  - id: agent\n    backend:\n      type: other\n      # type: acme\n"
_LITE_ENTRY = (
    '    "acme_lite": BackendCapabilities(\n'
    '        "acme_lite", "Acme Lite", set(), [], "mcp", ["acme-lite-1"], "acme-lite-1", "ACME_API_KEY"\n'
    "    ),\n"
)
_LITE_CONFIG = "massgen/configs/providers/acme_lite/single_acme_lite.yaml"
_LITE_FIXED = """\
# One agent on Acme Lite. Needs ACME_API_KEY in the environment.

agents:
  - id: "acme_lite_agent"
    backend:
      type: "acme_lite"
      model: "acme-lite-1"

ui:
  display_type: "rich_terminal"
  logging_enabled: true
"""

RULE = Rule(
    code="MG801",
    slug="example-config",
    point=12,
    phase="8",
    scope=Scope.TYPE,
    tier=Tier.REQUIRED,
    summary="An example configuration under configs/providers/ uses the type",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("a live type key"),
        MiniRepo(
            "a directory that is named otherwise",
            edits=(Edit(_CONFIG, "", _NONE), Edit("massgen/configs/providers/others/two.yaml", "", _TEXT)),
        ),
    ),
    invalid=(
        MiniRepo(
            "a second type of the class, without an example",
            edits=(
                Edit("massgen/cli.py", 'if backend_type == "acme":', 'if backend_type in ("acme", "acme_lite"):'),
                Edit(
                    "massgen/backend/capabilities.py",
                    '    "acme": BackendCapabilities(\n',
                    f'{_LITE_ENTRY}    "acme": BackendCapabilities(\n',
                ),
            ),
            expect=(Expected("acme_lite", "missing", f"{_LITE_CONFIG}:1"),),
            fixed={_LITE_CONFIG: _LITE_FIXED},
            safety=Fixable.SCAFFOLD,
        ),
        MiniRepo(
            "the type is commented out",
            edits=(Edit(_CONFIG, "", _NONE),),
            expect=(Expected("acme", "missing", "massgen/configs/providers/acme/single_acme.yaml:1"),),
        ),
        MiniRepo(
            "an example elsewhere",
            edits=(Edit(_CONFIG, "", _NONE), Edit("massgen/configs/teams/acme.yaml", "", _TEXT)),
            expect=(Expected("acme", "partial", "massgen/configs/providers/acme/single_acme.yaml:1"),),
        ),
    ),
)
