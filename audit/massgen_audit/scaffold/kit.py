"""The conformance kit's side of a type, where the checkout holds the kit: who plays it, and where it lives."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from massgen_audit.fixes.edit import CannotFix, FileEdit, quoted, rewritten
from massgen_audit.scaffold.spec import Spec
from massgen_audit.tree import Tree

if TYPE_CHECKING:
    import libcst as cst

PROVIDERS = "conformance/massgen_conformance/providers.py"
ENDPOINTS = "conformance/massgen_conformance/cassette/endpoints.py"
_SPEAKERS = {"chat": "ChatSpeaker(COMPATIBLE, {model})", "custom": "ChatSpeaker(COMPATIBLE, {model})"}
_SPEAKERS["response"] = "ResponsesSpeaker({model}, {name})"


def command(spec: Spec) -> str:
    """The command that plays the type's provider. The kit knows no SDK: one is asked as the Chat wire is."""
    wire = " --wire openai_chat" if spec.base == "sdk" else ""
    return f"massgen-conformance run --provider {spec.name}{wire}"


def profiles(tree: Tree, spec: Spec) -> list[FileEdit]:
    """The edits of the kit's two tables; none where there is no kit, or it plays no such provider."""
    if spec.base == "cli":
        agent = f'AGENTS["gemini_cli"].keyed({quoted(spec.variable) if spec.variable else ""})'
        profile = f'Profile({quoted(spec.name)}, {agent}, {quoted(spec.model)}, "", frozenset())'
        edit = _edited(tree, PROVIDERS, lambda module: _in_tuple(module, "_BY_NAME", profile))
        return [edit] if edit else []
    if spec.base not in _SPEAKERS:
        return []
    model, name = quoted(spec.model), quoted(spec.name)
    url = urlsplit(spec.base_url)
    optional = "" if spec.auth == "key" else ", key_optional=True"
    speaker = _SPEAKERS[spec.base].format(model=model, name=name)
    profile = f"Profile({name}, {speaker}, {model}, {quoted(url.path.rstrip('/'))}, _REASONS{optional})"
    variables = f"({quoted(spec.variable)},)" if spec.variable else "()"
    endpoint = f"Endpoint({quoted(f'{url.scheme}://{url.netloc}')}, {variables})"
    edits = [
        _edited(tree, PROVIDERS, lambda module: _in_tuple(module, "_ALL", profile)),
        _edited(tree, ENDPOINTS, lambda module: _in_dict(module, "ENDPOINTS", name, endpoint)),
    ]
    return [edit for edit in edits if edit is not None]


def _edited(tree: Tree, path: str, change: object) -> FileEdit | None:
    try:
        before = tree.read(path).decode()
    except FileNotFoundError:
        return None
    assert callable(change)
    return FileEdit(path, before, rewritten(before, change), ("scaffold",))


def _in_tuple(module: cst.Module, name: str, code: str) -> cst.Module:
    import libcst as cst

    from massgen_audit.fixes.containers import insert

    found = _value(module, name)
    if not isinstance(found, cst.Tuple):
        raise CannotFix(f"{PROVIDERS} has no tuple {name}: add the profile by hand")
    element = cst.Element(cst.parse_expression(code))
    return cst.ensure_type(module.deep_replace(found, insert(found, len(found.elements), element)), cst.Module)


def _in_dict(module: cst.Module, name: str, key: str, code: str) -> cst.Module:
    import libcst as cst

    from massgen_audit.fixes.containers import insert

    found = _value(module, name)
    if isinstance(found, cst.Call) and found.args:
        found = found.args[0].value
    if not isinstance(found, cst.Dict):
        raise CannotFix(f"{ENDPOINTS} has no dict {name}: add the endpoint by hand")
    element = cst.DictElement(cst.parse_expression(key), cst.parse_expression(code))
    return cst.ensure_type(module.deep_replace(found, insert(found, len(found.elements), element)), cst.Module)


def _value(module: cst.Module, name: str) -> cst.BaseExpression | None:
    """What a module binds to `name` at its top level."""
    import libcst as cst

    for line in module.body:
        for node in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            targets = [each.target for each in node.targets] if isinstance(node, cst.Assign) else []
            targets += [node.target] if isinstance(node, cst.AnnAssign) else []
            if any(isinstance(target, cst.Name) and target.value == name for target in targets):
                return node.value if isinstance(node, cst.Assign | cst.AnnAssign) else None
    return None
