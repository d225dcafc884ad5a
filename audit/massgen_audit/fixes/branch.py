"""Adds the branch of a backend type to `create_backend`, in front of the final `else`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from massgen_audit.facts import python
from massgen_audit.facts.shapes import Module
from massgen_audit.fixes.edit import CannotFix, quote_of, quoted, rewritten

if TYPE_CHECKING:
    import libcst as cst

FUNCTION = "create_backend"
_MESSAGE_HELPER = "_api_key_error_message"


@dataclass(frozen=True, slots=True)
class BranchFacts:
    """What is known of a type. `module` is where its class is imported from if the file does not know it yet.

    `env_vars` are tried in order; none means that no key is needed. `base_url` is the default endpoint, if any.
    """

    type: str
    cls: str
    module: str
    title: str
    env_vars: tuple[str, ...] = ()
    base_url: str | None = None


def add_branch(source: str, facts: BranchFacts) -> str:
    """`source` with a branch for the type; unchanged if there is one.

    The call is the one that a sibling makes for the same class, so that its special arguments are kept. Raises
    CannotFix where the function does not compare its parameter in an if/elif chain.
    """
    return rewritten(source, lambda tree: _with_branch(tree, facts, source))


def _with_branch(tree: cst.Module, facts: BranchFacts, source: str) -> cst.Module:
    import libcst as cst

    function = next(
        (node for node in tree.body if isinstance(node, cst.FunctionDef) and node.name.value == FUNCTION), None
    )
    if function is None or function.params.star_kwarg is None or not function.params.params:
        raise CannotFix(f"there is no {FUNCTION}(backend_type, **kwargs): write it first")
    subject = function.params.params[0].name.value
    chains = [arms for node in function.body.body if isinstance(node, cst.If) and (arms := _arms(node, subject))]
    if not chains:
        raise CannotFix(f"{FUNCTION} does not compare {subject} in an if/elif chain: add the type by hand")
    arms = [arm for chain in chains for arm in chain]
    if any(facts.type in _types(arm, subject) for arm in arms):
        return tree
    code = _Writer(facts, python.extract("cli.py", source.encode()), function, quote_of(source)).code(subject, arms)
    branch = cst.parse_statement(code, config=tree.config_for_parsing)
    assert isinstance(branch, cst.If)
    changed = function.with_changes(body=_placed(function.body, chains, branch))
    return tree.with_changes(body=[changed if node is function else node for node in tree.body])


def _placed(block: cst.BaseSuite, chains: list[list[cst.If]], branch: cst.If) -> cst.BaseSuite:
    """The function's body with `branch` as the last arm of its longest chain, or behind a row of separate ifs."""
    arms = max(chains, key=len)
    branch = branch.with_changes(leading_lines=[line for line in arms[-1].leading_lines if line.comment is None])
    if len(arms) == 1 and arms[0].orelse is None:
        body = list(block.body)
        body.insert(body.index(chains[-1][0]) + 1, branch)
        return block.with_changes(body=body)
    grown = arms[-1].with_changes(orelse=branch.with_changes(orelse=arms[-1].orelse))
    for arm in reversed(arms[:-1]):
        grown = arm.with_changes(orelse=grown)
    return block.with_changes(body=[grown if node is arms[0] else node for node in block.body])


def _arms(first: cst.If, subject: str) -> list[cst.If]:
    """The arms of a chain that compares `subject` with literals; empty if its first arm does not."""
    import libcst as cst

    arms: list[cst.If] = []
    node: cst.CSTNode | None = first if _types(first, subject) else None
    while isinstance(node, cst.If):
        arms.append(node)
        node = node.orelse
    return arms


def _types(arm: cst.If, subject: str) -> set[str]:
    """The string literals of a test that has `subject` on the left of a comparison."""
    import libcst as cst
    import libcst.matchers as m

    from massgen_audit.fixes.containers import text_of

    compares = m.findall(arm.test, m.Comparison(left=m.Name(subject)))
    literals = [node for found in compares for node in m.findall(found, m.SimpleString())]
    return {text for node in literals if isinstance(node, cst.SimpleString) and (text := text_of(node))}


