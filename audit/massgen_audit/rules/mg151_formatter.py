"""A backend with an API of its own shape has a formatter.

What it does: evaluates `self.formatter` after the constructor and asks whether its class derives from `FormatterBase`
and implements it.

Why it matters: messages and tools reach such an API in the wrong shape, and the provider answers with a 400.

Evidence: the place that makes the formatter, and its class.

Not a finding: Chat-Completions compatible backends, and wrappers of an SDK, CLI or framework that make their own
request; `self.formatter = None` in the root class proves nothing.

How to fix: subclass `FormatterBase` in `massgen/formatter/` and set it in the constructor.
"""

from __future__ import annotations

from massgen_audit.model.interp.values import Instance
from massgen_audit.model.params import formatters
from massgen_audit.model.repo import RepoModel
from massgen_audit.model.roles import Role, chat_call, role_of
from massgen_audit.model.units import Unit
from massgen_audit.rule import Edit, Expected, MiniRepo, Rule
from massgen_audit.skeleton import ACME_ON_ROOT
from massgen_audit.values import Scope, Tier, Verdict
from massgen_audit.verdicts import missing, not_applicable, partial, present, searched, seen


def check(model: RepoModel, unit: Unit) -> Verdict:
    info = unit.info
    role = role_of(model, info)
    here = seen(info.path, info.fact.place, "defines", info.name)
    found = formatters(model, model.instance_of(unit))
    if role is Role.CHAT:
        return not_applicable(f"{info.name} is Chat-Completions compatible", here)
    if found:
        return _judged(model, unit, found)
    chat = chat_call(model, info)
    if chat is not None:
        site = seen(chat.reached.path, chat.call.place, "calls", chat.call.chain, chat.reached.via)
        return not_applicable(f"{info.name} speaks Chat Completions", site)
    if role in (Role.WRAPPER, Role.ADAPTER):
        return not_applicable(f"{info.name} wraps an SDK, a CLI or a framework", here)
    where = searched(info.path, info.fact.place, "self.formatter is set by no constructor above this class")
    return missing(f"{info.name} speaks an API of its own and has no formatter", where)


def _judged(model: RepoModel, unit: Unit, found: tuple[Instance, ...]) -> Verdict:
    evidence = []
    for item in found:
        cls, (path, line) = item.info, item.made_at
        evidence.append(seen(path or cls.path, line or cls.fact.place, "calls", cls.name))
        left = [method.name for _, method in model.classes.abstract_methods(cls)]
        if left:
            where = searched(cls.path, cls.fact.place.end_line, f"{', '.join(left)} belongs in this class")
            return partial(f"{cls.name} does not implement {', '.join(left)}", *evidence, where)
    return present(f"{unit.info.name} formats with {found[0].info.name}", *evidence)


RULE = Rule(
    code="MG151",
    slug="formatter-in-effect",
    point=2,
    phase="1.2",
    scope=Scope.CLASS,
    tier=Tier.CONDITIONAL,
    summary="A backend with an API of its own shape has a formatter",
    check=check,
    doc=__doc__ or "",
    valid=(
        MiniRepo("set in the constructor"),
        MiniRepo(
            "set by the base's constructor",
            edits=(
                Edit("massgen/backend/acme.py", "        self.formatter = AcmeFormatter()\n", ""),
                Edit(
                    "massgen/backend/base_with_custom_tool_and_mcp.py",
                    "from .base import FilesystemSupport, LLMBackend, StreamChunk\n\n\n"
                    "class CustomToolAndMCPBackend(LLMBackend):\n",
                    "from ..formatter._acme_formatter import AcmeFormatter\n"
                    "from .base import FilesystemSupport, LLMBackend, StreamChunk\n\n\n"
                    "class CustomToolAndMCPBackend(LLMBackend):\n"
                    "    def __init__(self, api_key=None, **kwargs):\n"
                    "        super().__init__(api_key, **kwargs)\n"
                    "        self.formatter = AcmeFormatter()\n\n",
                ),
            ),
        ),
    ),
    invalid=(
        MiniRepo(
            "no constructor sets one",
            edits=(Edit("massgen/backend/acme.py", "        self.formatter = AcmeFormatter()\n", ""),),
            expect=(Expected("acme", "missing", "massgen/backend/acme.py:7"),),
        ),
        MiniRepo(
            "the request path asks a handler, under a base of another name",
            edits=(
                Edit(
                    "massgen/backend/acme.py",
                    "",
                    ACME_ON_ROOT.replace("        self.formatter = AcmeFormatter()\n", ""),
                ),
            ),
            expect=(Expected("acme", "missing", "massgen/backend/acme.py:6"),),
        ),
    ),
)