class _Writer:
    """Writes the branch in the file's own terms: its error class, its message helper, its quotes."""

    def __init__(self, facts: BranchFacts, module: Module, function: cst.FunctionDef, quote: str) -> None:
        import libcst.matchers as m

        assert function.params.star_kwarg is not None
        self._facts = facts
        self._bound = module.bindings()
        self._fact = module.function(FUNCTION)
        self._kwargs = function.params.star_kwarg.name.value
        self._quote = quote
        self._has_path = bool(m.findall(function, m.AssignTarget(m.Name("config_path"))))

    def code(self, subject: str, arms: Sequence[cst.If]) -> str:
        call, takes_key = self._call(arms, subject)
        lines = [*self._imports(), *(self._key(takes_key)), *self._url(), f"return {call}"]
        return f"if {subject} == {self._q(self._facts.type)}:\n" + "".join(
            f"    {line}".rstrip() + "\n" for line in lines
        )

    def _imports(self) -> list[str]:
        missing = []
        if self._facts.env_vars and "os" not in self._bound:
            missing.append("import os")
        if self._facts.cls not in self._bound:
            missing.append(f"from {self._facts.module} import {self._facts.cls}")
        return [*missing, ""] if missing else []

    def _key(self, takes_key: bool) -> list[str]:
        found = " or ".join(f"os.getenv({self._q(name)})" for name in self._facts.env_vars)
        key = self._q("api_key")
        if not takes_key:
            return [f"if not ({self._kwargs}.get({key}) or {found}):", f"    {self._raise()}"] if found else []
        given = f"{self._kwargs}.pop({key}, None)"
        if not found:
            return [f"api_key = {given}"]
        return [f"api_key = {given} or {found}", "if not api_key:", f"    {self._raise()}"]

    def _url(self) -> list[str]:
        if not self._facts.base_url:
            return []
        key = self._q("base_url")
        return [
            f"if {key} not in {self._kwargs}:",
            f"    {self._kwargs}[{key}] = {self._q(self._facts.base_url)}",
        ]

    def _raise(self) -> str:
        title, names = self._facts.title, self._facts.env_vars
        error = self._error()
        if _MESSAGE_HELPER in self._bound:
            path = ", config_path" if self._has_path else ""
            return f"raise {error}({_MESSAGE_HELPER}({self._q(title)}, {self._q(names[0])}{path}))"
        message = f"{title} API key not found. Set {' or '.join(names)}."
        return f"raise {error}({self._q(message)})"

    def _error(self) -> str:
        """The error that the function raises most, so that callers catch this one, too."""
        raised = Counter(name for name, _ in self._fact.raises if name) if self._fact else Counter()
        return raised.most_common(1)[0][0] if raised else "ValueError"

    def _call(self, arms: Sequence[cst.If], subject: str) -> tuple[str, bool]:
        """The call that makes the backend, and whether it takes the key as a local name."""
        for arm in arms:
            found = self._sibling_call(arm, subject)
            if found:
                return found, "api_key=api_key" in found.replace(" ", "")
        if self._facts.env_vars:
            return f"{self._facts.cls}(api_key=api_key, **{self._kwargs})", True
        return f"{self._facts.cls}(**{self._kwargs})", False

    def _sibling_call(self, arm: cst.If, subject: str) -> str:
        """What another arm calls for the same class, with that arm's type replaced by this one."""
        import libcst as cst
        import libcst.matchers as m

        from massgen_audit.fixes.containers import text_of

        calls = m.findall(arm.body, m.Return(value=m.Call(func=m.Name(self._facts.cls))))
        types = _types(arm, subject)
        if not calls:
            return ""
        returned = cst.ensure_type(calls[0], cst.Return)
        assert returned.value is not None
        own = cst.SimpleString(self._q(self._facts.type))
        call = m.replace(returned.value, m.MatchIfTrue(lambda node: text_of(node) in types), own)
        assert isinstance(call, cst.CSTNode)
        return cst.Module([]).code_for_node(call)

    def _q(self, text: str) -> str:
        return quoted(text, self._quote)
